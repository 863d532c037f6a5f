//! A fresh database for each test, on either server.

use std::{future::Future, sync::Arc};

use brooklet_model::Manifest;
use brooklet_store::{Options, Plan, Store};
use brooklet_test_support::Postgres;

/// A moment for migrations.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;

/// A fresh, empty database.
pub(crate) struct Db {
    pub(crate) url: String,
    /// Removed with the database.
    _folder: tempfile::TempDir,
}

impl Db {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("data").join("test.sqlite").display());
        Self { url, _folder: folder }
    }

    fn postgres() -> Self {
        Self { url: Postgres::shared().database(), _folder: tempfile::tempdir().unwrap() }
    }

    /// Connects.
    pub(crate) async fn connect(&self) -> Store {
        Store::connect(&self.url, Options::default()).await.unwrap()
    }

    /// Connects some times, as if from as many nodes, to a database that has the cluster's tables.
    pub(crate) async fn nodes<const N: usize>(&self) -> [Store; N] {
        let mut stores = Vec::new();
        for _ in 0..N {
            stores.push(self.connect().await);
        }
        stores[0].cluster().install().await.unwrap();
        stores.try_into().unwrap()
    }

    /// Connects and migrates.
    pub(crate) async fn open(&self, manifest: Manifest) -> (Store, Arc<Plan>) {
        let store = self.connect().await;
        let plan = store.plan(Arc::new(manifest)).unwrap();
        let plan = store.migrate(&plan, NOW_MS).await.unwrap().plan;
        (store, plan)
    }
}

/// Runs a test on SQLite.
pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    run(Db::sqlite(), test);
}

/// Runs a test on PostgreSQL.
pub(crate) fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    run(Db::postgres(), test);
}

fn run<F: Future<Output = ()>>(db: Db, test: impl FnOnce(Db) -> F) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test(db));
}

/// Makes two tests of each function named: one for each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { crate::harness::on_sqlite(super::$test); })*
        }
        mod postgres {
            $(#[test] fn $test() { crate::harness::on_postgres(super::$test); })*
        }
    };
}
