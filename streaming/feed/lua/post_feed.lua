-- KEYS[1] feed (hash: epoch, offset)   KEYS[2] history (stream)   KEYS[3] the room's channel
-- ARGV[1] epoch to use when the feed has none   ARGV[2] history length   ARGV[3] seconds to keep both
-- ARGV[4...] pairs: '1' when the message belongs into the history, and the message
-- Gives each message the next offset, keeps it, and publishes it as "EPOCH OFFSET MESSAGE". Returns the last offset.
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2])
end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local offset = 0
for i = 4, #ARGV, 2 do
  offset = redis.call('HINCRBY', KEYS[1], 'offset', 1)
  if ARGV[i] == '1' then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], offset .. '-0', 'm', ARGV[i + 1])
  end
  redis.call('PUBLISH', KEYS[3], epoch .. ' ' .. offset .. ' ' .. ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return offset
