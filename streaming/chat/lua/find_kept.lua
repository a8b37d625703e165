-- KEYS[1] kept (list of "OFFSET ID ...", see entry.py)   ARGV[1] a message
-- Returns its entry, or nil: one of hundreds, so the others do not travel.
local kept = redis.call('LRANGE', KEYS[1], 0, -1)
for i = #kept, 1, -1 do
  if kept[i]:match('^%S+ (%S+)') == ARGV[1] then
    return kept[i]
  end
end
return nil
