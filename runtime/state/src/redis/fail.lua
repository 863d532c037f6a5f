-- KEYS: where each key's failures are counted. ARGV: 1 the moment, 2 when it is forgotten, 3 how long it is kept.
for _, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'c', 'x')
  local count = 0
  if held[1] and tonumber(held[2]) > tonumber(ARGV[1]) then count = tonumber(held[1]) end
  redis.call('HSET', key, 'c', count + 1, 'l', ARGV[1], 'x', ARGV[2])
  redis.call('PEXPIRE', key, ARGV[3])
end
return 0
