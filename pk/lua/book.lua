-- KEYS[1] open (hash)   KEYS[2] invites of the inviter (string)   KEYS[3..] bookings (string), the inviter's first
-- ARGV[1] battle id   ARGV[2] first state (JSON)   ARGV[3] booking ms   ARGV[4] invitations a minute
-- Books every room or none. {0} booked, {n} room n (from 1) is busy, {-1, seconds} too frequent.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return {0}
end
for i = 3, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder and holder ~= ARGV[1] then
    return {i - 2}
  end
end
local invites = redis.call('INCR', KEYS[2])
if invites == 1 then
  redis.call('EXPIRE', KEYS[2], 60)
end
if invites > tonumber(ARGV[4]) then
  return {-1, redis.call('TTL', KEYS[2])}
end
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[3])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {0}
