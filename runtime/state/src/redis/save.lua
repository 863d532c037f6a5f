local id, now, expires, kept_for = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local expected, next, seen, image = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local held = redis.call('HMGET', session_key(id), 'r', 'x', 'u')
if not held[1] or tonumber(held[2]) <= tonumber(now) then return 'gone' end
if held[1] ~= expected then return 'changed' end
redis.call('HSET', session_key(id), 'r', next, 'x', expires, 's', seen, 'i', image)
keep(id, held[3], expires, kept_for)
return 'done'
