-- KEYS[1] figures (hash: broadcast, peak)   KEYS[2] unique (HyperLogLog)   ARGV[1] broadcast   ARGV[2] seconds to keep them
-- Both count anew, unless they count for that broadcast already.
if redis.call('HGET', KEYS[1], 'broadcast') ~= ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'broadcast', ARGV[1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
