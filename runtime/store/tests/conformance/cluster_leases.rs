//! Leases: one holder, tokens that grow, and fences that keep a former holder's work out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use brooklet_store::{FencingToken, Plan, Store, StoreError, Transaction};
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Db, NOW_MS, on_postgres},
    shop::*,
};

on_both!(
    a_lease_has_one_holder,
    tokens_grow,
    a_lease_that_is_over_can_be_taken,
    a_renewed_lease_lasts,
    a_late_renewal_holds_if_nobody_came,
    one_of_many_acquires,
    never_two_at_once,
    a_former_holder_cannot_fence,
    a_fenced_lease_is_not_taken_before_the_end,
    a_lease_outlives_a_rollback,
    a_token_is_never_given_twice,
    names_are_locked_until_the_end,
);

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(100);

async fn acquire(store: &Store, holder: &str, duration: Duration) -> Option<FencingToken> {
    store.cluster().acquire("lease", holder, duration).await.unwrap()
}

/// Takes the lease as soon as it is over.
async fn take_over(store: &Store, duration: Duration) -> FencingToken {
    for _ in 0..200 {
        if let Some(token) = acquire(store, "successor", duration).await {
            return token;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("the lease is never over");
}

/// A model's tables too, for transactions that do some work.
async fn shop(store: &Store) -> Arc<Plan> {
    let plan = store.plan(Arc::new(model())).unwrap();
    store.migrate(&plan, NOW_MS).await.unwrap();
    plan
}

/// A transaction that has written.
async fn working(store: &Store, plan: &Arc<Plan>) -> Transaction {
    let mut at = store.begin(plan.clone());
    at.insert(&[row(plan, TAG, 1, &[])]).await.unwrap();
    at
}

async fn a_lease_has_one_holder(db: Db) {
    let [one, other] = db.nodes().await;
    let token = acquire(&one, "one", LONG).await.unwrap();
    assert_eq!(acquire(&other, "other", LONG).await, None);
    assert_eq!(acquire(&one, "one", LONG).await, None, "each acquisition is another execution");
    assert!(one.cluster().acquire("another lease", "one", LONG).await.unwrap().is_some());
    let held = other.cluster().leases().await.unwrap();
    assert_eq!(held.iter().map(|lease| lease.name.as_str()).collect::<Vec<_>>(), ["another lease", "lease"]);
    assert_eq!((held[1].holder.as_str(), held[1].token), ("one", token));
    assert!((50_000..=60_000).contains(&held[1].remaining_ms), "{}", held[1].remaining_ms);
}

async fn tokens_grow(db: Db) {
    let [store] = db.nodes().await;
    for expected in 1..5 {
        let token = acquire(&store, "holder", LONG).await.unwrap();
        assert_eq!(token, FencingToken(expected));
        store.cluster().release("lease", token).await.unwrap();
        assert!(store.cluster().leases().await.unwrap().is_empty());
    }
}

async fn a_lease_that_is_over_can_be_taken(db: Db) {
    let [one, other] = db.nodes().await;
    let former = acquire(&one, "one", SHORT).await.unwrap();
    let token = take_over(&other, LONG).await;
    assert!(token > former);
    assert!(!one.cluster().renew("lease", former, LONG).await.unwrap());
    one.cluster().release("lease", former).await.unwrap();
    assert_eq!(acquire(&one, "one", LONG).await, None, "a former holder gives nothing back");
}

async fn a_renewed_lease_lasts(db: Db) {
    let [one, other] = db.nodes().await;
    let token = acquire(&one, "one", SHORT).await.unwrap();
    assert!(one.cluster().renew("lease", token, LONG).await.unwrap());
    sleep(2 * SHORT).await;
    assert_eq!(acquire(&other, "other", LONG).await, None);
    assert!(one.cluster().renew("lease", token, SHORT).await.unwrap());
    take_over(&other, LONG).await;
}

async fn a_late_renewal_holds_if_nobody_came(db: Db) {
    let [one, other] = db.nodes().await;
    let token = acquire(&one, "one", SHORT).await.unwrap();
    sleep(2 * SHORT).await;
    assert!(one.cluster().renew("lease", token, LONG).await.unwrap());
    assert_eq!(acquire(&other, "other", LONG).await, None);
}

async fn one_of_many_acquires(db: Db) {
    let stores: [Store; 3] = db.nodes().await;
    let mut last = FencingToken(0);
    for round in 0..10 {
        let attempt = |store: Store| tokio::spawn(async move { acquire(&store, "somebody", LONG).await });
        let attempts: Vec<_> = stores.iter().cycle().take(12).cloned().map(attempt).collect();
        let mut tokens = Vec::new();
        for attempt in attempts {
            tokens.extend(attempt.await.unwrap());
        }
        assert_eq!(tokens.len(), 1, "round {round}");
        assert!(tokens[0] > last);
        last = tokens[0];
        stores[0].cluster().release("lease", last).await.unwrap();
    }
}

async fn never_two_at_once(db: Db) {
    let stores: [Store; 3] = db.nodes().await;
    let (inside, entered) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let work = |store: Store| {
        let (inside, entered) = (inside.clone(), entered.clone());
        tokio::spawn(async move {
            for _ in 0..40 {
                if let Some(token) = acquire(&store, "worker", LONG).await {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "somebody else is in");
                    entered.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(1)).await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    store.cluster().release("lease", token).await.unwrap();
                }
            }
        })
    };
    let workers: Vec<_> = stores.iter().cycle().take(9).cloned().map(work).collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert!(entered.load(Ordering::SeqCst) >= 3);
}

