local from, limit, now = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local entries = {}
while #entries < limit do
  local page = redis.call('ZRANGEBYLEX', ids, from, '+', 'LIMIT', 0, limit)
  for _, id in ipairs(page) do
    local held = redis.call('HMGET', session_key(id), 'x', 'f', 'w', 's', 'r')
    if #entries < limit and held[1] and tonumber(held[1]) > now then
      local image_bytes = redis.call('HSTRLEN', session_key(id), 'i')
      entries[#entries + 1] = { id, held[2], held[3], held[4], held[5], image_bytes }
    end
    from = '(' .. id
  end
  if #page < limit then break end
end
return entries
