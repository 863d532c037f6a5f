//! Transactions: when they begin, what others see, savepoints, errors inside them, and numbers.

use std::time::Duration;

use brooklet_model::*;
use brooklet_store::{ChangedRow, Marker, Options, Settled, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    harness::{Db, NOW_MS, on_postgres},
    shop::*,
};

on_both!(
    a_transaction_begins_with_the_first_write,
    others_see_work_when_it_is_committed,
    a_savepoint_before_the_begin_undoes_everything,
    savepoints_nest,
    savepoints_without_work_cost_nothing,
    a_unique_violation_names_the_attributes,
    earlier_work_survives_a_violation,
    a_failed_transaction_accepts_only_a_rollback,
    dropping_undoes,
    a_transaction_that_is_given_up_while_it_begins_leaves_nothing_open,
    numbers_are_drawn_once,
    writers_of_different_attributes_merge,
    a_lock_that_is_held_too_long_is_a_conflict,
    locked_objects_are_those_that_exist,
);

fn order(plan: &brooklet_store::Plan, id: i64, code: &str) -> brooklet_store::NewRow {
    row(plan, ORDER, id, &[(CODE, t(code))])
}

async fn a_transaction_begins_with_the_first_write(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [0; 0]);
    assert!(!at.has_begun());
    at.insert(&[order(&plan, 1, "a")]).await.unwrap();
    assert!(at.has_begun());
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1]);
    at.commit().await.unwrap();
    assert!(!at.has_begun());
    at.start().await.unwrap();
    assert!(at.has_begun());
}

async fn others_see_work_when_it_is_committed(db: Db) {
    let (store, plan) = db.open(model()).await;
    let (mut writer, mut reader) = (store.begin(plan.clone()), store.begin(plan.clone()));
    writer.insert(&[order(&plan, 1, "a")]).await.unwrap();
    assert_eq!(ids(&mut reader, &Query::all(ORDER)).await, [0; 0]);
    writer.commit().await.unwrap();
    assert_eq!(ids(&mut reader, &Query::all(ORDER)).await, [1]);
}

async fn a_savepoint_before_the_begin_undoes_everything(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    let top = at.savepoint();
    for code in ["a", "b"] {
        at.insert(&[order(&plan, 1, code)]).await.unwrap();
        at.rollback_to(top).await.unwrap();
        assert!(!at.has_begun());
    }
    at.insert(&[order(&plan, 1, "c")]).await.unwrap();
    at.release(top).await.unwrap();
    at.commit().await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1]);
}

async fn savepoints_nest(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    at.insert(&[order(&plan, 1, "1")]).await.unwrap();
    let outer = at.savepoint();
    let twin = at.savepoint();
    at.insert(&[order(&plan, 2, "2")]).await.unwrap();
    let inner = at.savepoint();
    at.insert(&[order(&plan, 3, "3")]).await.unwrap();
    at.rollback_to(inner).await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1, 2]);
    at.insert(&[order(&plan, 4, "4")]).await.unwrap();
    at.release(inner).await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1, 2, 4]);
    at.rollback_to(twin).await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1]);
    assert!(matches!(at.rollback_to(inner).await.unwrap_err(), StoreError::Savepoint));
    at.insert(&[order(&plan, 5, "5")]).await.unwrap();
    at.rollback_to(outer).await.unwrap();
    at.insert(&[order(&plan, 6, "6")]).await.unwrap();
    at.commit().await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1, 6]);
}

async fn savepoints_without_work_cost_nothing(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan);
    for _ in 0..1_000 {
        let savepoint = at.savepoint();
        at.rollback_to(savepoint).await.unwrap();
        at.release(savepoint).await.unwrap();
    }
    assert!(!at.has_begun());
}

async fn a_unique_violation_names_the_attributes(db: Db) {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &[order(&plan, 1, "a"), order(&plan, 2, "b"), order(&plan, 3, "A")]).await;
    let empty = [row(&plan, ORDER, 4, &[]), row(&plan, ORDER, 5, &[])];
    store_rows(&store, &plan, &empty).await;
    let error = store.begin(plan.clone()).insert(&[order(&plan, 9, "a")]).await.unwrap_err();
    assert_eq!(error.client_message(), "There is already an object with the same Code.");
    let same = ChangedRow { entity: ORDER, id: ObjectId(2), attributes: vec![(0, t("a"))], references: vec![] };
    let error = store.begin(plan.clone()).update(&[same]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unique { entity, .. } if entity == "Shop.Order"), "{error}");
    let error = store.begin(plan.clone()).insert(&[order(&plan, 1, "new")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unique { .. }), "an id is unique: {error}");
}

async fn earlier_work_survives_a_violation(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    at.insert(&[order(&plan, 1, "a")]).await.unwrap();
    let before = at.savepoint();
    let both = [order(&plan, 2, "fine"), order(&plan, 3, "a")];
    assert!(matches!(at.insert(&both).await.unwrap_err(), StoreError::Unique { .. }));
    at.rollback_to(before).await.unwrap();
    at.insert(&[order(&plan, 4, "b")]).await.unwrap();
    at.commit().await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [1, 4]);
}

async fn a_failed_transaction_accepts_only_a_rollback(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    at.insert(&[order(&plan, 1, "a")]).await.unwrap();
    at.insert(&[order(&plan, 2, "a")]).await.unwrap_err();
    let failed = |error| matches!(error, StoreError::Failed);
    assert!(failed(at.insert(&[order(&plan, 3, "c")]).await.unwrap_err()));
    assert!(failed(at.get(ORDER, &[ObjectId(1)]).await.unwrap_err()));
    assert!(failed(at.commit().await.unwrap_err()));
    at.rollback().await.unwrap();
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [0; 0]);
}

