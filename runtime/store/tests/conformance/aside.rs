//! Building an index on PostgreSQL while others write to its table.

use std::{sync::Arc, time::Duration};

use brooklet_model::*;
use brooklet_store::{Plan, Store, StoreError};
use tokio::time::{sleep, timeout};

use crate::{
    change::*,
    harness::{Db, on_postgres},
    shop::{store_rows, t, unique},
};

/// How long a write may take that waits for nobody.
const SOON: Duration = Duration::from_secs(3);

fn with_index(mut manifest: Manifest) -> Manifest {
    let attribute = AttributeRef { entity: THING, index: 0 };
    manifest.entities[0].indexes = vec![Index { columns: vec![IndexColumn { attribute, descending: false }] }];
    manifest
}

fn with_unique(mut manifest: Manifest) -> Manifest {
    manifest.entities[0].rules = vec![unique(vec![AttributeRef { entity: THING, index: 0 }])];
    manifest
}

async fn write(store: &Store, plan: &Arc<Plan>, id: i64, value: &str) {
    let rows = [thing(plan, id, t(value))];
    timeout(SOON, store_rows(store, plan, &rows)).await.expect("nobody is in the way");
}

/// Begins to carry an evolution out while another transaction has written to its table and not ended.
async fn expand_beside(
    db: &Db,
    before: Manifest,
    after: Manifest,
    value: &str,
) -> (Store, Arc<Plan>, brooklet_store::Transaction, tokio::task::JoinHandle<Result<Vec<String>, StoreError>>) {
    let store = db.connect().await;
    let (old, evolution) = from_to(&store, before, &[t("a"), t("b")], &after).await;
    let mut open = store.begin(old.clone());
    open.insert(&[thing(&old, 3, t(value))]).await.unwrap();
    let other = db.connect().await;
    let expanding = tokio::spawn(async move { other.expand(&evolution, None).await });
    sleep(Duration::from_millis(500)).await;
    assert!(!expanding.is_finished(), "it waits for the transaction");
    (store, old, open, expanding)
}

#[test]
fn writers_go_on() {
    on_postgres(async |db: Db| {
        let (store, old, mut open, expanding) = expand_beside(&db, of(TEXT), with_index(of(TEXT)), "c").await;
        write(&store, &old, 4, "d").await;
        open.commit().await.unwrap();
        assert_eq!(expanding.await.unwrap().unwrap().len(), 1);
        write(&store, &old, 5, "e").await;
        let nothing = evolve(&store, &old, &with_index(of(TEXT))).await;
        assert!(nothing.steps.is_empty(), "{nothing:?}");
    });
}

#[test]
fn a_rule_that_is_violated_meanwhile_is_given_up() {
    on_postgres(async |db: Db| {
        let (store, old, mut open, expanding) = expand_beside(&db, of(TEXT), with_unique(of(TEXT)), "a").await;
        open.commit().await.unwrap();
        let refused = expanding.await.unwrap();
        assert!(matches!(refused, Err(StoreError::Outdated { .. })), "{refused:?}");
        // Nothing of the rule is left.
        write(&store, &old, 4, "a").await;
        let again = evolve(&store, &old, &with_unique(of(TEXT))).await;
        assert_eq!((again.refusals.len(), again.refusals[0].rows), (1, 3), "{again:?}");
    });
}

#[test]
fn what_was_left_unfinished_is_built_again() {
    on_postgres(async |db: Db| {
        let (store, old, mut open, expanding) = expand_beside(&db, of(TEXT), with_index(of(TEXT)), "c").await;
        // Whoever builds it is gone, and so is its connection.
        expanding.abort();
        assert!(expanding.await.is_err());
        open.commit().await.unwrap();
        let evolution = evolve(&store, &old, &with_index(of(TEXT))).await;
        assert_eq!(store.expand(&evolution, None).await.unwrap().len(), 1);
        assert!(evolve(&store, &old, &with_index(of(TEXT))).await.steps.is_empty());
    });
}
