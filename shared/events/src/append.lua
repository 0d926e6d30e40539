-- Appends events to a user's replay stream and publishes those that are new to it.
-- KEYS: stream, channel. ARGV: header stem, stream length, seconds to live, publish from this seq on; then seq and frame by turns.
local last = 0
local tail = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if tail then
  last = tonumber(string.match(tail[1], '^%d+'))
end
local from = tonumber(ARGV[4])
local appended = 0
for i = 5, #ARGV, 2 do
  local seq = tonumber(ARGV[i])
  if seq > last then
    if last > 0 and seq ~= last + 1 then
      redis.call('DEL', KEYS[1])
    end
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], ARGV[i] .. '-0', 'f', ARGV[i + 1])
    if seq >= from then
      redis.call('PUBLISH', KEYS[2], ARGV[1] .. ARGV[i] .. '\n' .. ARGV[i + 1])
    end
    last = seq
    appended = appended + 1
  end
end
if appended > 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return {last, appended}
