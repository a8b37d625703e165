-- Take one attempt from a token bucket.
-- KEYS[1]  the bucket: string, the moment (ms) at which it will be full again
-- ARGV[1]  now_ms   ARGV[2]  refill_ms   ARGV[3]  burst
-- Returns 0 when the attempt was taken, else the milliseconds to wait.
local now, refill, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = full_at + refill
local wait = after - now - burst * refill
if wait > 0 then
  return wait
end
redis.call('SET', KEYS[1], after, 'PX', after - now)
return 0
