-- KEYS[1] lease (string)   ARGV[1] the owner's token   ARGV[2] milliseconds to hold on
-- Extends the lease if it is still the owner's; 1 or 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
