//! Sessions in the application's database, for those who want no further server.
//!
//! The tables and their statements are `brooklet-store`'s; here a session is turned into a row and back.

use std::{collections::HashMap, future::Future, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::timeout;

use brooklet_store::{Dialect, FailureRow, SessionRow, SessionSaved, Sessions, Store, StoreError};

use crate::{
    Entry, Failures, Loaded, Opened, Saved, Seen, SessionId, SessionRecord, State, StateError, StateOptions, limits,
    options::milliseconds,
    record::{Parts, decode, encode},
    token::failure_key,
};

/// Sessions in a database.
#[derive(Debug)]
pub(crate) struct Sql {
    options: StateOptions,
    sessions: Sessions,
    kind: &'static str,
}

impl Sql {
    /// Makes the tables in the application's database when they are missing.
    pub(crate) async fn connect(store: &Store, options: StateOptions) -> Result<Self, StateError> {
        let kind = match store.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        };
        let sessions = store.sessions();
        within(limits::SQL_CHORE_TIMEOUT, sessions.install()).await?;
        Ok(Self { options, sessions, kind })
    }
}

#[async_trait]
impl State for Sql {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn open(
        &self,
        id: SessionId,
        record: &SessionRecord,
        seen: &Seen,
        image: &[u8],
    ) -> Result<Opened, StateError> {
        let Parts { fixed, who } = Parts::of(record)?;
        let row = SessionRow {
            id: id.to_string(),
            user: record.user,
            fixed,
            who,
            seen: encode(seen)?,
            revision: 1,
            expires_ms: self.options.expires_ms(seen.at_ms),
            image: image.to_vec(),
            image_bytes: 0,
        };
        let limit = self.options.places(record.administrator);
        let is_open = answer(self.sessions.open(&row, seen.at_ms, limit)).await?;
        Ok(match limit {
            Some(limit) if !is_open => Opened::Full { limit },
            _ => Opened::Done,
        })
    }

    async fn load(&self, id: SessionId, now_ms: i64) -> Result<Option<Loaded>, StateError> {
        let Some(row) = answer(self.sessions.load(&id.to_string(), now_ms)).await? else { return Ok(None) };
        let SessionRow { fixed, who, seen, revision, image, .. } = row;
        let record = Parts { fixed, who }.record()?;
        Ok(Some(Loaded { record, seen: decode(&seen)?, revision: unsigned(revision), image: Bytes::from(image) }))
    }

    async fn save(&self, id: SessionId, expected: u64, image: &[u8], seen: &Seen) -> Result<Saved, StateError> {
        let (id, text, now_ms) = (id.to_string(), encode(seen)?, seen.at_ms);
        // A number that no session gets to is no session's.
        let number = i64::try_from(expected).unwrap_or(i64::MAX);
        let saving = self.sessions.save(&id, number, image, &text, now_ms, self.options.expires_ms(now_ms));
        Ok(match answer(saving).await? {
            SessionSaved::Done => Saved::Done { revision: expected.saturating_add(1) },
            SessionSaved::Changed => Saved::Changed,
            SessionSaved::Gone => Saved::Gone,
        })
    }

    async fn touch(&self, id: SessionId, seen: &Seen) -> Result<(), StateError> {
        let (id, text, now_ms) = (id.to_string(), encode(seen)?, seen.at_ms);
        answer(self.sessions.touch(&id, &text, now_ms, self.options.expires_ms(now_ms))).await
    }

    async fn end(&self, id: SessionId) -> Result<bool, StateError> {
        answer(self.sessions.end(&id.to_string())).await
    }

    async fn end_user(&self, user: i64, except: Option<SessionId>) -> Result<u64, StateError> {
        let except = except.map(|id| id.to_string());
        answer(self.sessions.end_user(user, except.as_deref())).await
    }

    async fn assign(
        &self,
        user: i64,
        user_name: &str,
        roles: &[String],
        administrator: bool,
    ) -> Result<u64, StateError> {
        let who = Parts::who(user_name, roles, administrator)?;
        answer(self.sessions.assign(user, &who)).await
    }

    async fn list(&self, after: Option<SessionId>, limit: u32, now_ms: i64) -> Result<Vec<Entry>, StateError> {
        let (after, limit) = (after.map(|id| id.to_string()), limit.min(limits::SESSIONS_PER_LIST_MAX));
        let rows = answer(self.sessions.list(after.as_deref(), limit, now_ms)).await?;
        let entry = |row: SessionRow| {
            Ok(Entry {
                id: row.id.parse().map_err(StateError::other)?,
                record: Parts { fixed: row.fixed, who: row.who }.record()?,
                seen: decode(&row.seen)?,
                revision: unsigned(row.revision),
                image_bytes: unsigned(row.image_bytes),
            })
        };
        rows.into_iter().map(entry).collect()
    }

    async fn count(&self, now_ms: i64) -> Result<u64, StateError> {
        answer(self.sessions.count(now_ms)).await
    }

    async fn failures(&self, keys: &[String], now_ms: i64) -> Result<Vec<Failures>, StateError> {
        let names: Vec<_> = keys.iter().map(|key| failure_key(key)).collect();
        let rows = answer(self.sessions.failures(&names, now_ms)).await?;
        let counted = |row: FailureRow| {
            (row.name, Failures { count: u32::try_from(row.failures).unwrap_or(u32::MAX), last_ms: row.last_ms })
        };
        let counted: HashMap<_, _> = rows.into_iter().map(counted).collect();
        Ok(names.iter().map(|name| counted.get(name).copied().unwrap_or_default()).collect())
    }

    async fn fail(&self, keys: &[String], at_ms: i64, forget_after: Duration) -> Result<(), StateError> {
        let names: Vec<_> = keys.iter().map(|key| failure_key(key)).collect();
        answer(self.sessions.fail(&names, at_ms, at_ms.saturating_add(milliseconds(forget_after)))).await
    }

    async fn forgive(&self, keys: &[String]) -> Result<(), StateError> {
        let names: Vec<_> = keys.iter().map(|key| failure_key(key)).collect();
        answer(self.sessions.forgive(&names)).await
    }

    async fn ping(&self) -> Result<(), StateError> {
        answer(self.sessions.ping()).await
    }

    async fn sweep(&self, now_ms: i64) -> Result<u64, StateError> {
        // No request waits for it, and it may have much to do.
        within(limits::SQL_CHORE_TIMEOUT, self.sessions.sweep(now_ms)).await
    }
}

/// What the database answers to a call that a request waits for.
async fn answer<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StateError> {
    within(limits::SQL_TIMEOUT, call).await
}

/// What the database answers, if it does in time.
async fn within<T>(time: Duration, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StateError> {
    match timeout(time, call).await {
        Ok(outcome) => outcome.map_err(classify),
        Err(elapsed) => Err(StateError::unavailable(elapsed)),
    }
}

fn classify(error: StoreError) -> StateError {
    match error {
        StoreError::Unreachable { .. }
        | StoreError::Exhausted
        | StoreError::Conflict { .. }
        | StoreError::OutcomeUnknown { .. } => StateError::unavailable(error),
        _ => StateError::other(error),
    }
}

fn unsigned(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
