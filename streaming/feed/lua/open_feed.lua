-- KEYS[1] feed (hash: epoch, offset, from)   KEYS[2] history (stream)   KEYS[3] samples (stream)
-- ARGV[1] epoch to use when the feed has none   ARGV[2] seconds to keep feed and history
-- Returns epoch, offset and the offset beyond which the history is whole; a feed that nobody has posted to begins at 0.
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2], KEYS[3])
end
local offset = redis.call('HGET', KEYS[1], 'offset') or '0'
redis.call('HSETNX', KEYS[1], 'from', offset)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return {redis.call('HGET', KEYS[1], 'epoch'), offset, redis.call('HGET', KEYS[1], 'from')}
