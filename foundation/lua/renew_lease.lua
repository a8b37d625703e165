-- KEYS[1] lease (string)   ARGV[1] the owner's token   ARGV[2] milliseconds to hold on
-- Extends the lease if it is still the owner's. 1 extended, 0 another's, 2 nobody's.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return holder and 0 or 2
