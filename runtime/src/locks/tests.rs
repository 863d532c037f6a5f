//! Locks over SQLite and PostgreSQL. Two stores are as good as two nodes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use brooklet_model::Manifest;
use brooklet_store::{FencingToken, Options, Store, Transaction};
use brooklet_test_support::Postgres;
use tokio::time::sleep;

use super::{Hold, Locks};
use crate::{clock::Clock, limits::LockLimits};

const LONG: LockLimits = LockLimits { lease: Duration::from_secs(60), renewal: Duration::from_secs(20) };
const SHORT: LockLimits = LockLimits { lease: Duration::from_millis(400), renewal: Duration::from_millis(50) };
const FLOW: &str = "Test.Flow";

struct Node {
    store: Store,
    locks: Locks,
}

impl Node {
    async fn start(url: &str, limits: LockLimits) -> Self {
        let store = Store::connect(url, Options::default()).await.unwrap();
        store.cluster().install().await.unwrap();
        let locks = Locks::new(store.cluster(), "node", &Clock::system(0), limits);
        Self { store, locks }
    }

    /// A transaction, for an empty model.
    fn begin(&self) -> Transaction {
        self.store.begin(self.store.plan(Arc::new(Manifest::default())).unwrap())
    }

    async fn acquire(&self) -> Option<Hold> {
        self.locks.acquire(FLOW, &mut self.begin()).await.unwrap()
    }

    /// Takes the lock as soon as it is free.
    async fn wait(&self) -> Hold {
        for _ in 0..400 {
            if let Some(hold) = self.acquire().await {
                return hold;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("the lock is never free");
    }

    async fn is_held(&self, hold: &Hold) -> bool {
        let mut transaction = self.begin();
        let is_held = hold.fence(&mut transaction).await.unwrap();
        transaction.rollback().await.unwrap();
        is_held
    }
}

/// Two nodes that share a database of either kind.
async fn on_both(limits: LockLimits, test: impl AsyncFn(&Node, &Node)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("test.sqlite").display());
    for url in [sqlite, Postgres::shared().database()] {
        test(&Node::start(&url, limits.clone()).await, &Node::start(&url, limits.clone()).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_at_a_time_over_two_nodes() {
    on_both(LONG, async |one, other| {
        let (inside, entered) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let caller = |node: &Node| {
            let (store, locks) = (node.store.clone(), node.locks.clone());
            let (inside, entered) = (inside.clone(), entered.clone());
            tokio::spawn(async move {
                let plan = store.plan(Arc::new(Manifest::default())).unwrap();
                for _ in 0..20 {
                    let mut transaction = store.begin(plan.clone());
                    if let Some(hold) = locks.acquire(FLOW, &mut transaction).await.unwrap() {
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "somebody else is in");
                        entered.fetch_add(1, Ordering::SeqCst);
                        sleep(Duration::from_millis(1)).await;
                        assert!(hold.fence(&mut transaction).await.unwrap());
                        inside.fetch_sub(1, Ordering::SeqCst);
                        transaction.commit().await.unwrap();
                        hold.release().await;
                    }
                    tokio::task::yield_now().await;
                }
            })
        };
        let callers: Vec<_> = [one, other].into_iter().cycle().take(10).map(caller).collect();
        for caller in callers {
            caller.await.unwrap();
        }
        assert!(entered.load(Ordering::SeqCst) >= 2);
    })
    .await;
}

#[tokio::test]
async fn a_second_caller_of_the_same_node_is_turned_away_without_the_database() {
    let node = Node::start("sqlite::memory:", LONG).await;
    let hold = node.acquire().await.unwrap();
    node.store.close().await;
    assert!(node.acquire().await.is_none());
    assert_eq!(hold.microflow(), FLOW);
    assert!(node.locks.acquire("Test.Other", &mut node.begin()).await.is_err(), "others do ask");
}

#[tokio::test]
async fn what_is_given_back_can_be_taken_at_once() {
    on_both(LONG, async |one, other| {
        for _ in 0..5 {
            for node in [one, one, other] {
                node.acquire().await.expect("the lock is free").release().await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_dropped_is_given_back() {
    on_both(LONG, async |one, other| {
        let hold = one.acquire().await.unwrap();
        assert!(other.acquire().await.is_none());
        drop(hold);
        drop(other.wait().await);
        one.wait().await.release().await;
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_lock() {
    on_both(LONG, async |one, other| {
        let mut transaction = one.begin();
        for wait in 0..20 {
            let acquiring = one.locks.acquire(FLOW, &mut transaction);
            let _ = tokio::time::timeout(Duration::from_micros(50 * wait), acquiring).await;
        }
        other.wait().await.release().await;
        one.wait().await.release().await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_lasts_longer_than_its_lease() {
    // However seldom the settings say that it is renewed.
    on_both(LockLimits { renewal: Duration::from_secs(3600), ..SHORT }, async |one, other| {
        let hold = one.acquire().await.unwrap();
        for _ in 0..12 {
            sleep(SHORT.lease / 4).await;
            assert!(other.acquire().await.is_none());
        }
        assert!(one.is_held(&hold).await);
        hold.release().await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_ends_with_its_holder() {
    on_both(SHORT, async |one, other| {
        let hold = one.acquire().await.unwrap();
        hold.renewal.abort();
        let successor = other.wait().await;
        assert!(!one.is_held(&hold).await);
        hold.release().await;
        assert!(other.is_held(&successor).await, "a former holder gives back nothing");
        assert!(one.acquire().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_lock_is_taken_by_a_transaction_that_has_begun() {
    on_both(LONG, async |one, other| {
        for commits in [true, false] {
            let mut transaction = one.begin();
            transaction.start().await.unwrap();
            let hold = one.locks.acquire(FLOW, &mut transaction).await.unwrap().unwrap();
            assert!(one.acquire().await.is_none());
            if commits {
                transaction.commit().await.unwrap()
            } else {
                transaction.rollback().await.unwrap()
            }
            assert!(other.acquire().await.is_none());
            assert!(one.is_held(&hold).await);
            hold.release().await;
        }
    })
    .await;
}

#[tokio::test]
async fn operators_see_who_holds_a_lock() {
    let node = Node::start("sqlite::memory:", LONG).await;
    let _hold = node.acquire().await.unwrap();
    let leases = node.store.cluster().leases().await.unwrap();
    assert_eq!((leases[0].name.as_str(), leases[0].token), ("microflow:Test.Flow", FencingToken(1)));
    assert!(leases[0].holder.starts_with("node "), "{}", leases[0].holder);
}
