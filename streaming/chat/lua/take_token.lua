-- KEYS[1] bucket (hash: tokens, at_ms)   ARGV[1] now in ms   ARGV[2] tokens per second   ARGV[3] burst
-- Takes one token; 1, or 0 when there is none. A bucket that would be full by now is not kept.
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at_ms')
local now, per_s, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = tonumber(bucket[1]) or burst
local passed = math.max(0, now - (tonumber(bucket[2]) or now))
tokens = math.min(burst, tokens + passed * per_s / 1000)
local taken = 0
if tokens >= 1 then
  tokens, taken = tokens - 1, 1
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at_ms', ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / per_s * 1000) + 1000)
return taken
