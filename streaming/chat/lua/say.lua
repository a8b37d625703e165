-- After post.lua.
-- KEYS[1] order (hash)   KEYS[2] slow (string)   KEYS[3] user's bucket   KEYS[4] address's bucket   KEYS[5] room's bucket
-- KEYS[6] kept (list)    KEYS[7...10] as of post    KEYS[11] spoken (counter)
-- ARGV[1] now in ms   ARGV[2] user   ARGV[3] '1' when slow mode does not concern him
-- ARGV[4] the message that it answers, or ''   ARGV[5] entry without its offset   ARGV[6] entries kept
-- ARGV[7] seconds to keep them
-- ARGV[8...13] tokens a second and burst of the user's, the address's and the room's bucket; a burst of 0: it is not asked
-- ARGV[14...] as of post: the message that the room is told
-- Takes one token of each bucket, or none at all, keeps the entry and posts the message: what takes it back is told after
-- it, and nothing that was taken back is quoted. Returns what became of it and a time in ms.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'unknown', 0}
end
local now, slow_ms = tonumber(ARGV[1]), 0
local order = redis.call('HMGET', KEYS[1], 'mute:' .. ARGV[2], 'slow_s')
local until_ms = tonumber(order[1]) or 0
if until_ms > now then
  return {'muted', until_ms}
end
if ARGV[3] ~= '1' then
  slow_ms = tonumber(order[2]) * 1000
  local spoke_ms = tonumber(redis.call('GET', KEYS[2])) or now - slow_ms
  if spoke_ms + slow_ms > now then
    return {'slow', spoke_ms + slow_ms - now}
  end
end
local function is_kept(message)
  for _, entry in ipairs(redis.call('LRANGE', KEYS[6], 0, -1)) do
    if entry:match('^%S+ (%S+)') == message then
      return true
    end
  end
  return false
end
if ARGV[4] ~= '' and not is_kept(ARGV[4]) then
  return {'gone', 0}
end
local function tokens_of(key, per_s, burst)
  local bucket = redis.call('HMGET', key, 'tokens', 'at_ms')
  local passed = math.max(0, now - (tonumber(bucket[2]) or now))
  return math.min(burst, (tonumber(bucket[1]) or burst) + passed * per_s / 1000)
end
local function save(key, tokens, per_s, burst)
  redis.call('HSET', key, 'tokens', tostring(tokens), 'at_ms', ARGV[1])
  redis.call('PEXPIRE', key, math.ceil((burst - tokens) / per_s * 1000) + 1000)
end
local left = {}
for i = 1, 3 do
  local per_s, burst = tonumber(ARGV[6 + 2 * i]), tonumber(ARGV[7 + 2 * i])
  if burst > 0 then
    left[i] = tokens_of(KEYS[2 + i], per_s, burst)
    if i < 3 and left[i] < 1 then
      return {'fast', math.ceil((1 - left[i]) / per_s * 1000)}
    end
  end
end
local heard = 'room'
if left[3] and left[3] < 1 then
  heard = 'alone'
end
for i = 1, 3 do
  if left[i] and left[i] >= 1 then
    save(KEYS[2 + i], left[i] - 1, tonumber(ARGV[6 + 2 * i]), tonumber(ARGV[7 + 2 * i]))
  end
end
if slow_ms > 0 then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', slow_ms)
end
if heard == 'room' then
  redis.call('RPUSH', KEYS[6], post(7, 14) .. ' ' .. ARGV[5])
  redis.call('LTRIM', KEYS[6], -ARGV[6], -1)
  redis.call('EXPIRE', KEYS[6], ARGV[7])
  redis.call('INCR', KEYS[11])
  redis.call('EXPIRE', KEYS[11], ARGV[7])
end
return {heard, 0}
