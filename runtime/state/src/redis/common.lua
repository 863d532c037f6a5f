-- What the scripts that write sessions share; put before each of them.
--
-- KEYS: 1 the sessions by the moment at which they time out, 2 the sessions by id.
-- ARGV: 1 what all names begin with. The rest is each script's own.

local expiries, ids = KEYS[1], KEYS[2]

local function session_key(id) return ARGV[1] .. 's:' .. id end
local function user_key(user) return ARGV[1] .. 'u:' .. user end

-- Removes a session and all that is known of it. Answers 1 when there was one.
local function remove(id)
  local user = redis.call('HGET', session_key(id), 'u')
  if user and user ~= '' then redis.call('SREM', user_key(user), id) end
  redis.call('ZREM', expiries, id)
  redis.call('ZREM', ids, id)
  return redis.call('DEL', session_key(id))
end

-- Removes up to so many sessions that have timed out. Answers how many it did.
local function purge(now, most)
  local timed_out = redis.call('ZRANGEBYSCORE', expiries, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(timed_out) do remove(id) end
  return #timed_out
end

-- Has a key that several sessions share kept for so long at least.
local function extend(key, kept_for)
  if redis.call('PTTL', key) < tonumber(kept_for) then redis.call('PEXPIRE', key, kept_for) end
end

-- Lets a session live until a moment. Whatever names it is kept as long as the session itself, so that nothing stays
-- when all sessions are gone, and there is no session that its user's set does not name.
local function keep(id, user, expires, kept_for)
  redis.call('ZADD', expiries, expires, id)
  redis.call('PEXPIRE', session_key(id), kept_for)
  extend(expiries, kept_for)
  extend(ids, kept_for)
  if user ~= '' then extend(user_key(user), kept_for) end
end
