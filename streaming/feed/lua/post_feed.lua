-- KEYS[1] feed (hash: epoch, offset, from)   KEYS[2] history (stream)   KEYS[3] samples (stream)   KEYS[4] the channel
-- ARGV[1] epoch to use when the feed has none   ARGV[2] history length   ARGV[3] seconds to keep it
-- ARGV[4] samples length   ARGV[5] seconds to keep them
-- ARGV[6...] pairs: 'history', 'samples' or '' (where the message is kept), and the message
-- Gives each message the next offset, keeps it, and publishes it as "EPOCH OFFSET MESSAGE". Returns the last offset.
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then
  redis.call('DEL', KEYS[2], KEYS[3])
end
local feed = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'from')
local epoch, offset = feed[1], tonumber(feed[2]) or 0
if not feed[3] then -- a new one, or one from before it was known from where on its history is whole
  redis.call('HSET', KEYS[1], 'from', offset)
end
for i = 6, #ARGV, 2 do
  offset = offset + 1
  if ARGV[i] == 'history' then
    redis.call('XADD', KEYS[2], offset .. '-0', 'm', ARGV[i + 1])
  elseif ARGV[i] == 'samples' then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], offset .. '-0', 'm', ARGV[i + 1])
  end
  redis.call('PUBLISH', KEYS[4], epoch .. ' ' .. offset .. ' ' .. ARGV[i + 1])
end
redis.call('HSET', KEYS[1], 'offset', offset)
if redis.call('XLEN', KEYS[2]) > ARGV[2] * 1.1 then -- a tenth at once: an exact cut of one entry costs as much
  redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[2])
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1][1]
  redis.call('HSET', KEYS[1], 'from', oldest:match('^%d+') - 1)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[5])
return offset
