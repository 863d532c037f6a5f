//! Markers: whoever is first, the transaction or its reader, decides once and for all.

use std::{sync::Arc, time::Duration};

use brooklet_store::{Marker, Plan, Settled, Store, StoreError};
use tokio::{sync::Barrier, task::JoinHandle, time::sleep};

use crate::{
    harness::{Db, NOW_MS},
    shop::*,
};

on_both!(
    a_committed_marker_is_found,
    a_reader_that_comes_first_aborts,
    a_reader_waits_for_the_end_of_a_transaction,
    all_agree_on_what_became_of_a_transaction,
    old_markers_are_forgotten,
);

const MARKER: Marker = Marker(u128::MAX - 7);
const PAUSE: Duration = Duration::from_millis(100);

async fn nodes<const N: usize>(db: &Db) -> ([Store; N], Arc<Plan>) {
    let (_, plan) = db.open(model()).await;
    (db.nodes().await, plan)
}

async fn settle(store: &Store, marker: Marker) -> Settled {
    store.cluster().settle(marker, NOW_MS).await.unwrap()
}

fn settling(store: &Store, marker: Marker) -> JoinHandle<Settled> {
    let store = store.clone();
    tokio::spawn(async move { settle(&store, marker).await })
}

async fn a_committed_marker_is_found(db: Db) {
    let ([one, other], plan) = nodes(&db).await;
    let mut at = one.begin(plan);
    at.mark(MARKER, NOW_MS).await.unwrap();
    at.commit().await.unwrap();
    assert_eq!(settle(&other, MARKER).await, Settled::Committed);
    assert_eq!(settle(&one, MARKER).await, Settled::Committed);
    assert_eq!(settle(&one, Marker(0)).await, Settled::Aborted);
}

async fn a_reader_that_comes_first_aborts(db: Db) {
    let ([one, other], plan) = nodes(&db).await;
    let mut at = one.begin(plan.clone());
    assert_eq!(settle(&other, MARKER).await, Settled::Aborted);
    at.insert(&[row(&plan, TAG, 1, &[])]).await.unwrap();
    let error = at.mark(MARKER, NOW_MS).await.unwrap_err();
    assert!(matches!(error, StoreError::Aborted), "{error}");
    assert!(matches!(at.commit().await.unwrap_err(), StoreError::Failed));
    at.rollback().await.unwrap();
    assert_eq!(ids(&mut at, &brooklet_model::Query::all(TAG)).await, [0; 0]);
    assert_eq!(settle(&other, MARKER).await, Settled::Aborted);
}

async fn a_reader_waits_for_the_end_of_a_transaction(db: Db) {
    let ([one, other], plan) = nodes(&db).await;
    for (commits, expected) in [(true, Settled::Committed), (false, Settled::Aborted)] {
        let marker = Marker(u128::from(commits));
        let mut at = one.begin(plan.clone());
        at.mark(marker, NOW_MS).await.unwrap();
        let reader = settling(&other, marker);
        sleep(PAUSE).await;
        assert!(!reader.is_finished());
        if commits {
            at.commit().await.unwrap()
        } else {
            at.rollback().await.unwrap()
        }
        assert_eq!(reader.await.unwrap(), expected);
    }
}

async fn all_agree_on_what_became_of_a_transaction(db: Db) {
    let (stores, plan): ([Store; 3], _) = nodes(&db).await;
    for round in 0..30 {
        let marker = Marker(round);
        let start = Arc::new(Barrier::new(3));
        let writer = {
            let (store, plan, start) = (stores[0].clone(), plan.clone(), start.clone());
            tokio::spawn(async move {
                let mut at = store.begin(plan);
                start.wait().await;
                at.mark(marker, NOW_MS).await?;
                at.commit().await
            })
        };
        let readers = stores[1..].iter().map(|store| {
            let (store, start) = (store.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                settle(&store, marker).await
            })
        });
        let readers: Vec<_> = readers.collect();
        let expected = match writer.await.unwrap() {
            Ok(()) => Settled::Committed,
            Err(StoreError::Aborted) => Settled::Aborted,
            Err(error) => panic!("{error}"),
        };
        for reader in readers {
            assert_eq!(reader.await.unwrap(), expected, "round {round}");
        }
        assert_eq!(settle(&stores[0], marker).await, expected);
    }
}

async fn old_markers_are_forgotten(db: Db) {
    let ([store], plan) = nodes(&db).await;
    for (marker, at_ms) in [(1, NOW_MS - 2), (2, NOW_MS - 1), (3, NOW_MS)] {
        let mut at = store.begin(plan.clone());
        at.mark(Marker(marker), at_ms).await.unwrap();
        at.commit().await.unwrap();
    }
    assert_eq!(store.cluster().forget_markers(NOW_MS).await.unwrap(), 2);
    assert_eq!(store.cluster().forget_markers(NOW_MS).await.unwrap(), 0);
    assert_eq!(settle(&store, Marker(3)).await, Settled::Committed);
}
