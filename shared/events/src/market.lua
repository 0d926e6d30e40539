-- Publishes a market value and keeps it as the newest, unless a newer one is kept already.
-- KEYS: the newest value, the pub/sub channel. ARGV: rank, payload, seconds to keep it.
local kept = redis.call('GET', KEYS[1])
local rank = kept and tonumber(string.match(kept, '^(-?%d+)\n'))
if rank and rank > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('PUBLISH', KEYS[2], ARGV[2])
return 1
