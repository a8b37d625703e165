-- KEYS[1] open (hash)   KEYS[2..] bookings (string)   ARGV[1] battle id
-- Forgets the invitation and the bookings that are still the battle's.
redis.call('HDEL', KEYS[1], ARGV[1])
for i = 2, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end
return 1
