//! Sessions in Redis.
//!
//! | key, after `brooklet:{prefix}:` | type | what it holds |
//! | --- | --- | --- |
//! | `s:<id>` | hash | a session: `u` the user, `f` the rest of the record, `w` the user's name and roles, `s` how it was seen, `r` the revision, `i` the image, `x` when it times out |
//! | `expiries` | sorted set | ids by the moment at which they time out |
//! | `ids` | sorted set | ids by name, for lists |
//! | `u:<user>` | set | a user's ids |
//! | `f:<hash>` | hash | failed logins under a key: `c` how many, `l` the last one, `x` when they are forgotten |
//!
//! Whatever writes a session is a script, and so atomic and one round trip; `load` is one `HMGET`. Every key has an expiry,
//! so that a store that is no longer used empties itself. Expiries are durations, and longer than a session's timeout:
//! whether a session has timed out is for the caller's clock to say, and no difference between clocks may end it early.
//!
//! The server must not evict keys (`maxmemory-policy noeviction`, which is Redis's default), and keeps sessions over its own
//! restart only when it is told to keep its data (`appendonly yes`). Redis 6 or newer, or what speaks its protocol.

mod address;
mod link;
mod scripts;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use redis::{Cmd, Script, ScriptInvocation};

pub(crate) use address::bad_url;

use crate::{
    Entry, Failures, Loaded, Opened, Saved, Seen, SessionId, SessionRecord, State, StateError, StateOptions, limits,
    options::milliseconds,
    record::{Parts, decode, encode},
    token::failure_key,
};
use link::Link;

/// Sessions in Redis.
pub(crate) struct Redis {
    options: StateOptions,
    link: Link,
    /// What the names of all keys begin with.
    base: String,
    /// Where the server is, for messages.
    shown: String,
}

/// A session's hash, as `load` asks for it.
type Hash = (Option<String>, Option<String>, Option<String>, Option<u64>, Option<i64>, Option<Bytes>);

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("server", &self.shown).field("base", &self.base).finish_non_exhaustive()
    }
}

impl Redis {
    /// Connects to a server and makes sure that it answers.
    pub(crate) async fn connect(url: &str, options: StateOptions) -> Result<Self, StateError> {
        let address::Address { client, base, shown } = address::parse(url)?;
        let state = Self { options, link: Link::new(client, scripts::introduction()), base, shown };
        state.ping().await?;
        Ok(state)
    }

    fn session_key(&self, id: SessionId) -> String {
        format!("{}s:{id}", self.base)
    }

    fn failure_key(&self, key: &str) -> String {
        format!("{}f:{}", self.base, failure_key(key))
    }

    /// A call of one of the scripts that write sessions: what they share comes first.
    fn script<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.key(format!("{}expiries", self.base));
        call.key(format!("{}ids", self.base)).arg(&self.base);
        call
    }

    /// A call of a script for one session that is used now: id, now, when it times out, how long to keep it.
    fn use_script<'a>(&self, script: &'a Script, id: SessionId, seen: &Seen) -> ScriptInvocation<'a> {
        let kept_for = self.options.timeout.saturating_add(limits::REDIS_GRACE);
        let mut call = self.script(script);
        call.arg(id.to_string()).arg(seen.at_ms).arg(self.options.expires_ms(seen.at_ms)).arg(milliseconds(kept_for));
        call
    }
}

