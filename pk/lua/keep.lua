-- KEYS bookings (string)   ARGV[1] battle id   ARGV[2] booking ms
-- Renews the bookings that are the battle's, or nobody's; returns how many it has now.
local kept = 0
for i = 1, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if not holder or holder == ARGV[1] then
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
    kept = kept + 1
  end
end
return kept
