local user, who = ARGV[2], ARGV[3]

local assigned = 0
for _, id in ipairs(redis.call('SMEMBERS', user_key(user))) do
  if redis.call('EXISTS', session_key(id)) == 1 then
    redis.call('HSET', session_key(id), 'w', who)
    assigned = assigned + 1
  else
    redis.call('SREM', user_key(user), id)
  end
end
return assigned
