-- What the processes behind one address have used of a budget.
-- KEYS[1]: a hash; field `blocked` is the end of a block in milliseconds since 1970, field <length> of a window of so many
-- milliseconds is "<beginning>:<use>".
-- ARGV: the time and the end of the caller's block in milliseconds since 1970, then length, beginning and use of each window.
-- Answers the later block, then length, beginning and the larger use of each window that the caller named.
local key, now = KEYS[1], tonumber(ARGV[1])
local blocked = math.max(tonumber(redis.call('HGET', key, 'blocked') or '0'), tonumber(ARGV[2]))
local kept = { 'blocked', string.format('%.0f', blocked) }
local answer = { blocked }
local longest = math.max(blocked - now, 1000)
for i = 3, #ARGV, 3 do
    local length, began, used = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local told = redis.call('HGET', key, length)
    if told then
        local colon = string.find(told, ':', 1, true)
        local their_began, their_used = tonumber(string.sub(told, 1, colon - 1)), tonumber(string.sub(told, colon + 1))
        if their_began > began and their_began <= now then
            began, used = their_began, their_used
        elseif their_began == began then
            used = math.max(used, their_used)
        end
    end
    longest = math.max(longest, tonumber(length))
    table.insert(kept, length)
    table.insert(kept, string.format('%.0f:%.0f', began, used))
    table.insert(answer, tonumber(length))
    table.insert(answer, began)
    table.insert(answer, used)
end
redis.call('HSET', key, unpack(kept))
redis.call('PEXPIRE', key, string.format('%.0f', longest))
return answer
