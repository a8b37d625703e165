-- KEYS[1] combos (hash, see count_in_room.lua)   KEYS[2] ends of combos (sorted set id -> ms)   ARGV[1] most
-- Those with the newest pieces, oldest first. Per combo: id, start, rooms, count, coins, win, last.
local answer = {}
for _, combo in ipairs(redis.call('ZRANGE', KEYS[2], -tonumber(ARGV[1]), -1)) do
  answer[#answer + 1] = combo
  for _, member in ipairs({'start', 'rooms', 'count', 'coins', 'win', 'last'}) do
    answer[#answer + 1] = redis.call('HGET', KEYS[1], combo .. ' ' .. member)
  end
end
return answer
