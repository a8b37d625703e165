-- KEYS[1] lease (string)   ARGV[1] the owner's token   ARGV[2] milliseconds to hold on
-- Extends the lease if it is still the owner's, and takes it again if nobody has it. 1 extended, 2 taken again, 0 lost.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if holder then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 2
