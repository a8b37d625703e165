-- KEYS[1] fence (string)   KEYS[2] combos (hash, see count_in_room.lua)   KEYS[3] ends of combos (sorted set id -> ms)
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle room   ARGV[3] until when, ms   ARGV[4] most
-- The combos that are over, in the order of their ends; they stay until they are ended (end_combos.lua).
-- {1, the end of the first one that is not told here or -1, per combo: id, start, rooms, count, coins, win, last}, or {0}.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return {0}
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[3], 'LIMIT', 0, ARGV[4])
local next = redis.call('ZRANGE', KEYS[3], #over, #over, 'WITHSCORES')
local answer = {1, next[2] or '-1'}
for _, combo in ipairs(over) do
  answer[#answer + 1] = combo
  for _, member in ipairs({'start', 'rooms', 'count', 'coins', 'win', 'last'}) do
    answer[#answer + 1] = redis.call('HGET', KEYS[2], combo .. ' ' .. member)
  end
end
return answer