#[async_trait]
impl State for Redis {
    fn kind(&self) -> &'static str {
        "redis"
    }

    async fn open(
        &self,
        id: SessionId,
        record: &SessionRecord,
        seen: &Seen,
        image: &[u8],
    ) -> Result<Opened, StateError> {
        let parts = Parts::of(record)?;
        let limit = self.options.places(record.administrator);
        let mut call = self.use_script(&scripts::OPEN, id, seen);
        call.arg(limit.map_or(String::new(), |limit| limit.to_string()))
            .arg(limits::PURGED_PER_OPEN_MAX)
            .arg(record.user.map_or(String::new(), |user| user.to_string()))
            .arg(parts.fixed)
            .arg(parts.who)
            .arg(encode(seen)?)
            .arg(image);
        let is_open: bool = self.link.script(&call).await?;
        Ok(match limit {
            Some(limit) if !is_open => Opened::Full { limit },
            _ => Opened::Done,
        })
    }

    async fn load(&self, id: SessionId, now_ms: i64) -> Result<Option<Loaded>, StateError> {
        let read = Cmd::hmget(self.session_key(id), &["f", "w", "s", "r", "x", "i"]);
        let (Some(fixed), Some(who), Some(seen), Some(revision), Some(expires_ms), Some(image)) =
            self.link.query::<Hash>(&read).await?
        else {
            return Ok(None);
        };
        if expires_ms <= now_ms {
            return Ok(None);
        }
        let record = Parts { fixed, who }.record()?;
        Ok(Some(Loaded { record, seen: decode(&seen)?, revision, image }))
    }

    async fn save(&self, id: SessionId, expected: u64, image: &[u8], seen: &Seen) -> Result<Saved, StateError> {
        let revision = expected.saturating_add(1);
        let mut call = self.use_script(&scripts::SAVE, id, seen);
        call.arg(expected).arg(revision).arg(encode(seen)?).arg(image);
        Ok(match self.link.script::<String>(&call).await?.as_str() {
            "done" => Saved::Done { revision },
            "changed" => Saved::Changed,
            _ => Saved::Gone,
        })
    }

    async fn touch(&self, id: SessionId, seen: &Seen) -> Result<(), StateError> {
        let mut call = self.use_script(&scripts::TOUCH, id, seen);
        self.link.script::<()>(call.arg(encode(seen)?)).await
    }

    async fn end(&self, id: SessionId) -> Result<bool, StateError> {
        self.link.script(self.script(&scripts::END).arg(id.to_string())).await
    }

    async fn end_user(&self, user: i64, except: Option<SessionId>) -> Result<u64, StateError> {
        let except = except.map_or(String::new(), |id| id.to_string());
        self.link.script(self.script(&scripts::END_USER).arg(user).arg(except)).await
    }

    async fn assign(
        &self,
        user: i64,
        user_name: &str,
        roles: &[String],
        administrator: bool,
    ) -> Result<u64, StateError> {
        let who = Parts::who(user_name, roles, administrator)?;
        self.link.script(self.script(&scripts::ASSIGN).arg(user).arg(who)).await
    }

    async fn list(&self, after: Option<SessionId>, limit: u32, now_ms: i64) -> Result<Vec<Entry>, StateError> {
        let from = after.map_or("-".to_owned(), |id| format!("({id}"));
        let limit = limit.min(limits::SESSIONS_PER_LIST_MAX);
        let mut call = self.script(&scripts::LIST);
        call.arg(from).arg(limit).arg(now_ms);
        let entries: Vec<(String, String, String, String, u64, u64)> = self.link.script(&call).await?;
        let entry = |(id, fixed, who, seen, revision, image_bytes): (String, _, _, String, _, _)| {
            Ok(Entry {
                id: id.parse().map_err(StateError::other)?,
                record: Parts { fixed, who }.record()?,
                seen: decode(&seen)?,
                revision,
                image_bytes,
            })
        };
        entries.into_iter().map(entry).collect()
    }

    async fn count(&self, now_ms: i64) -> Result<u64, StateError> {
        let expiries = format!("{}expiries", self.base);
        self.link.query(&Cmd::zcount(expiries, format!("({now_ms}"), "+inf")).await
    }

    async fn failures(&self, keys: &[String], now_ms: i64) -> Result<Vec<Failures>, StateError> {
        let mut read = redis::pipe();
        for key in keys {
            read.hmget(self.failure_key(key), &["c", "l", "x"]);
        }
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let counted: Vec<(Option<u64>, Option<i64>, Option<i64>)> = self.link.pipeline(&read).await?;
        let failures = |counted| match counted {
            (Some(count), Some(last_ms), Some(forgotten_ms)) if now_ms < forgotten_ms => {
                Failures { count: u32::try_from(count).unwrap_or(u32::MAX), last_ms }
            }
            _ => Failures::default(),
        };
        Ok(counted.into_iter().map(failures).collect())
    }

    async fn fail(&self, keys: &[String], at_ms: i64, forget_after: Duration) -> Result<(), StateError> {
        let mut call = scripts::FAIL.prepare_invoke();
        for key in keys {
            call.key(self.failure_key(key));
        }
        call.arg(at_ms)
            .arg(at_ms.saturating_add(milliseconds(forget_after)))
            .arg(milliseconds(forget_after.saturating_add(limits::REDIS_GRACE)));
        self.link.script(&call).await
    }

    async fn forgive(&self, keys: &[String]) -> Result<(), StateError> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = keys.iter().map(|key| self.failure_key(key)).collect();
        self.link.query(&Cmd::del(keys)).await
    }

    async fn ping(&self) -> Result<(), StateError> {
        self.link.query(&redis::cmd("PING")).await
    }

    async fn sweep(&self, now_ms: i64) -> Result<u64, StateError> {
        let mut swept = 0;
        loop {
            let mut call = self.script(&scripts::SWEEP);
            call.arg(now_ms).arg(limits::SWEPT_AT_ONCE_MAX);
            let gone: u64 = self.link.script(&call).await?;
            swept += gone;
            if gone < limits::SWEPT_AT_ONCE_MAX {
                return Ok(swept);
            }
        }
    }
}
