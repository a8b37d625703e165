-- KEYS[1] stage (hash: battle)   ARGV[1] battle that gives the stage back
-- Clears the stage if that battle has it; 1 or 0.
if redis.call('HGET', KEYS[1], 'battle') ~= ARGV[1] then
  return 0
end
return redis.call('HDEL', KEYS[1], 'battle')
