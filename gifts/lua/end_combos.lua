-- KEYS[1] fence (string)   KEYS[2] combos (hash, see count_in_room.lua)   KEYS[3] ends of combos (sorted set id -> ms)
-- KEYS[4] combo of whom (hash WHO -> id)
-- ARGV[1] the relay's fence   ARGV[2..] ids of combos
-- Their ends were told: they are forgotten. The fence's verdict, 1 or 0.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return 0
end
for n = 2, #ARGV do
  local combo = ARGV[n]
  local who = redis.call('HGET', KEYS[2], combo .. ' who')
  if who and redis.call('HGET', KEYS[4], who) == combo then
    redis.call('HDEL', KEYS[4], who)
  end
  redis.call('ZREM', KEYS[3], combo)
  for _, member in ipairs({'start', 'rooms', 'who', 'count', 'coins', 'win', 'last'}) do
    redis.call('HDEL', KEYS[2], combo .. ' ' .. member)
  end
end
return 1
