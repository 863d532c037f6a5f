//! A change of a model while its old version serves: the machinery of such tests.
//!
//! A test is a change: what was there, what both versions write meanwhile, and what each of them reads. [`Change::check`] goes
//! through the whole of it, with a migrator that dies before each of its transactions: another one goes on, or takes back.

use std::{ops::ControlFlow, sync::Arc};

use brooklet_model::*;
use brooklet_store::{ChangedRow, Evolution, NewRow, Plan, Step, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    harness::{Db, NOW_MS},
    shop::{attribute, entity, row, store_rows},
};

pub(crate) const THING: EntityId = EntityId(0);

/// Objects of the first entity, by id: the values of their attributes.
pub(crate) type Objects = Vec<(i64, Vec<Value>)>;

/// A change of one attribute of an object, by slot.
pub(crate) type Changed = (i64, u32, Value);

/// A change of a model, and what becomes of data.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) before: Manifest,
    pub(crate) after: Manifest,
    /// What is there before the change.
    pub(crate) seed: Objects,
    /// What the versions write while both serve.
    pub(crate) old_creates: Objects,
    pub(crate) new_creates: Objects,
    pub(crate) old_changes: Vec<Changed>,
    pub(crate) new_changes: Vec<Changed>,
    /// What the versions read then. The new one reads the same after the old one has retired.
    pub(crate) old_reads: Objects,
    pub(crate) new_reads: Objects,
}

/// A version that is installed: its plan says what things are called.
pub(crate) async fn install(store: &Store, manifest: Manifest) -> Arc<Plan> {
    let manifest = Arc::new(manifest);
    let evolution = store.evolve(None, &manifest, NOW_MS).await.unwrap();
    store.expand(&evolution, None).await.unwrap();
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    store.plan_with(manifest, &evolution.naming).unwrap()
}

/// The way from a version to a model.
pub(crate) async fn evolve(store: &Store, from: &Plan, to: &Manifest) -> Evolution {
    store.evolve(Some((from.manifest(), from.naming())), &Arc::new(to.clone()), NOW_MS).await.unwrap()
}

/// The plan of the version that an evolution leads to.
pub(crate) fn evolved(store: &Store, evolution: &Evolution, to: &Manifest) -> Arc<Plan> {
    store.plan_with(Arc::new(to.clone()), &evolution.naming).unwrap()
}

