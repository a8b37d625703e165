-- For the head of a script that posts, alone or among other things that it does.
-- post(key, argument) gives each message the next offset, keeps it, and publishes it as "EPOCH OFFSET MESSAGE".
-- It returns the last offset.
-- KEYS[key] feed (hash: epoch, offset, from)   then history (stream)   samples (stream)   the channel
-- ARGV[argument] epoch to use when the feed has none   then history length   seconds to keep it
-- samples length   seconds to keep them
-- and, to the last of all arguments, pairs: 'history', 'samples' or '' (where the message is kept), and the message
local function post(key, argument)
  local feed, history, samples, channel = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  if redis.call('HSETNX', feed, 'epoch', ARGV[argument]) == 1 then
    redis.call('DEL', history, samples)
  end
  local length, samples_length = ARGV[argument + 1], ARGV[argument + 3]
  local kept = redis.call('HMGET', feed, 'epoch', 'offset', 'from')
  local epoch, offset = kept[1], tonumber(kept[2]) or 0
  if not kept[3] then -- a new one, or one from before it was known from where on its history is whole
    redis.call('HSET', feed, 'from', offset)
  end
  for i = argument + 5, #ARGV, 2 do
    offset = offset + 1
    if ARGV[i] == 'history' then
      redis.call('XADD', history, offset .. '-0', 'm', ARGV[i + 1])
    elseif ARGV[i] == 'samples' then
      redis.call('XADD', samples, 'MAXLEN', '~', samples_length, offset .. '-0', 'm', ARGV[i + 1])
    end
    redis.call('PUBLISH', channel, epoch .. ' ' .. offset .. ' ' .. ARGV[i + 1])
  end
  redis.call('HSET', feed, 'offset', offset)
  if redis.call('XLEN', history) > length * 1.1 then -- a tenth at once: an exact cut of one entry costs as much
    redis.call('XTRIM', history, 'MAXLEN', length)
    local oldest = redis.call('XRANGE', history, '-', '+', 'COUNT', 1)[1][1]
    redis.call('HSET', feed, 'from', oldest:match('^%d+') - 1)
  end
  redis.call('EXPIRE', feed, ARGV[argument + 2])
  redis.call('EXPIRE', history, ARGV[argument + 2])
  redis.call('EXPIRE', samples, ARGV[argument + 4])
  return offset
end
