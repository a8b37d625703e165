-- KEYS[1] fence (string)   KEYS[2] counted (hash gift id -> "COUNT COMBO" or "COUNT COMBO shown")
-- KEYS[3] combos (hash "ID start", "ID rooms", "ID who", "ID count", "ID coins", "ID win", "ID last")
-- KEYS[4] combo of whom (hash WHO -> id)   KEYS[5] ends of combos (sorted set id -> ms)
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle room   ARGV[3] combo window, ms
-- ARGV[4] JSON array of {id, who, at, count, coins, win, start, rooms}, in order; coins and win are text
-- Each gift once into its combo. {1, then per gift: count, combo, first (1 or 0), shown (1 or 0)}, or {0}: fenced.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return {0}
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])

local function seen_by(combo, rooms)
  local before = redis.call('HGET', KEYS[3], combo .. ' rooms')
  if before == rooms then
    return
  end
  local all = cjson.decode(before)
  for _, room in ipairs(cjson.decode(rooms)) do
    local there = false
    for _, known in ipairs(all) do
      there = there or known == room
    end
    if not there then
      all[#all + 1] = room
    end
  end
  redis.call('HSET', KEYS[3], combo .. ' rooms', cjson.encode(all))
end

-- The gift as a piece of its combo, a new one when the last piece was too long ago: the combo's id and its count.
local function joined(gift)
  local combo = redis.call('HGET', KEYS[4], gift.who)
  local last = combo and tonumber(redis.call('HGET', KEYS[3], combo .. ' last') or nil)
  if last and gift.at - last <= tonumber(ARGV[3]) then
    seen_by(combo, gift.rooms)
    last = math.max(last, gift.at)
  else
    combo, last = gift.id, gift.at
    redis.call('HSET', KEYS[4], gift.who, combo)
    redis.call('HSET', KEYS[3], combo .. ' start', gift.start, combo .. ' rooms', gift.rooms, combo .. ' who', gift.who)
  end
  redis.call('HSET', KEYS[3], combo .. ' last', string.format('%.0f', last))
  redis.call('HINCRBY', KEYS[3], combo .. ' coins', gift.coins)
  redis.call('HINCRBY', KEYS[3], combo .. ' win', gift.win)
  redis.call('ZADD', KEYS[5], string.format('%.0f', last + tonumber(ARGV[3])), combo)
  return combo, redis.call('HINCRBY', KEYS[3], combo .. ' count', gift.count)
end

local answer = {1}
for _, gift in ipairs(cjson.decode(ARGV[4])) do
  local before = redis.call('HGET', KEYS[2], gift.id)
  if before then
    local count, combo, shown = string.match(before, '^(%d+) (%S+) ?(.*)$')
    answer[#answer + 1] = tonumber(count)
    answer[#answer + 1] = combo
    answer[#answer + 1] = 0
    answer[#answer + 1] = shown == 'shown' and 1 or 0
  else
    local combo, count = joined(gift)
    redis.call('HSET', KEYS[2], gift.id, count .. ' ' .. combo)
    answer[#answer + 1] = count
    answer[#answer + 1] = combo
    answer[#answer + 1] = 1
    answer[#answer + 1] = 0
  end
end
for n = 2, #KEYS do
  redis.call('EXPIRE', KEYS[n], ARGV[2])
end
return answer