async fn dropping_undoes(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    at.insert(&[order(&plan, 1, "a")]).await.unwrap();
    drop(at);
    let mut at = store.begin(plan.clone());
    at.insert(&[order(&plan, 1, "a")]).await.unwrap();
    at.commit().await.unwrap();
}

async fn a_transaction_that_is_given_up_while_it_begins_leaves_nothing_open(db: Db) {
    let (other, plan) = db.open(model()).await;
    other.cluster().install().await.unwrap();
    let options = Options { postgres_connections: 1, sqlite_readers: 1, ..Options::default() };
    let store = Store::connect(&db.url, options).await.unwrap();
    for round in 0..40 {
        let mut given_up = store.begin(plan.clone());
        let time = Duration::from_micros(25 * round);
        let begun = tokio::time::timeout(time, given_up.start()).await;
        drop(given_up);
        if round > 30 && begun.is_ok() {
            break;
        }
        // What is done alone now is done: another connection sees it, and need not wait for anybody.
        let marker = Marker(u128::from(round) + 1);
        assert_eq!(store.cluster().settle(marker, NOW_MS).await.unwrap(), Settled::Aborted);
        let seen = tokio::time::timeout(Duration::from_secs(5), other.cluster().settle(marker, NOW_MS)).await;
        assert_eq!(seen.expect("nobody holds the marker").unwrap(), Settled::Aborted, "round {round}");
        let mut next = store.begin(plan.clone());
        next.start().await.unwrap();
        next.rollback().await.unwrap();
        let mut reads = other.begin(plan.clone());
        assert!(reads.mark(marker, NOW_MS).await.is_err(), "round {round}: the marker is there for good");
    }
}

async fn numbers_are_drawn_once(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    assert_eq!(at.draw_numbers(NUMBER, 3).await.unwrap(), [100, 101, 102]);
    assert_eq!(at.draw_numbers(NUMBER, 0).await.unwrap(), [0; 0]);
    at.commit().await.unwrap();
    let draw = |store: Store, plan| async move {
        let mut at = store.begin(plan);
        let numbers = at.draw_numbers(NUMBER, 2).await.unwrap();
        at.commit().await.unwrap();
        numbers
    };
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(draw(store.clone(), plan.clone()))).collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (103..119).collect::<Vec<_>>());
    assert!(store.begin(plan).draw_numbers(AGE, 1).await.is_err());
}

async fn writers_of_different_attributes_merge(db: Db) {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &[row(&plan, PERSON, 1, &[])]).await;
    let write = |attribute: AttributeRef, value: Value| {
        let (store, plan) = (store.clone(), plan.clone());
        tokio::spawn(async move {
            let change = ChangedRow {
                entity: PERSON,
                id: ObjectId(1),
                attributes: vec![(attribute.index, value)],
                references: vec![],
            };
            let mut at = store.begin(plan);
            at.update(&[change]).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            at.commit().await.unwrap();
        })
    };
    let (one, other) = (write(NAME, t("Ann")), write(AGE, Value::Integer(7)));
    one.await.unwrap();
    other.await.unwrap();
    let read = store.begin(plan).get(PERSON, &[ObjectId(1)]).await.unwrap();
    assert_eq!(read[0].attributes[..2], [t("Ann"), Value::Integer(7)]);
}

async fn a_lock_that_is_held_too_long_is_a_conflict(db: Db) {
    let (_, plan) = db.open(model()).await;
    let lock_timeout = std::time::Duration::from_millis(200);
    let options = Options { lock_timeout, acquire_timeout: lock_timeout, ..Options::default() };
    // Two stores: as if two nodes.
    let one = Store::connect(&db.url, options.clone()).await.unwrap();
    let other = Store::connect(&db.url, options).await.unwrap();
    store_rows(&one, &plan, &[row(&plan, TAG, 1, &[])]).await;
    let change = || ChangedRow { entity: TAG, id: ObjectId(1), attributes: vec![(0, t("x"))], references: vec![] };
    let (mut first, mut second) = (one.begin(plan.clone()), other.begin(plan));
    first.update(&[change()]).await.unwrap();
    let error = second.update(&[change()]).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    second.rollback().await.unwrap();
    first.commit().await.unwrap();
    second.update(&[change()]).await.unwrap();
    second.commit().await.unwrap();
}

async fn locked_objects_are_those_that_exist(db: Db) {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &[row(&plan, VIP, 1, &[]), row(&plan, PERSON, 2, &[])]).await;
    let mut at = store.begin(plan);
    let locked = at.lock(CUSTOMER, &[ObjectId(3), ObjectId(1)]).await.unwrap();
    assert_eq!(locked, [ObjectId(1)]);
    assert!(at.has_begun());
}

/// A node that was stopped in the middle of its work does not stand in the way for ever.
#[test]
fn a_silent_transaction_is_ended_by_the_server() {
    on_postgres(async |db: Db| {
        let (patient, plan) = db.open(model()).await;
        let idle_transaction = std::time::Duration::from_millis(200);
        let store = Store::connect(&db.url, Options { idle_transaction, ..Options::default() }).await.unwrap();
        let mut stopped = store.begin(plan.clone());
        stopped.insert(&[row(&plan, TAG, 1, &[])]).await.unwrap();
        // This waits until the server has ended the other one.
        store_rows(&patient, &plan, &[row(&plan, TAG, 1, &[])]).await;
        assert!(stopped.insert(&[row(&plan, TAG, 2, &[])]).await.unwrap_err().is_retryable());
        stopped.rollback().await.unwrap();
        stopped.insert(&[row(&plan, TAG, 3, &[])]).await.unwrap();
        stopped.commit().await.unwrap();
        assert_eq!(ids(&mut patient.begin(plan), &Query::all(TAG)).await, [1, 3]);
    });
}
