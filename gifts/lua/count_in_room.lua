-- KEYS[1] fence (string)   KEYS[2] counted (hash gift id -> "COMBO" or "COMBO shown")   KEYS[3] stream of gifts
-- KEYS[3 + n] combo of the n-th gift (string "COUNT STAMP_MS")
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle room   ARGV[3] stream length   ARGV[4] combo window, ms
-- ARGV[5] JSON array of {id, count, at, body}, in order
-- Each gift once into combo and stream. {fence's verdict 1 or 0, then per gift: combo, first (1 or 0), shown (1 or 0)}.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return {0}
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local answer = {1}
for n, gift in ipairs(cjson.decode(ARGV[5])) do
  local before = redis.call('HGET', KEYS[2], gift.id)
  if before then
    answer[#answer + 1] = tonumber(string.match(before, '^%d+'))
    answer[#answer + 1] = 0
    answer[#answer + 1] = string.find(before, 'shown', 1, true) and 1 or 0
  else
    local combo_key = KEYS[3 + n]
    local combo = gift.count
    local counted, stamp = string.match(redis.call('GET', combo_key) or '', '^(%d+) (%d+)$')
    if counted and gift.at - tonumber(stamp) <= tonumber(ARGV[4]) then
      combo = combo + tonumber(counted)
    end
    -- The stamps decide what belongs together; the key only has to outlive a backlog that is being drained.
    redis.call('SET', combo_key, string.format('%d %.0f', combo, gift.at), 'PX', ARGV[4] * 2 + 60000)
    redis.call('HSET', KEYS[2], gift.id, combo)
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'gift', gift.id, 'body', gift.body)
    answer[#answer + 1] = combo
    answer[#answer + 1] = 1
    answer[#answer + 1] = 0
  end
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('EXPIRE', KEYS[3], ARGV[2])
return answer
