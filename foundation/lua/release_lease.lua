-- KEYS[1] lease (string)   ARGV[1] the owner's token
-- Gives the lease up if it is still the owner's; 1 or 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
