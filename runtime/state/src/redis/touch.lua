local id, now, expires, kept_for, seen = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local held = redis.call('HMGET', session_key(id), 'x', 'u')
if not held[1] or tonumber(held[1]) <= tonumber(now) then return 0 end
redis.call('HSET', session_key(id), 'x', expires, 's', seen)
keep(id, held[2], expires, kept_for)
return 1
