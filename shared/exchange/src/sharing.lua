-- What the processes behind one address have used of a budget.
-- KEYS[1]: a hash; field `blocked` is the end of a block in milliseconds since 1970, field <length> of a window of so many
-- milliseconds is "<beginning>:<use>".
-- ARGV: the time and the length of the longest block in milliseconds, the end of the caller's block in milliseconds since 1970,
-- then of each window its length, its beginning, all that the caller knows of its use, and what of that is its own and was not
-- told before.
-- Answers the later block, then length, beginning and use of each window that the caller named.
local key, now, longest_block = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local blocked = tonumber(ARGV[3])
local before = tonumber(redis.call('HGET', key, 'blocked') or '') or 0
-- A block that is longer than any was told by a clock that is ahead.
if before > blocked and before <= now + longest_block then blocked = before end
blocked = math.min(blocked, now + longest_block)
local kept = { 'blocked', string.format('%.0f', blocked) }
local answer = { blocked }
local lasts = math.max(blocked - now, 1000)
for i = 4, #ARGV, 4 do
    local length, began, used = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local told = redis.call('HGET', key, length)
    local their_began, their_used = string.match(told or '', '^(%d+):(%d+)$')
    if their_began then
        their_began, their_used = tonumber(their_began), tonumber(their_used)
        if their_began > began and their_began <= now then
            began, used = their_began, their_used
        elseif their_began == began then
            used = math.max(used, their_used + tonumber(ARGV[i + 3]))
        end
    end
    lasts = math.max(lasts, tonumber(length))
    table.insert(kept, length)
    table.insert(kept, string.format('%.0f:%.0f', began, used))
    table.insert(answer, tonumber(length))
    table.insert(answer, began)
    table.insert(answer, used)
end
redis.call('HSET', key, unpack(kept))
redis.call('PEXPIRE', key, string.format('%.0f', lasts))
return answer
