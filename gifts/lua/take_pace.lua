-- KEYS[1] what a user has given in this minute (hash: gifts, coins, k:KEY of each wish)
-- ARGV[1] the wish's key   ARGV[2] coins   ARGV[3] most gifts, 0: any   ARGV[4] most coins, 0: any   ARGV[5] ms to keep
-- Counts a wish once. 0: within the limits; 1: too many gifts; 2: too many coins; then nothing is counted.
local wish = 'k:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], wish) == 1 then
  return 0
end
local so_far = redis.call('HMGET', KEYS[1], 'gifts', 'coins')
local coins, most_gifts, most_coins = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if most_gifts > 0 and tonumber(so_far[1] or '0') + 1 > most_gifts then
  return 1
end
if most_coins > 0 and tonumber(so_far[2] or '0') + coins > most_coins then
  return 2
end
redis.call('HINCRBY', KEYS[1], 'gifts', 1)
redis.call('HINCRBY', KEYS[1], 'coins', coins)
redis.call('HSET', KEYS[1], wish, 1)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 0
