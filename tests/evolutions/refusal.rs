//! A change that the data does not allow.

use std::sync::Arc;

use brooklet_store::{Plan, Store, StoreError};

use crate::{
    folder::Folder,
    objects,
    story::{evolve, same},
};

/// The rows that stand in the way are named, nobody carries the change out, and nothing is changed.
pub(crate) async fn check(store: &Store, folder: &Folder, old: &Arc<Plan>) {
    let evolution = evolve(store, old, &folder.after).await;
    let refusals: Vec<_> = evolution.refusals.iter().map(ToString::to_string).collect();
    same("what stands in the way", &refusals, &folder.expected.refused);
    let refused = store.expand(&evolution, None).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Refused(all) if *all == evolution.refusals), "{refused}");
    let found = objects::read(store, old, &folder.names).await;
    same("a refusal changes nothing: the old version reads", &found, &folder.data);
    assert_eq!(evolve(store, old, &folder.after).await, evolution, "and would be refused the same");
    assert!(evolve(store, old, &folder.before).await.is_empty(), "there is nothing to clear away");
}
