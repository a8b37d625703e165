-- KEYS[1] broadcast (hash: fence, snapshot)   ARGV[1] fence   ARGV[2] snapshot
-- Writes the snapshot unless an owner with a higher fence has written; 1 or 0.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and tonumber(fence) > tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'snapshot', ARGV[2])
redis.call('PERSIST', KEYS[1])
return 1
