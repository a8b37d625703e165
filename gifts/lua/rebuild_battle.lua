-- KEYS[1] fence (string)   KEYS[2] scores (hash side -> score)   KEYS[3] counted (set of gift ids)
-- KEYS[4] members (hash SIDE:USER -> member)   KEYS[5] names (hash)   KEYS[5 + n] best of the n-th side (sorted set)
-- ARGV[1] the relay's fence, to replace a board that is there; 0: only if there is none
-- ARGV[2] seconds to keep an idle battle
-- ARGV[3] JSON {scores: [[side, score]], contributors: [{side, place, user, name, member, score}], pending: [gift id]}
-- Makes the board as the ledger says; scores are text, for a Lua number is too small. 0: an older relay; 1: done, or there.
local fence = tonumber(ARGV[1])
if fence > 0 then
  if tonumber(redis.call('GET', KEYS[1]) or '0') > fence then
    return 0
  end
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
elseif redis.call('EXISTS', KEYS[2]) == 1 then
  return 1
end
redis.call('DEL', unpack(KEYS, 2))
local board = cjson.decode(ARGV[3])
for _, score in ipairs(board.scores) do
  redis.call('HSET', KEYS[2], score[1], score[2])
end
for _, each in ipairs(board.contributors) do
  redis.call('HSET', KEYS[4], each.side .. ':' .. each.user, each.member)
  redis.call('HSET', KEYS[5], each.user, each.name)
  redis.call('ZADD', KEYS[5 + each.place], each.score, each.member)
end
for _, gift in ipairs(board.pending) do
  redis.call('SADD', KEYS[3], gift)
end
for n = 2, #KEYS do
  redis.call('EXPIRE', KEYS[n], ARGV[2])
end
return 1
