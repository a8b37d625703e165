-- KEYS[1] order (hash)   ARGV[1] version   ARGV[2] seconds to keep it   ARGV[3...] pairs of field and value
-- Puts the copy in the place of an older one; 1, or 0 when a later one is there.
if (tonumber(redis.call('HGET', KEYS[1], 'version')) or -1) > tonumber(ARGV[1]) then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
for i = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