/// Dies before a transaction, after some others.
pub(crate) fn dies_after(mut transactions: usize) -> impl FnMut(&Step) -> ControlFlow<()> + Send {
    move |_| match transactions.checked_sub(1) {
        Some(left) => {
            transactions = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    }
}

pub(crate) fn is_stopped(outcome: Result<Vec<String>, StoreError>) -> bool {
    match outcome {
        Err(StoreError::Stopped { .. }) => true,
        outcome => {
            outcome.unwrap();
            false
        }
    }
}

impl Change {
    /// Goes through the change.
    pub(crate) async fn check(self, db: &Db) -> (Evolution, Store) {
        let store = db.connect().await;
        let old = install(&store, self.before.clone()).await;
        create(&store, &old, &self.seed).await;
        let seeded = read(&store, &old).await;
        let evolution = evolve(&store, &old, &self.after).await;
        assert_eq!(evolution.refusals, []);
        let again: Evolution = serde_json::from_str(&serde_json::to_string(&evolution).unwrap()).unwrap();
        assert_eq!((again.hash(), &again), (evolution.hash(), &evolution));

        self.dies_and_is_taken_back(&store, &old, &evolution, &seeded).await;
        // Each transaction is another process's.
        while is_stopped(store.migrator(None).on_step(dies_after(1)).expand(&evolution).await) {}
        assert_eq!(store.expand(&evolution, None).await.unwrap(), [""; 0], "everything is done");

        let new = evolved(&store, &evolution, &self.after);
        create(&store, &old, &self.old_creates).await;
        create(&store, &new, &self.new_creates).await;
        update(&store, &old, &self.old_changes).await;
        update(&store, &new, &self.new_changes).await;
        assert_eq!(read(&store, &old).await, self.old_reads, "as the old version reads");
        assert_eq!(read(&store, &new).await, self.new_reads, "as the new version reads");

        let mut transactions = 0;
        while is_stopped(store.migrator(None).on_step(dies_after(1)).contract(&evolution, NOW_MS).await) {
            assert_eq!(read(&store, &new).await, self.new_reads, "during the contraction");
            transactions += 1;
            assert!(transactions < 100);
        }
        assert_eq!(store.contract(&evolution, None, NOW_MS).await.unwrap(), [""; 0], "everything is done");
        assert_eq!(read(&store, &new).await, self.new_reads, "after the contraction");
        let nothing = evolve(&store, &new, &self.after).await;
        assert!(nothing.is_empty(), "{nothing:?}");
        assert_eq!(nothing.naming, evolution.naming);
        (evolution, store)
    }

    async fn dies_and_is_taken_back(&self, store: &Store, old: &Plan, evolution: &Evolution, seeded: &Objects) {
        let same = evolve(store, old, &self.before).await;
        let old = evolved(store, &same, &self.before);
        for transactions in 0.. {
            let died = store.migrator(None).on_step(dies_after(transactions)).expand(evolution).await;
            assert_eq!(&read(store, &old).await, seeded, "half way the old version reads what it did");
            // The one that takes back may die, too.
            while is_stopped(store.migrator(None).on_step(dies_after(1)).take_back(evolution).await) {}
            assert_eq!(&read(store, &old).await, seeded, "after it was taken back");
            assert_eq!(evolve(store, &old, &self.before).await, same, "nothing is left");
            assert_eq!(&evolve(store, &old, &self.after).await, evolution, "all of it can be done again");
            if !is_stopped(died) {
                break;
            }
        }
    }
}

pub(crate) fn new_row(plan: &Plan, (id, values): &(i64, Vec<Value>)) -> NewRow {
    let at = |index: usize| AttributeRef { entity: THING, index: index as u32 };
    let values: Vec<_> = values.iter().enumerate().map(|(index, value)| (at(index), value.clone())).collect();
    row(plan, THING, *id, &values)
}

pub(crate) async fn create(store: &Store, plan: &Arc<Plan>, objects: &Objects) {
    let rows: Vec<_> = objects.iter().map(|object| new_row(plan, object)).collect();
    store_rows(store, plan, &rows).await;
}

pub(crate) async fn update(store: &Store, plan: &Arc<Plan>, changes: &[Changed]) {
    let mut transaction = store.begin(plan.clone());
    for (id, slot, value) in changes {
        let attributes = vec![(*slot, value.clone())];
        let changed = ChangedRow { entity: THING, id: ObjectId(*id), attributes, references: Vec::new() };
        assert_eq!(transaction.update(&[changed]).await.unwrap(), []);
    }
    transaction.commit().await.unwrap();
}

pub(crate) async fn read(store: &Store, plan: &Arc<Plan>) -> Objects {
    if plan.manifest().entities.is_empty() {
        return Vec::new();
    }
    let all = plan.compile(&Query::all(THING)).unwrap();
    let mut transaction = store.begin(plan.clone());
    let rows = transaction.retrieve(&all, &brooklet_store::Bindings::none(), brooklet_store::Range::ALL).await.unwrap();
    rows.into_iter().map(|row| (row.id.0, row.attributes)).collect()
}

/// A model with an entity `M.Thing` of some attributes.
pub(crate) fn things(attributes: Vec<Attribute>) -> Manifest {
    named("M.Thing", attributes)
}

pub(crate) fn named(name: &str, attributes: Vec<Attribute>) -> Manifest {
    let key = |key: &str| EnumerationValue { key: key.into(), caption: key.into() };
    let color = |name: &str, keys: &[&str]| Enumeration {
        name: name.into(),
        values: keys.iter().map(|name| key(name)).collect(),
        documentation: String::new(),
    };
    Manifest {
        enumerations: vec![color("M.Color", &["Red", "Green"]), color("M.Hue", &["Red", "Green", "Blue"])],
        entities: vec![entity(name, None, attributes)],
        ..Manifest::default()
    }
}

pub(crate) fn i(number: i64) -> Value {
    Value::Integer(number)
}

pub(crate) fn b(truth: bool) -> Value {
    Value::Boolean(truth)
}

pub(crate) fn at(moment: i64) -> Value {
    Value::DateTime(moment)
}

pub(crate) fn k(key: &str) -> Value {
    Value::Enumeration(key.into())
}

pub(crate) const NONE: Value = Value::Empty;

pub(crate) const INTEGER: AttributeType = AttributeType::Integer;
pub(crate) const LONG: AttributeType = AttributeType::Long;
pub(crate) const DECIMAL: AttributeType = AttributeType::Decimal;
pub(crate) const BOOLEAN: AttributeType = AttributeType::Boolean;
pub(crate) const DATETIME: AttributeType = AttributeType::DateTime { localize: false };
pub(crate) const TEXT: AttributeType = AttributeType::String { length: None };
pub(crate) const COLOR: AttributeType = AttributeType::Enumeration(EnumerationId(0));
pub(crate) const HUE: AttributeType = AttributeType::Enumeration(EnumerationId(1));

pub(crate) fn of(kind: AttributeType) -> Manifest {
    things(vec![attribute("A", kind)])
}

/// Objects from 1 of one attribute each.
pub(crate) fn each(values: impl IntoIterator<Item = Value>) -> Objects {
    values.into_iter().enumerate().map(|(index, value)| (index as i64 + 1, vec![value])).collect()
}

pub(crate) fn thing(plan: &Plan, id: i64, value: Value) -> NewRow {
    new_row(plan, &(id, vec![value]))
}

pub(crate) async fn values(store: &Store, plan: &Arc<Plan>) -> Vec<Value> {
    let ids: Vec<_> = (1..=9).map(ObjectId).collect();
    let rows = store.begin(plan.clone()).get(THING, &ids).await.unwrap();
    rows.into_iter().map(|row| row.attributes[0].clone()).collect()
}

/// Installs a model with things, and plans the way to another.
pub(crate) async fn from_to(
    store: &Store,
    before: Manifest,
    seed: &[Value],
    after: &Manifest,
) -> (Arc<Plan>, Evolution) {
    let old = install(store, before).await;
    let rows: Vec<_> =
        seed.iter().enumerate().map(|(index, value)| thing(&old, index as i64 + 1, value.clone())).collect();
    store_rows(store, &old, &rows).await;
    let evolution = evolve(store, &old, after).await;
    (old, evolution)
}
