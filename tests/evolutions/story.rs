//! What a test does with a folder, from the installation of the model before to the way back.

use std::{fmt::Debug, sync::Arc, time::Duration};

use brooklet_model::Manifest;
use brooklet_store::{Evolution, Plan, Step, Store, Warning};
use serde_json::json;

use crate::{
    contraction,
    database::{Database, Server, close},
    expansion,
    expected::Expected,
    folder::Folder,
    migrators::NOW_MS,
    objects::{self, Objects},
    refusal,
    writes::{self, By, Write},
};

/// How long one folder may take on one database, on a machine that does other things too.
const TIME_MAX: Duration = Duration::from_secs(120);

/// A change under way.
pub(crate) struct Change {
    pub(crate) folder: Folder,
    pub(crate) database: Database,
    pub(crate) old: Arc<Plan>,
    pub(crate) new: Arc<Plan>,
    pub(crate) evolution: Evolution,
    /// What the old version has read before anything was done.
    pub(crate) data: Objects,
}

/// Goes through a folder's change.
pub(crate) fn check(folder: &str, server: Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let story = async { tokio::time::timeout(TIME_MAX, tell(Folder::read(folder), server)).await };
    runtime.block_on(story).unwrap_or_else(|_| panic!("it takes longer than {TIME_MAX:?}"));
}

async fn tell(folder: Folder, server: Server) {
    let database = Database::new(server);
    let stores = database.connect().await;
    let [store, _] = &stores;
    let old = install(store, &folder).await;
    let mut data = objects::read(store, &old, &folder.names).await;
    same("the old version reads what the folder has", &data, &folder.data);

    if !folder.expected.refused.is_empty() {
        refusal::check(store, &folder, &old).await;
        if folder.expected.mended.is_empty() {
            assert!(folder.expected.objects.is_none(), "a change that is not made brings nothing back");
            return;
        }
        write(store, &folder.expected.mended, &old, None, &folder).await;
        data = objects::read(store, &old, &folder.names).await;
    }

    let evolution = evolve(store, &old, &folder.after).await;
    check_plan(&folder, &evolution);
    let new = store.plan_with(folder.after.clone(), &evolution.naming).unwrap();
    let change = Change { folder, database, old, new, evolution, data };
    expansion::check(&change, &stores).await;

    let Change { folder, old, new, .. } = &change;
    let expected = &folder.expected;
    let objects = expected.objects.as_ref().expect("a change that is made says what comes back");
    same("the new version reads", &objects::read(store, new, &folder.names).await, objects);
    write(store, &expected.writes, old, Some(new), folder).await;
    assert_eq!(expected.writes.is_empty(), expected.then.is_none(), "`then` says what comes of `writes`");
    if let Some(then) = &expected.then {
        same("then the old version reads", &objects::read(store, old, &folder.names).await, &then.old);
        same("then the new version reads", &objects::read(store, new, &folder.names).await, &then.new);
    }
    close(stores).await;
    contraction::check(&change).await;
}

/// The model before with its objects.
async fn install(store: &Store, folder: &Folder) -> Arc<Plan> {
    let evolution = store.evolve(None, &folder.before, NOW_MS).await.unwrap();
    store.expand(&evolution, None).await.unwrap();
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    let plan = store.plan_with(folder.before.clone(), &evolution.naming).unwrap();
    let mut transaction = store.begin(plan.clone());
    writes::create(&mut transaction, &plan, &folder.data, &folder.names).await.unwrap();
    transaction.commit().await.unwrap();
    plan
}

/// The way from a version to a model.
pub(crate) async fn evolve(store: &Store, from: &Plan, to: &Arc<Manifest>) -> Evolution {
    store.evolve(Some((from.manifest(), from.naming())), to, NOW_MS).await.unwrap()
}

/// Checks all that a plan says.
fn check_plan(folder: &Folder, evolution: &Evolution) {
    let expected = &folder.expected;
    let refused: Vec<_> = evolution.refusals.iter().map(ToString::to_string).collect();
    same("what stands in the way", &refused, &Vec::new());
    let sentences = |steps: &[Step]| steps.iter().map(|step| step.sentence.clone()).collect::<Vec<_>>();
    let said = json!({
        "plan": sentences(&evolution.steps),
        "contract": sentences(&evolution.contract),
        "warnings": evolution.warnings.iter().map(warning).collect::<Vec<_>>(),
        "breaking": evolution.breaking,
    });
    let Expected { plan, contract, warnings, breaking, .. } = expected;
    let wanted = json!({ "plan": plan, "contract": contract, "warnings": warnings, "breaking": breaking });
    same("the evolution", &said, &wanted);
}

fn warning(Warning { member, rule, rows }: &Warning) -> String {
    let rows = rows.map_or("not checked".to_owned(), |rows| format!("violated by {rows}"));
    format!("{member}: {rule}, {rows}")
}

async fn write(store: &Store, writes: &[Write], old: &Arc<Plan>, new: Option<&Arc<Plan>>, folder: &Folder) {
    for write in writes {
        let plan = match write.by {
            By::Old => old,
            By::New => new.expect("the new version does not serve yet"),
        };
        write.apply(store, plan, &folder.names).await;
    }
}

/// Fails with both sides, if they are not the same.
#[track_caller]
pub(crate) fn same<T: PartialEq + Debug + serde::Serialize>(what: &str, found: &T, expected: &T) {
    let text = |value: &T| serde_json::to_string_pretty(value).unwrap();
    assert!(found == expected, "{what}: found {}\nexpected {}", text(found), text(expected));
}
