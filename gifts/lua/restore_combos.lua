-- KEYS[1] fence (string)   KEYS[2] counted (hash gift id -> ...)   KEYS[3] combos (hash, see count_in_room.lua)
-- KEYS[4] combo of whom (hash WHO -> id)   KEYS[5] ends of combos (sorted set id -> ms)
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle room   ARGV[3] forget what ends from then on, ms
-- ARGV[4] JSON array of {id, who, end, members: {start, rooms, who, count, coins, win, last}}, in order; numbers are text
-- Makes the room's combos as the ledger says. The fence's verdict, 1 or 0.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
for _, combo in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], ARGV[3], '+inf')) do
  local who = redis.call('HGET', KEYS[3], combo .. ' who')
  if who and redis.call('HGET', KEYS[4], who) == combo then
    redis.call('HDEL', KEYS[4], who)
  end
  redis.call('ZREM', KEYS[5], combo)
  for _, member in ipairs({'start', 'rooms', 'who', 'count', 'coins', 'win', 'last'}) do
    redis.call('HDEL', KEYS[3], combo .. ' ' .. member)
  end
end
redis.call('DEL', KEYS[2])
for _, combo in ipairs(cjson.decode(ARGV[4])) do
  for member, value in pairs(combo.members) do
    redis.call('HSET', KEYS[3], combo.id .. ' ' .. member, value)
  end
  redis.call('HSET', KEYS[4], combo.who, combo.id)
  redis.call('ZADD', KEYS[5], combo['end'], combo.id)
end
for n = 2, #KEYS do
  redis.call('EXPIRE', KEYS[n], ARGV[2])
end
return 1
