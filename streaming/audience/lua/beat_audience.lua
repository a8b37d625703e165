-- KEYS[1] audience (sorted set)   ARGV[1] now in ms   ARGV[2] ms after which a silent connection is gone
-- ARGV[3...] connections that are alive
-- Marks them, forgets the silent ones, and returns how many are left. The key vanishes with its last heartbeat.
for i = 3, #ARGV do
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (ARGV[1] - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2] + 5000)
return redis.call('ZCARD', KEYS[1])
