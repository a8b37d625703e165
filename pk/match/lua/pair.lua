-- KEYS[1] fence (string)   KEYS[2] waiting (hash)   KEYS[3] paired (hash)
-- ARGV[1] fence   ARGV[2] battle   ARGV[3] ms that it is kept   ARGV[4..] room and seeker's id, of each of the two
-- 1 paired, 0 one of them does not wait as he did, -1 a later matchmaker has written.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return -1
end
redis.call('SET', KEYS[1], ARGV[1])
for i = 4, #ARGV, 2 do
  local seeker = redis.call('HGET', KEYS[2], ARGV[i])
  if not seeker or cjson.decode(seeker).id ~= ARGV[i + 1] or redis.call('HEXISTS', KEYS[3], ARGV[i]) == 1 then
    return 0
  end
end
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[2])
end
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return 1
