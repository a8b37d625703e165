-- KEYS[1] feed (hash: epoch, offset)   KEYS[2] history (stream)
-- ARGV[1] epoch to use when the feed has none   ARGV[2] seconds to keep it
-- Returns epoch and offset; a feed that nobody has posted to begins at offset 0.
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {redis.call('HGET', KEYS[1], 'epoch'), redis.call('HGET', KEYS[1], 'offset') or '0'}
