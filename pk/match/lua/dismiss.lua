-- KEYS[1] fence (string)   KEYS[2] waiting (hash)   KEYS[3] paired (hash)
-- ARGV[1] fence   ARGV[2] room   ARGV[3] seeker's id
-- 1 he is out, 0 he does not wait as he did, -1 a later matchmaker has written.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return -1
end
redis.call('SET', KEYS[1], ARGV[1])
local seeker = redis.call('HGET', KEYS[2], ARGV[2])
if not seeker or cjson.decode(seeker).id ~= ARGV[3] then
  return 0
end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('HDEL', KEYS[3], ARGV[2])
return 1
