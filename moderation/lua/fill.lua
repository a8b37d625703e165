-- Keep the sanctions that SQL named, if nothing was changed since the reader looked.
-- KEYS[1]  cache: string   KEYS[2]  version: string
-- ARGV[1]  the version that the reader saw, '' for none   ARGV[2]  sanctions, JSON   ARGV[3]  life in ms
-- Returns 1 when kept.
local version = redis.call('GET', KEYS[2]) or ''
if version ~= ARGV[1] or version == 'held' then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
