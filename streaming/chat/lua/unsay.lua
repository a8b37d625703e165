-- KEYS[1] kept (list of "ID USER QUOTED_ID QUOTED_USER\nBODY\nBODY WITHOUT WHAT IT QUOTES")
-- ARGV[1] a message, or ''   ARGV[2] a user, or ''   ARGV[3] seconds to keep the rest
-- Takes out that message, or all of that user, and what others quote of it. Returns the ids of what was taken out.
local gone, rest, changed = {}, {}, false
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local id, user, quoted_id, quoted_user, body, bare = entry:match('^(%S+) (%S+) (%S+) (%S+)\n([^\n]*)\n([^\n]*)$')
  if id == ARGV[1] or user == ARGV[2] then
    gone[#gone + 1] = id
    changed = true
  elseif quoted_id == ARGV[1] or quoted_user == ARGV[2] then
    rest[#rest + 1] = id .. ' ' .. user .. ' - -\n' .. bare .. '\n' .. bare
    changed = true
  else
    rest[#rest + 1] = entry
  end
end
if changed then
  redis.call('DEL', KEYS[1])
  for _, entry in ipairs(rest) do
    redis.call('RPUSH', KEYS[1], entry)
  end
  if #rest > 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[3])
  end
end
return gone
