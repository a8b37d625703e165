-- KEYS[1] waiting (hash)   KEYS[2] paired (hash)
-- ARGV[1] room   ARGV[2] seeker (JSON)   ARGV[3] most waiting   ARGV[4] ms that the queue is kept
-- {the room's seeker, new or as he was}, or {} when the queue is full.
local there = redis.call('HGET', KEYS[1], ARGV[1])
if there then
  return {there}
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return {}
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('HDEL', KEYS[2], ARGV[1])
return {ARGV[2]}
