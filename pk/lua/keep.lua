-- KEYS bookings (string)   ARGV[1] battle id   ARGV[2] booking ms   ARGV[3] id of the battle before it, or ''
-- Renews the bookings that are the battle's, its predecessor's, or nobody's; returns how many it has now.
local kept = 0
for i = 1, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if not holder or holder == ARGV[1] or holder == ARGV[3] then
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
    kept = kept + 1
  end
end
return kept
