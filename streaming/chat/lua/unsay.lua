-- After post.lua.
-- KEYS[1] kept (list of "OFFSET ID USER QUOTED_ID QUOTED_USER\nBODY\nBODY WITHOUT WHAT IT QUOTES")
-- KEYS[2...5] as of post: KEYS[4] are the feed's samples
-- ARGV[1] a message, or ''   ARGV[2] a user, or ''   ARGV[3] seconds to keep the rest
-- ARGV[4...] as of post: what the room is told of it
-- Takes out that message, or all of that user, and what others quote of it; the feed's samples, which are told again after
-- a gap, lose all of these. Then the room is told. Returns the ids of what was taken out.
local gone, rest, told = {}, {}, {}
local pattern = '^(%S+) (%S+) (%S+) (%S+) (%S+)\n([^\n]*)\n([^\n]*)$'
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local offset, id, user, quoted_id, quoted_user, _, bare = entry:match(pattern)
  if id == ARGV[1] or user == ARGV[2] then
    gone[#gone + 1] = id
    told[#told + 1] = offset .. '-0'
  elseif quoted_id == ARGV[1] or quoted_user == ARGV[2] then
    rest[#rest + 1] = offset .. ' ' .. id .. ' ' .. user .. ' - -\n' .. bare .. '\n' .. bare
    told[#told + 1] = offset .. '-0'
  else
    rest[#rest + 1] = entry
  end
end
if #told > 0 then
  redis.call('XDEL', KEYS[4], unpack(told))
  redis.call('DEL', KEYS[1])
  for _, entry in ipairs(rest) do
    redis.call('RPUSH', KEYS[1], entry)
  end
  if #rest > 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[3])
  end
end
post(2, 4)
return gone
