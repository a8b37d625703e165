-- KEYS[1] waiting (hash)   KEYS[2] paired (hash)   ARGV[1] room
-- 1 when he waited and does not any more; 0 when he did not, or is paired.
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  return 0
end
return redis.call('HDEL', KEYS[1], ARGV[1])
