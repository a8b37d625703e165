-- KEYS[1] fence (string)   KEYS[2] counted (hash gift id -> "COUNT COMBO" or "COUNT COMBO shown")
-- KEYS[3] stream of (gift, body) that the room saw
-- ARGV[1] the relay's fence   ARGV[2] seconds to keep an idle room   ARGV[3] stream length   ARGV[4..] gift id, body, ...
-- Notes that they were posted to the feed, into the stream each once. The fence's verdict, 1 or 0.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
for n = 4, #ARGV, 2 do
  local before = redis.call('HGET', KEYS[2], ARGV[n]) or ''
  if string.match(before, '^%d+ %S+$') then
    redis.call('HSET', KEYS[2], ARGV[n], before .. ' shown')
  end
  if not string.match(before, ' shown$') then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'gift', ARGV[n], 'body', ARGV[n + 1])
  end
end
redis.call('EXPIRE', KEYS[3], ARGV[2])
return 1
