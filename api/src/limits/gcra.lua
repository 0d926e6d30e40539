-- Generic cell rate algorithm (ITU-T I.371): one key holds the theoretical arrival time, in microseconds.
-- KEYS[1] the caller; ARGV[1] microseconds a request; ARGV[2] requests that may come at once.
-- Returns allowed (0 or 1), remaining, microseconds to a full burst, microseconds to the next request.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local tolerance = interval * burst
local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
if arrival < now then
  arrival = now
end
local after = arrival + interval
local wait = after - tolerance - now
if wait > 0 then
  return { 0, 0, arrival - now, wait }
end
-- A number given to redis.call as it is would lose its last digits.
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return { 1, math.floor((tolerance - (after - now)) / interval), after - now, 0 }
