local id, now, expires, kept_for = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local places, purged_at_once, user = ARGV[6], ARGV[7], ARGV[8]

purge(now, purged_at_once)
if places ~= '' then
  local taken = redis.call('ZCOUNT', expiries, '(' .. now, '+inf')
  local held = redis.call('ZSCORE', expiries, id)
  if held and tonumber(held) > tonumber(now) then taken = taken - 1 end
  if taken >= tonumber(places) then return 0 end
end

remove(id)
redis.call('HSET', session_key(id), 'u', user, 'x', expires, 'r', '1',
  'f', ARGV[9], 'w', ARGV[10], 's', ARGV[11], 'i', ARGV[12])
redis.call('ZADD', ids, 0, id)
if user ~= '' then redis.call('SADD', user_key(user), id) end
keep(id, user, expires, kept_for)
return 1
