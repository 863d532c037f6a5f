//! Limits, batches, connections, and what an operator sees.

use brooklet_model::*;
use brooklet_store::{Bindings, ChangedRow, Dialect, Options, Range, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    harness::{Db, NOW_MS},
    shop::*,
};

on_both!(
    thousands_of_objects_take_few_statements,
    too_many_rows_are_an_error,
    more_requests_than_connections_wait,
    a_store_answers_a_ping,
    removing_a_node_keeps_what_was_committed,
);

async fn thousands_of_objects_take_few_statements(db: Db) {
    let (store, plan) = db.open(model()).await;
    let count = 10_500;
    let rows: Vec<_> = (1..=count)
        .map(|id| row(&plan, VIP, id, &[(NAME, t(&format!("n{id}"))), (AGE, Value::Integer(id)), (SCORE, d("0.1"))]))
        .collect();
    let begin = std::time::Instant::now();
    let mut at = store.begin(plan.clone());
    at.insert(&rows).await.unwrap();
    let changes: Vec<_> = (1..=count)
        .map(|id| ChangedRow {
            entity: VIP,
            id: ObjectId(id),
            attributes: vec![(AGE.index, Value::Integer(-id)), (NAME.index, Value::Empty)],
            references: vec![(BOSS, Some(ObjectId(1)))],
        })
        .collect();
    assert_eq!(at.update(&changes).await.unwrap(), []);
    at.commit().await.unwrap();
    let all: Vec<_> = rows.iter().map(|row| row.id).collect();
    let read = at.get(PERSON, &all).await.unwrap();
    assert_eq!(read.len(), count as usize);
    assert!(read.iter().all(|row| row.attributes[1] == Value::Integer(-row.id.0) && row.attributes[0].is_empty()));
    assert_eq!(at.follow(BOSS, true, &all).await.unwrap().len(), count as usize);
    let objects: Vec<_> = all.iter().map(|id| (VIP, *id)).collect();
    assert_eq!(at.delete(&objects).await.unwrap(), count as u64);
    at.commit().await.unwrap();
    assert!(begin.elapsed().as_secs() < 60, "one statement for each object would take much longer");
}

async fn too_many_rows_are_an_error(db: Db) {
    let (_, plan) = db.open(model()).await;
    let store = Store::connect(&db.url, Options { rows_per_query: 3, ..Options::default() }).await.unwrap();
    let rows: Vec<_> = (1..=4).map(|id| row(&plan, TAG, id, &[])).collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan.clone());
    let all = plan.compile(&Query::all(TAG)).unwrap();
    for range in [Range::ALL, Range { limit: 100, offset: 0 }] {
        let error = at.retrieve(&all, &Bindings::none(), range).await.unwrap_err();
        assert!(matches!(error, StoreError::TooManyRows { limit: 3 }), "{error}");
    }
    assert_eq!(at.retrieve(&all, &Bindings::none(), Range { limit: 3, offset: 0 }).await.unwrap().len(), 3);
    assert_eq!(at.retrieve(&all, &Bindings::none(), Range { limit: 0, offset: 1 }).await.unwrap().len(), 3);
}

async fn more_requests_than_connections_wait(db: Db) {
    let (_, plan) = db.open(model()).await;
    let few = Options { postgres_connections: 2, sqlite_readers: 1, ..Options::default() };
    let store = Store::connect(&db.url, few).await.unwrap();
    let tasks: Vec<_> = (1..=40)
        .map(|id| {
            let (store, plan) = (store.clone(), plan.clone());
            tokio::spawn(async move {
                let mut at = store.begin(plan.clone());
                at.insert(&[row(&plan, TAG, id, &[])]).await.unwrap();
                at.commit().await.unwrap();
                assert_eq!(at.get(TAG, &[ObjectId(id)]).await.unwrap().len(), 1);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn a_store_answers_a_ping(db: Db) {
    let store = db.connect().await;
    store.ping().await.unwrap();
    store.close().await;
    assert!(matches!(store.ping().await.unwrap_err(), StoreError::Unreachable { .. }));
}

async fn removing_a_node_keeps_what_was_committed(db: Db) {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &[row(&plan, TAG, 1, &[])]).await;
    store.close().await;
    let store = db.connect().await;
    assert_eq!(store.migrate(&plan, NOW_MS).await.unwrap().changes, [""; 0]);
    assert_eq!(ids(&mut store.begin(plan), &Query::all(TAG)).await, [1]);
}

#[tokio::test]
async fn an_unknown_url_is_explained() {
    for url in ["mysql://secret@host/db", "nonsense", "postgres://user:secret@"] {
        let error = Store::connect(url, Options::default()).await.unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_explained_at_once() {
    let begin = std::time::Instant::now();
    let error = Store::connect("postgres://nobody@127.0.0.1:1/none", Options::default()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("check that it runs"), "{error}");
    assert!(begin.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn a_database_in_memory_is_one_database() {
    let store = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
    assert_eq!(store.dialect(), Dialect::Sqlite);
    let plan = store.plan(std::sync::Arc::new(model())).unwrap();
    store.migrate(&plan, NOW_MS).await.unwrap();
    store_rows(&store, &plan, &[row(&plan, TAG, 1, &[])]).await;
    assert_eq!(ids(&mut store.begin(plan.clone()), &Query::all(TAG)).await, [1]);
    let other = Store::connect("sqlite::memory:", Options::default()).await.unwrap();
    other.migrate(&plan, NOW_MS).await.unwrap();
    assert_eq!(ids(&mut other.begin(plan), &Query::all(TAG)).await, [0; 0]);
}

#[test]
fn transactions_may_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<brooklet_store::Transaction>();
    is_send::<Store>();
    fn future_is_send(mut at: brooklet_store::Transaction) -> impl Send {
        async move { at.insert(&[]).await.is_ok() && at.commit().await.is_ok() }
    }
    let _ = future_is_send;
}
