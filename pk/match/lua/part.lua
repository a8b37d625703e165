-- KEYS[1] fence (string)   KEYS[2] paired (hash)   ARGV[1] fence   ARGV[2] battle   ARGV[3..] rooms
-- Forgets the battle with those that are still paired for it; -1 when a later matchmaker has written.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return -1
end
redis.call('SET', KEYS[1], ARGV[1])
for i = 3, #ARGV do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[2] then
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
return 1
