-- Forget a user's cached sanctions and turn the version, so that nothing read before is let in.
-- KEYS[1]  cache: string   KEYS[2]  version: string
-- ARGV[1]  the new version; 'held' lets nothing in   ARGV[2]  its life in ms
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
