-- KEYS[1] scores (hash side -> score)   KEYS[2] counted (set of gift ids)   KEYS[3] members (hash SIDE:USER -> member)
-- KEYS[4] names (hash)   KEYS[4 + n] best of the n-th side (sorted set)
-- ARGV[1] 1 to replace a board that is there   ARGV[2] seconds to keep an idle battle
-- ARGV[3] JSON {scores: [[side, score]], contributors: [{side, place, user, name, member, score}], pending: [gift id]}
-- Makes the board as the ledger says; scores are text, for a Lua number is too small. 1 if it was made.
if ARGV[1] ~= '1' and redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('DEL', unpack(KEYS))
local board = cjson.decode(ARGV[3])
for _, score in ipairs(board.scores) do
  redis.call('HSET', KEYS[1], score[1], score[2])
end
for _, each in ipairs(board.contributors) do
  redis.call('HSET', KEYS[3], each.side .. ':' .. each.user, each.member)
  redis.call('HSET', KEYS[4], each.user, each.name)
  redis.call('ZADD', KEYS[4 + each.place], each.score, each.member)
end
for _, gift in ipairs(board.pending) do
  redis.call('SADD', KEYS[2], gift)
end
for _, key in ipairs(KEYS) do
  redis.call('EXPIRE', key, ARGV[2])
end
return 1
