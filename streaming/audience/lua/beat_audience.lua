-- KEYS[1] presence (hash: process -> "COUNT AT_MS\nNEWEST")   KEYS[2] figures (hash: broadcast, peak)
-- KEYS[3] unique (HyperLogLog)   ARGV[1] process, or '' to say nothing   ARGV[2] now in ms
-- ARGV[3] ms after which what was said counts no more   ARGV[4] how many watch in the process   ARGV[5] its newest
-- ARGV[6] seconds to keep figures and unique   ARGV[7...] visitors who have come
-- Returns the broadcast, its peak, and of each process that counts how many watch and its newest.
local now, gone_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
if ARGV[1] ~= '' then
  if ARGV[4] == '0' then
    redis.call('HDEL', KEYS[1], ARGV[1])
  else
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[4] .. ' ' .. ARGV[2] .. '\n' .. ARGV[5])
  end
end
local said, sum = {}, 0
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  local count, at_ms, newest = entries[i + 1]:match('^(%d+) (%d+)\n(.*)$')
  if tonumber(at_ms) < now - gone_ms then
    redis.call('HDEL', KEYS[1], entries[i])
  else
    sum = sum + tonumber(count)
    said[#said + 1] = tonumber(count)
    said[#said + 1] = newest
  end
end
local figures = redis.call('HMGET', KEYS[2], 'broadcast', 'peak')
local peak = tonumber(figures[2]) or 0
if ARGV[1] ~= '' then
  redis.call('PEXPIRE', KEYS[1], gone_ms + 5000)
  if sum > peak then
    peak = sum
    redis.call('HSET', KEYS[2], 'peak', peak)
  end
  if #ARGV > 6 then
    redis.call('PFADD', KEYS[3], unpack(ARGV, 7))
  end
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
return {figures[1] or '', peak, said}
