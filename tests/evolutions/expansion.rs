//! The migrator is killed before each transaction of the expansion: another one finishes, or takes back.

use brooklet_store::{Evolution, Store};

use crate::{
    migrators::Task,
    objects::{self, Objects},
    story::{Change, evolve, same},
};

/// Transactions that an expansion of a folder may have.
const TRANSACTIONS_MAX: usize = 50;

/// A database between expansion and contraction, as both versions see it, and what there would be to do.
struct Sight {
    old: Objects,
    new: Objects,
    next: Evolution,
}

/// Leaves the change expanded.
pub(crate) async fn check(change: &Change, stores: &[Store; 2]) {
    let (Change { evolution, .. }, [store, other]) = (change, stores);
    Task::Expand.finished(store, evolution).await;
    let uninterrupted = look(change, store).await;
    same("the old version goes on and reads", &uninterrupted.old, &change.data);
    Task::TakeBack.finished(store, evolution).await;
    nothing_is_left(change, store).await;

    let mut kills = 0;
    while Task::Expand.killed_after(kills, store, evolution).await {
        old_is_unchanged(change, store, "half way the old version reads").await;
        Task::TakeBack.finished_by_many(stores, evolution).await;
        nothing_is_left(change, store).await;
        assert!(Task::Expand.killed_after(kills, store, evolution).await);
        Task::Expand.finished(other, evolution).await;
        let finished = look(change, store).await;
        let what = format!("killed after {kills} transactions and finished by another, it is the same");
        same(&format!("{what} to the old version"), &finished.old, &uninterrupted.old);
        same(&format!("{what} to the new version"), &finished.new, &uninterrupted.new);
        assert_eq!(finished.next, uninterrupted.next, "{what} to whoever plans");
        Task::TakeBack.finished(other, evolution).await;
        nothing_is_left(change, store).await;
        kills += 1;
        assert!(kills <= TRANSACTIONS_MAX, "the migrator goes on for ever");
    }
    assert!(kills >= evolution.steps.len(), "killed before {kills} transactions of {:?}", evolution.steps);
    // The last one was not killed.
    assert_eq!(look(change, store).await.next, uninterrupted.next);
}

async fn look(change: &Change, store: &Store) -> Sight {
    let Change { folder, old, new, .. } = change;
    Sight {
        old: objects::read(store, old, &folder.names).await,
        new: objects::read(store, new, &folder.names).await,
        next: evolve(store, old, &folder.after).await,
    }
}

/// What was taken back is as if nobody had begun it.
async fn nothing_is_left(change: &Change, store: &Store) {
    let Change { folder, old, evolution, .. } = change;
    old_is_unchanged(change, store, "after it was taken back the old version reads").await;
    assert!(evolve(store, old, &folder.before).await.is_empty(), "nothing is left");
    assert_eq!(&evolve(store, old, &folder.after).await, evolution, "all of it can be done again");
}

async fn old_is_unchanged(change: &Change, store: &Store, what: &str) {
    same(what, &objects::read(store, &change.old, &change.folder.names).await, &change.data);
}
