-- KEYS[1] fence (string)   KEYS[2] scores (hash side -> score)   KEYS[3] counted (set of gift ids)
-- KEYS[4] members (hash SIDE:USER -> member)   KEYS[5] names (hash)   KEYS[5 + n] best of the n-th side (sorted set)
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle battle
-- ARGV[3] JSON array of {id, side, place (n of its side), user, name, member, score (as text)}, in order
-- Counts each gift id once into scores and contributors. 0: an older relay; 1: no board, rebuild it; else HGETALL scores.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 1
end
local best = {}
for _, gift in ipairs(cjson.decode(ARGV[3])) do
  if redis.call('SADD', KEYS[3], gift.id) == 1 then
    redis.call('HINCRBY', KEYS[2], gift.side, gift.score)
    local field = gift.side .. ':' .. gift.user
    redis.call('HSETNX', KEYS[4], field, gift.member)
    redis.call('ZINCRBY', KEYS[5 + gift.place], gift.score, redis.call('HGET', KEYS[4], field))
    redis.call('HSET', KEYS[5], gift.user, gift.name)
  end
end
for n = 2, #KEYS do
  redis.call('EXPIRE', KEYS[n], ARGV[2])
end
return redis.call('HGETALL', KEYS[2])
