-- KEYS[1] fence (string)   KEYS[2] counted (hash gift id -> "COUNT COMBO" or "COUNT COMBO shown")
-- ARGV[1] the relay's fence   ARGV[2..] gift ids
-- Notes that they were posted to the feed. The fence's verdict, 1 or 0.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return 0
end
for n = 2, #ARGV do
  local counted = string.match(redis.call('HGET', KEYS[2], ARGV[n]) or '', '^%d+ %S+')
  if counted then
    redis.call('HSET', KEYS[2], ARGV[n], counted .. ' shown')
  end
end
return 1
