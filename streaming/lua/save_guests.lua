-- KEYS[1] guests (hash: version, seats)   ARGV[1] the version that was read   ARGV[2] seats   ARGV[3] seconds to keep
-- Writes the seats as the next version, unless somebody has written since they were read; 1 or 0.
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'seats', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
