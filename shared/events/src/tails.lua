-- The number of the newest event of each of the streams in KEYS; 0 where there is no stream.
local tails = {}
for i, key in ipairs(KEYS) do
  local tail = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  tails[i] = tail and tonumber(string.match(tail[1], '^%d+')) or 0
end
return tails
