//! Sessions in this process: for one node, for development and for tests. They end with it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    Entry, Failures, Loaded, Opened, Saved, Seen, SessionId, SessionRecord, State, StateError, StateOptions, limits,
    options::milliseconds, token::failure_key,
};

/// A store in this process's memory. Clones share their sessions.
#[derive(Clone, Debug)]
pub struct Memory {
    options: StateOptions,
    held: Arc<Mutex<Held>>,
}

/// All that is stored. One lock for all: nothing is done under it that waits or takes long.
#[derive(Debug, Default)]
struct Held {
    sessions: BTreeMap<SessionId, Session>,
    /// When each session times out, the next one first.
    expiries: BTreeSet<(i64, SessionId)>,
    users: HashMap<i64, BTreeSet<SessionId>>,
    failures: HashMap<String, Failed>,
}

#[derive(Debug)]
struct Session {
    record: SessionRecord,
    seen: Seen,
    revision: u64,
    image: Bytes,
    expires_ms: i64,
}

/// Failed logins under one key.
#[derive(Debug)]
struct Failed {
    failures: Failures,
    forgotten_ms: i64,
}

impl Memory {
    /// An empty store.
    pub fn new(options: StateOptions) -> Self {
        Self { options, held: Arc::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing under the lock leaves things half done.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl State for Memory {
    fn kind(&self) -> &'static str {
        "memory"
    }

    async fn open(
        &self,
        id: SessionId,
        record: &SessionRecord,
        seen: &Seen,
        image: &[u8],
    ) -> Result<Opened, StateError> {
        let mut held = self.held();
        held.sweep(seen.at_ms);
        if let Some(limit) = self.options.places(record.administrator) {
            let others = held.sessions.len() - usize::from(held.sessions.contains_key(&id));
            if others as u64 >= u64::from(limit) {
                return Ok(Opened::Full { limit });
            }
        }
        held.remove(id);
        held.insert(
            id,
            Session {
                record: record.clone(),
                seen: seen.clone(),
                revision: 1,
                image: Bytes::copy_from_slice(image),
                expires_ms: self.options.expires_ms(seen.at_ms),
            },
        );
        Ok(Opened::Done)
    }

    async fn load(&self, id: SessionId, now_ms: i64) -> Result<Option<Loaded>, StateError> {
        let held = self.held();
        let session = held.sessions.get(&id).filter(|session| now_ms < session.expires_ms);
        Ok(session.map(|session| Loaded {
            record: session.record.clone(),
            seen: session.seen.clone(),
            revision: session.revision,
            image: session.image.clone(),
        }))
    }

    async fn save(&self, id: SessionId, expected: u64, image: &[u8], seen: &Seen) -> Result<Saved, StateError> {
        let mut held = self.held();
        let Some(session) = held.living(id, seen.at_ms) else { return Ok(Saved::Gone) };
        if session.revision != expected {
            return Ok(Saved::Changed);
        }
        session.revision += 1;
        session.image = Bytes::copy_from_slice(image);
        let revision = session.revision;
        held.keep(id, seen, self.options.expires_ms(seen.at_ms));
        Ok(Saved::Done { revision })
    }

    async fn touch(&self, id: SessionId, seen: &Seen) -> Result<(), StateError> {
        let mut held = self.held();
        if held.living(id, seen.at_ms).is_some() {
            held.keep(id, seen, self.options.expires_ms(seen.at_ms));
        }
        Ok(())
    }

    async fn end(&self, id: SessionId) -> Result<bool, StateError> {
        Ok(self.held().remove(id))
    }

    async fn end_user(&self, user: i64, except: Option<SessionId>) -> Result<u64, StateError> {
        let mut held = self.held();
        let ids: Vec<_> = held.of(user).filter(|id| Some(*id) != except).collect();
        Ok(ids.into_iter().filter(|id| held.remove(*id)).count() as u64)
    }

    async fn assign(
        &self,
        user: i64,
        user_name: &str,
        roles: &[String],
        administrator: bool,
    ) -> Result<u64, StateError> {
        let mut held = self.held();
        let ids: Vec<_> = held.of(user).collect();
        for id in &ids {
            if let Some(session) = held.sessions.get_mut(id) {
                session.record.user_name = user_name.to_owned();
                session.record.user_roles = roles.to_vec();
                session.record.administrator = administrator;
            }
        }
        Ok(ids.len() as u64)
    }

    async fn list(&self, after: Option<SessionId>, limit: u32, now_ms: i64) -> Result<Vec<Entry>, StateError> {
        let held = self.held();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let living = held.sessions.range((from, Bound::Unbounded)).filter(|(_, session)| now_ms < session.expires_ms);
        let entry = |(id, session): (&SessionId, &Session)| Entry {
            id: *id,
            record: session.record.clone(),
            seen: session.seen.clone(),
            revision: session.revision,
            image_bytes: session.image.len() as u64,
        };
        Ok(living.take(limit.min(limits::SESSIONS_PER_LIST_MAX) as usize).map(entry).collect())
    }

    async fn count(&self, now_ms: i64) -> Result<u64, StateError> {
        let held = self.held();
        let timed_out = held.expiries.iter().take_while(|(expires_ms, _)| *expires_ms <= now_ms).count();
        Ok((held.sessions.len() - timed_out) as u64)
    }

    async fn failures(&self, keys: &[String], now_ms: i64) -> Result<Vec<Failures>, StateError> {
        let held = self.held();
        let of = |key: &String| {
            let failed = held.failures.get(&failure_key(key)).filter(|failed| now_ms < failed.forgotten_ms);
            failed.map_or_else(Failures::default, |failed| failed.failures)
        };
        Ok(keys.iter().map(of).collect())
    }

    async fn fail(&self, keys: &[String], at_ms: i64, forget_after: Duration) -> Result<(), StateError> {
        let mut held = self.held();
        for key in keys {
            let forgotten_ms = at_ms.saturating_add(milliseconds(forget_after));
            let failed =
                held.failures.entry(failure_key(key)).or_insert(Failed { failures: Failures::default(), forgotten_ms });
            let before = if at_ms < failed.forgotten_ms { failed.failures.count } else { 0 };
            let failures = Failures { count: before.saturating_add(1), last_ms: at_ms };
            *failed = Failed { failures, forgotten_ms };
        }
        Ok(())
    }

    async fn forgive(&self, keys: &[String]) -> Result<(), StateError> {
        let mut held = self.held();
        for key in keys {
            held.failures.remove(&failure_key(key));
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StateError> {
        Ok(())
    }

    async fn sweep(&self, now_ms: i64) -> Result<u64, StateError> {
        let mut held = self.held();
        held.failures.retain(|_, failed| now_ms < failed.forgotten_ms);
        Ok(held.sweep(now_ms))
    }
}

impl Held {
    /// A session that has not timed out.
    fn living(&mut self, id: SessionId, now_ms: i64) -> Option<&mut Session> {
        self.sessions.get_mut(&id).filter(|session| now_ms < session.expires_ms)
    }

    /// The sessions of a user.
    fn of(&self, user: i64) -> impl Iterator<Item = SessionId> {
        self.users.get(&user).into_iter().flatten().copied()
    }

    fn insert(&mut self, id: SessionId, session: Session) {
        self.expiries.insert((session.expires_ms, id));
        if let Some(user) = session.record.user {
            self.users.entry(user).or_default().insert(id);
        }
        self.sessions.insert(id, session);
    }

    /// Remembers that a session was used.
    fn keep(&mut self, id: SessionId, seen: &Seen, expires_ms: i64) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        self.expiries.remove(&(session.expires_ms, id));
        self.expiries.insert((expires_ms, id));
        session.expires_ms = expires_ms;
        session.seen = seen.clone();
    }

    fn remove(&mut self, id: SessionId) -> bool {
        let Some(session) = self.sessions.remove(&id) else { return false };
        self.expiries.remove(&(session.expires_ms, id));
        if let Some(user) = session.record.user
            && let Some(ids) = self.users.get_mut(&user)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.users.remove(&user);
            }
        }
        true
    }

    /// Removes what has timed out.
    fn sweep(&mut self, now_ms: i64) -> u64 {
        let mut swept = 0;
        while let Some((expires_ms, id)) = self.expiries.first().copied()
            && expires_ms <= now_ms
        {
            self.remove(id);
            swept += 1;
        }
        swept
    }
}
