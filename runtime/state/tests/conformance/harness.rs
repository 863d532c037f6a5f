//! An empty store for each test, of each kind.

use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use brooklet_state::{Memory, Opened, Seen, SessionId, SessionRecord, State, StateOptions, connect};
use brooklet_store::{Options, Store};
use brooklet_test_support::{Postgres, Redis};

/// When tests begin: long ago, so that a store that asks a clock of its own is found out.
pub(crate) const NOW_MS: i64 = 1_500_000_000_000;

/// How long sessions live here.
pub(crate) const TIMEOUT_MS: i64 = 60_000;

/// Where a test's sessions are: nowhere yet.
pub(crate) struct Place {
    url: String,
    database: String,
    memory: OnceLock<Memory>,
    /// Removed with the place.
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(url: impl Into<String>, database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = || format!("sqlite:{}", folder.path().join("test.sqlite").display());
        let database = database.unwrap_or_else(file);
        Self { url: url.into(), database, memory: OnceLock::new(), _folder: folder }
    }

    fn memory() -> Self {
        Self::new("memory", None)
    }

    fn sqlite() -> Self {
        Self::new("sql", None)
    }

    fn postgres() -> Self {
        Self::new("sql", Some(Postgres::shared().database()))
    }

    fn redis() -> Self {
        static PREFIXES: AtomicU32 = AtomicU32::new(0);
        let prefix = PREFIXES.fetch_add(1, Ordering::Relaxed);
        Self::new(format!("{}?prefix=test{prefix}", Redis::shared().url(0)), None)
    }

    /// A node's way to the store.
    pub(crate) async fn node(&self, options: StateOptions) -> Arc<dyn State> {
        if self.url == "memory" {
            // This store is one process's own: its nodes are one.
            return Arc::new(self.memory.get_or_init(|| Memory::new(options)).clone());
        }
        let store = Store::connect(&self.database, Options::default()).await.unwrap();
        connect(&self.url, &store, options).await.unwrap()
    }
}

/// Runs a test in memory.
pub(crate) fn in_memory<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::memory()));
}

/// Runs a test on SQLite.
pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::sqlite()));
}

/// Runs a test on PostgreSQL.
pub(crate) fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::postgres()));
}

/// Runs a test on Redis.
pub(crate) fn on_redis<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::redis()));
}

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// Makes four tests of each function named: one for each store.
macro_rules! on_all {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $test() { crate::harness::in_memory(super::$test); })*
        }
        mod sqlite {
            $(#[test] fn $test() { crate::harness::on_sqlite(super::$test); })*
        }
        mod postgres {
            $(#[test] fn $test() { crate::harness::on_postgres(super::$test); })*
        }
        mod redis {
            $(#[test] fn $test() { crate::harness::on_redis(super::$test); })*
        }
    };
}

/// No limit.
pub(crate) fn options() -> StateOptions {
    StateOptions { timeout: Duration::from_millis(TIMEOUT_MS as u64), ..StateOptions::default() }
}

/// The n-th session; later ones come later.
pub(crate) fn id(number: u32) -> SessionId {
    let mut bytes = [0xa5; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SessionId::from_bytes(bytes)
}

/// Seen on a node so many milliseconds after the test began.
pub(crate) fn seen(after_ms: i64) -> Seen {
    Seen {
        at_ms: NOW_MS + after_ms,
        node: "node-1".to_owned(),
        address: "192.0.2.7".to_owned(),
        version: "v1".to_owned(),
    }
}

/// The session of a user.
pub(crate) fn of_user(user: i64) -> SessionRecord {
    SessionRecord {
        user: Some(user),
        user_name: format!("user {user}"),
        user_roles: vec!["User".to_owned()],
        ..SessionRecord::default()
    }
}

/// Opens the n-th session, for user n, when the test begins.
pub(crate) async fn open(state: &dyn State, number: u32) {
    let opened = state.open(id(number), &of_user(i64::from(number)), &seen(0), b"").await.unwrap();
    assert_eq!(opened, Opened::Done);
}
