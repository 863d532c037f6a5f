//! The migrator is killed before each transaction of the contraction: another one finishes. Then the retention, and the
//! way back.

use brooklet_store::{Evolution, Store};

use crate::{
    database::{Database, close},
    expected::Back,
    migrators::{NOW_MS, Task},
    objects::{self, Objects},
    story::{Change, evolve, same},
};

/// Takes a change that is expanded, and to which nobody is connected.
pub(crate) async fn check(change: &Change) {
    let Change { folder, database, old, new, evolution, .. } = change;
    let names = &folder.names;
    goes_back_at_once(change, &database.copy()).await;
    // Where nothing is let go, nobody can be killed, and nothing is dropped.
    let uninterrupted = (!evolution.contract.is_empty()).then(|| database.copy());
    let expected = outlives_the_retention(change, uninterrupted.as_ref().unwrap_or(database)).await;

    let stores = database.connect().await;
    let [store, _] = &stores;
    let last = objects::read(store, old, names).await;
    let mut kills = 0;
    // The first does nothing, each of the others a transaction.
    while Task::Contract.killed_after(kills.min(1), &stores[kills % 2], evolution).await {
        kills += 1;
        let half_way = objects::read(store, new, names).await;
        let is_as_before = folder.expected.contracted.is_some() && half_way == expected.before;
        if !is_as_before {
            same(&format!("killed {kills} times, half way the new version reads"), &half_way, &expected.after);
        }
        assert!(kills <= evolution.contract.len(), "the migrator goes on for ever");
    }
    assert_eq!(kills, evolution.contract.len(), "it was killed before each transaction");
    let what = "killed before each transaction, the last one finishes, and it is the same";
    same(&format!("{what} to the new version"), &objects::read(store, new, names).await, &expected.after);
    assert_eq!(evolve(store, new, &folder.after).await, expected.next, "{what} to whoever plans");
    goes_back(change, &stores, &last).await;
    close(stores).await;
}

/// What a contraction is to come to, and what the new version reads before it.
struct Contracted {
    before: Objects,
    after: Objects,
    next: Evolution,
}

/// Nobody is killed. What is parked then is dropped when the retention is over, and not before; the new version does not
/// miss it.
async fn outlives_the_retention(change: &Change, database: &Database) -> Contracted {
    let Change { folder, new, evolution, .. } = change;
    let (stores, expected) = (database.connect().await, &folder.expected);
    let [store, _] = &stores;
    let before = objects::read(store, new, &folder.names).await;
    Task::Contract.finished(store, evolution).await;
    let after = objects::read(store, new, &folder.names).await;
    same("after the contraction the new version reads", &after, expected.contracted.as_ref().unwrap_or(&before));
    let next = evolve(store, new, &folder.after).await;
    assert!(next.is_empty() && next.naming == evolution.naming, "nothing is left to do: {next:?}");
    assert_eq!(store.purge(NOW_MS).await.unwrap(), [""; 0], "the retention is not over");
    same("what is dropped", &store.purge(NOW_MS + 1).await.unwrap(), &expected.purged);
    same("without it the new version reads", &objects::read(store, new, &folder.names).await, &after);
    assert!(evolve(store, new, &folder.after).await.is_empty(), "nothing is missing");
    close(stores).await;
    Contracted { before, after, next }
}

/// Evolves to the model before, after the contraction: what was parked comes back.
async fn goes_back(change: &Change, stores: &[Store; 2], last: &Objects) {
    let Back { objects, refused, .. } = &change.folder.expected.back;
    if let Some(back) = way_back(change, &stores[0], refused).await {
        arrives(change, stores, ("after the contraction", &back), objects.as_ref().unwrap_or(last)).await;
    }
}

/// Evolves to the model before while its version may still serve: a release like any other, with the data written since.
async fn goes_back_at_once(change: &Change, database: &Database) {
    let stores = database.connect().await;
    let last = objects::read(&stores[0], &change.old, &change.folder.names).await;
    if let Some(back) = way_back(change, &stores[0], &change.folder.expected.back.refused_at_once).await {
        arrives(change, &stores, ("at once", &back), &last).await;
    }
    close(stores).await;
}

/// The evolution back; none when something stands in the way of it, as it should.
async fn way_back(change: &Change, store: &Store, refused: &Vec<String>) -> Option<Evolution> {
    let back = evolve(store, &change.new, &change.folder.before).await;
    let refusals: Vec<_> = back.refusals.iter().map(ToString::to_string).collect();
    same("what stands in the way back", &refusals, refused);
    refusals.is_empty().then_some(back)
}

async fn arrives(change: &Change, stores: &[Store; 2], (when, back): (&str, &Evolution), expected: &Objects) {
    let (folder, [store, _]) = (&change.folder, stores);
    Task::Expand.finished_by_many(stores, back).await;
    let plan = store.plan_with(folder.before.clone(), &back.naming).unwrap();
    same(
        &format!("gone back {when}, the old version reads"),
        &objects::read(store, &plan, &folder.names).await,
        expected,
    );
    Task::Contract.finished_by_many(stores, back).await;
    same(
        &format!("gone back {when} and contracted, it reads"),
        &objects::read(store, &plan, &folder.names).await,
        expected,
    );
}