async fn a_former_holder_cannot_fence(db: Db) {
    let [one, other] = db.nodes().await;
    let plan = shop(&one).await;
    let former = acquire(&one, "one", SHORT).await.unwrap();
    let mut at = one.begin(plan.clone());
    assert!(at.fence("lease", former).await.unwrap());
    assert!(at.has_begun());
    at.rollback().await.unwrap();

    let token = take_over(&other, LONG).await;
    let mut at = one.begin(plan.clone());
    assert!(!at.fence("lease", former).await.unwrap());
    assert!(!at.fence("never heard of", former).await.unwrap());
    at.rollback().await.unwrap();
    assert!(other.begin(plan).fence("lease", token).await.unwrap());
}

async fn a_fenced_lease_is_not_taken_before_the_end(db: Db) {
    let [one, other] = db.nodes().await;
    let plan = shop(&one).await;
    for commits in [true, false] {
        let token = take_over(&one, SHORT).await;
        sleep(2 * SHORT).await;
        let mut at = one.begin(plan.clone());
        assert!(at.fence("lease", token).await.unwrap(), "it is over, but nobody took it");
        let store = other.clone();
        let successor = tokio::spawn(async move { acquire(&store, "other", SHORT).await });
        sleep(PAUSE).await;
        assert!(!successor.is_finished());
        if commits {
            at.commit().await.unwrap()
        } else {
            at.rollback().await.unwrap()
        }
        assert!(successor.await.unwrap().unwrap() > token);
    }
}

async fn a_lease_outlives_a_rollback(db: Db) {
    let [one, other] = db.nodes().await;
    let plan = shop(&one).await;
    let mut at = working(&one, &plan).await;
    let before = at.savepoint();
    let token = at.acquire("lease", "one", LONG).await.unwrap().unwrap();
    assert_eq!(at.acquire("lease", "one", LONG).await.unwrap(), None);
    at.insert(&[row(&plan, TAG, 2, &[])]).await.unwrap();
    for _ in 0..2 {
        at.rollback_to(before).await.unwrap();
        assert!(at.fence("lease", token).await.unwrap(), "a savepoint was returned to");
    }
    at.rollback().await.unwrap();
    assert!(!at.has_begun());
    assert_eq!(acquire(&other, "other", LONG).await, None);
    assert!(at.fence("lease", token).await.unwrap(), "everything was undone");
    at.commit().await.unwrap();
    assert_eq!(acquire(&other, "other", LONG).await, None);
    assert_eq!(ids(&mut at, &brooklet_model::Query::all(TAG)).await, [0; 0]);
}

async fn a_token_is_never_given_twice(db: Db) {
    let [one, other] = db.nodes().await;
    let plan = shop(&one).await;
    let mut at = working(&one, &plan).await;
    let former = at.acquire("lease", "one", SHORT).await.unwrap().unwrap();
    drop(at);
    let token = take_over(&other, LONG).await;
    assert_ne!(token, former);
    one.cluster().release("lease", former).await.unwrap();
    assert!(other.cluster().renew("lease", token, LONG).await.unwrap());
    assert_eq!(acquire(&one, "one", LONG).await, None);
}

async fn names_are_locked_until_the_end(db: Db) {
    let [one, other] = db.nodes().await;
    let plan = shop(&one).await;
    let mut first = one.begin(plan.clone());
    first.lock_name("a name").await.unwrap();
    first.lock_name("a name").await.unwrap();
    let second = tokio::spawn(async move {
        let mut second = other.begin(plan);
        second.lock_name("a name").await.unwrap();
        Instant::now()
    });
    sleep(PAUSE).await;
    let ends = Instant::now();
    first.commit().await.unwrap();
    assert!(second.await.unwrap() >= ends);
}

/// On SQLite everybody who writes waits.
#[test]
fn who_comes_second_does_not_wait_for_a_commit() {
    on_postgres(async |db: Db| {
        let [one, other] = db.nodes().await;
        let plan = shop(&one).await;
        let token = acquire(&one, "one", LONG).await.unwrap();
        let mut at = one.begin(plan);
        assert!(at.fence("lease", token).await.unwrap());
        let begin = Instant::now();
        assert_eq!(acquire(&other, "other", LONG).await, None);
        assert!(begin.elapsed() < Duration::from_secs(1));
        at.commit().await.unwrap();
    });
}

/// So many transactions that no connection is left for requests, and one that holds a lease past its time.
#[test]
fn duties_neither_wait_for_requests_nor_for_long() {
    on_postgres(async |db: Db| {
        let [store] = db.nodes().await;
        let plan = shop(&store).await;
        let token = acquire(&store, "holder", SHORT).await.unwrap();
        let mut requests = Vec::new();
        for _ in 0..store.options().postgres_connections {
            let mut at = store.begin(plan.clone());
            at.start().await.unwrap();
            requests.push(at);
        }
        assert!(store.cluster().renew("lease", token, SHORT).await.unwrap());
        assert!(requests[0].fence("lease", token).await.unwrap());
        sleep(2 * SHORT).await;
        let begin = Instant::now();
        let error = store.cluster().acquire("lease", "other", LONG).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    });
}
