-- KEYS[1] broadcast (hash)   KEYS[2] ended session (string)   KEYS[3] order to end (hash)
-- ARGV[1] fence   ARGV[2] camera session   ARGV[3] seconds to keep the session   ARGV[4] seconds to keep the fence
-- Forgets the snapshot unless an owner with a higher fence has written; 1 or 0. The fence stays for a while, so that
-- an owner who was stopped in mid-sentence cannot bring the broadcast back.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and tonumber(fence) > tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1])
redis.call('HDEL', KEYS[1], 'snapshot')
redis.call('EXPIRE', KEYS[1], ARGV[4])
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
end
redis.call('DEL', KEYS[3])
return 1
