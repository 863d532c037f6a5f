local user, except = ARGV[2], ARGV[3]

local ended = 0
for _, id in ipairs(redis.call('SMEMBERS', user_key(user))) do
  if id ~= except then ended = ended + remove(id) end
end
return ended
