-- KEYS[1] copy (hash)   ARGV[1] fence   ARGV[2] version   ARGV[3] state (JSON)   ARGV[4] referee's URL   ARGV[5] ms
-- Replaces the copy unless it is of a later owner, or of the same owner and a later version; 1 or 0.
local held = redis.call('HMGET', KEYS[1], 'fence', 'version')
if held[1] then
  local fence, version = tonumber(held[1]), tonumber(held[2])
  if fence > tonumber(ARGV[1]) or (fence == tonumber(ARGV[1]) and version > tonumber(ARGV[2])) then
    return 0
  end
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'version', ARGV[2], 'state', ARGV[3], 'referee', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
