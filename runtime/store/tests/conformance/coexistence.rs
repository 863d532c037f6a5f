//! Changes of a model while its old version serves.
//!
//! Each test is a change: what was there, what both versions write meanwhile, and what each of them reads. `Change::check` goes
//! through the whole of it, with a migrator that dies before each of its transactions: another one goes on, or takes back.

use std::{ops::ControlFlow, sync::Arc};

use brooklet_model::*;
use brooklet_store::{ChangedRow, Evolution, NewRow, Plan, Step, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    harness::{Db, NOW_MS},
    shop::{attribute, d, entity, row, t, text, unique},
};

on_both!(
    an_attribute_is_added,
    an_attribute_with_a_default_is_added,
    a_boolean_is_added,
    an_autonumber_is_added,
    an_attribute_is_removed,
    an_autonumber_is_removed,
    an_attribute_is_renamed,
    an_attribute_is_renamed_and_its_former_name_is_given_away,
    an_entity_is_renamed,
    an_entity_and_its_attribute_are_renamed,
    an_attribute_is_renamed_and_converted,
    text_becomes_integer,
    text_becomes_decimal,
    text_becomes_boolean,
    text_becomes_datetime,
    text_becomes_enumeration,
    integer_becomes_decimal,
    integer_becomes_text,
    decimal_becomes_integer,
    decimal_becomes_text,
    boolean_becomes_text,
    enumeration_becomes_text,
    datetime_becomes_text,
    an_enumeration_gets_a_key,
    a_text_gets_shorter,
    a_rule_is_added,
    a_rule_is_dropped,
    a_unique_attribute_is_converted,
    an_index_is_added,
    an_index_is_dropped,
    an_entity_is_added,
    an_entity_is_removed,
);

const THING: EntityId = EntityId(0);

/// Objects of the first entity, by id: the values of their attributes.
type Objects = Vec<(i64, Vec<Value>)>;

/// A change of one attribute of an object, by slot.
type Changed = (i64, u32, Value);

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

fn is_stopped(outcome: Result<Vec<String>, StoreError>) -> bool {
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

fn new_row(plan: &Plan, (id, values): &(i64, Vec<Value>)) -> NewRow {
    let at = |index: usize| AttributeRef { entity: THING, index: index as u32 };
    let values: Vec<_> = values.iter().enumerate().map(|(index, value)| (at(index), value.clone())).collect();
    row(plan, THING, *id, &values)
}

async fn create(store: &Store, plan: &Arc<Plan>, objects: &Objects) {
    let rows: Vec<_> = objects.iter().map(|object| new_row(plan, object)).collect();
    crate::shop::store_rows(store, plan, &rows).await;
}

async fn update(store: &Store, plan: &Arc<Plan>, changes: &[Changed]) {
    let mut transaction = store.begin(plan.clone());
    for (id, slot, value) in changes {
        let attributes = vec![(*slot, value.clone())];
        let changed = ChangedRow { entity: THING, id: ObjectId(*id), attributes, references: Vec::new() };
        assert_eq!(transaction.update(&[changed]).await.unwrap(), []);
    }
    transaction.commit().await.unwrap();
}

async fn read(store: &Store, plan: &Arc<Plan>) -> Objects {
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

fn named(name: &str, attributes: Vec<Attribute>) -> Manifest {
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

fn renamed_attribute(mut manifest: Manifest, now: &str, before: &str) -> Manifest {
    manifest.former.attributes.insert(now.into(), vec![before.into()]);
    manifest
}

fn renamed_entity(mut manifest: Manifest, now: &str, before: &str) -> Manifest {
    manifest.former.entities.insert(now.into(), vec![before.into()]);
    manifest
}

fn with_unique(mut manifest: Manifest) -> Manifest {
    manifest.entities[0].rules = vec![unique(vec![AttributeRef { entity: THING, index: 0 }])];
    manifest
}

fn with_index(mut manifest: Manifest) -> Manifest {
    let attribute = AttributeRef { entity: THING, index: 0 };
    manifest.entities[0].indexes = vec![Index { columns: vec![IndexColumn { attribute, descending: false }] }];
    manifest
}

fn defaulting(default: DefaultValue, attribute: Attribute) -> Attribute {
    Attribute { default: Some(default), ..attribute }
}

fn i(number: i64) -> Value {
    Value::Integer(number)
}

fn b(truth: bool) -> Value {
    Value::Boolean(truth)
}

fn at(moment: i64) -> Value {
    Value::DateTime(moment)
}

fn k(key: &str) -> Value {
    Value::Enumeration(key.into())
}

const NONE: Value = Value::Empty;

const INTEGER: AttributeType = AttributeType::Integer;
const LONG: AttributeType = AttributeType::Long;
const DECIMAL: AttributeType = AttributeType::Decimal;
const BOOLEAN: AttributeType = AttributeType::Boolean;
const DATETIME: AttributeType = AttributeType::DateTime { localize: false };
const TEXT: AttributeType = AttributeType::String { length: None };
const COLOR: AttributeType = AttributeType::Enumeration(EnumerationId(0));
const HUE: AttributeType = AttributeType::Enumeration(EnumerationId(1));

fn of(kind: AttributeType) -> Manifest {
    things(vec![attribute("A", kind)])
}

/// Objects from 1 of one attribute each.
fn each(values: impl IntoIterator<Item = Value>) -> Objects {
    values.into_iter().enumerate().map(|(index, value)| (index as i64 + 1, vec![value])).collect()
}

async fn an_attribute_is_added(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("B"), text("A")]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("new"), t("c")])],
        old_changes: vec![(3, 0, t("c2"))],
        new_changes: vec![(1, 0, t("added"))],
        old_reads: each([t("a"), t("b"), t("c2")]),
        new_reads: vec![(1, vec![t("added"), t("a")]), (2, vec![NONE, t("b")]), (3, vec![t("new"), t("c2")])],
    };
    change.check(&db).await;
}

async fn an_attribute_with_a_default_is_added(db: Db) {
    let b = defaulting(DefaultValue::Text("it's".into()), text("B"));
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), b]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c"), NONE])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: vec![(1, vec![t("a"), t("it's")]), (2, vec![t("b"), t("it's")]), (3, vec![t("c"), NONE])],
        ..Change::default()
    };
    change.check(&db).await;
}

async fn a_boolean_is_added(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), attribute("B", BOOLEAN)]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_changes: vec![(1, 1, b(true))],
        old_reads: each([t("a"), t("b")]),
        new_reads: vec![(1, vec![t("a"), b(true)]), (2, vec![t("b"), b(false)])],
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_autonumber_is_added(db: Db) {
    let number = defaulting(DefaultValue::Integer(100), attribute("N", AttributeType::AutoNumber));
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), number]),
        seed: each([t("a"), t("b")]),
        old_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: vec![(1, vec![t("a"), i(100)]), (2, vec![t("b"), i(101)]), (3, vec![t("c"), i(102)])],
        ..Change::default()
    };
    let after = change.after.clone();
    let (evolution, store) = change.check(&db).await;
    let plan = evolved(&store, &evolution, &after);
    let drawn = store.begin(plan).draw_numbers(AttributeRef { entity: THING, index: 1 }, 1).await.unwrap();
    assert_eq!(drawn, [103]);
}

async fn an_attribute_is_removed(db: Db) {
    let change = Change {
        before: things(vec![text("A"), attribute("B", BOOLEAN), text("C")]),
        after: things(vec![text("A")]),
        seed: vec![(1, vec![t("a"), b(true), t("c")])],
        old_creates: vec![(2, vec![t("b"), b(true), t("c")])],
        new_creates: vec![(3, vec![t("c")])],
        new_changes: vec![(1, 0, t("a2"))],
        old_reads: vec![
            (1, vec![t("a2"), b(true), t("c")]),
            (2, vec![t("b"), b(true), t("c")]),
            (3, vec![t("c"), b(false), NONE]),
        ],
        new_reads: each([t("a2"), t("b"), t("c")]),
        ..Change::default()
    };
    let before = change.before.clone();
    let (evolution, store) = change.check(&db).await;
    // What comes back finds what it had.
    let fewer = evolved(&store, &evolution, &things(vec![text("A")]));
    let back = evolve(&store, &fewer, &before).await;
    assert!(back.steps.iter().all(|step| step.sql.is_empty()), "{:?}", back.steps);
    store.expand(&back, None).await.unwrap();
    let read = read(&store, &evolved(&store, &back, &before)).await;
    assert_eq!(read[0], (1, vec![t("a2"), b(true), t("c")]));
}

async fn an_autonumber_is_removed(db: Db) {
    let change = Change {
        before: things(vec![attribute("N", AttributeType::AutoNumber), text("A")]),
        after: things(vec![text("A")]),
        // The sequence has not been drawn from.
        seed: vec![(1, vec![i(50), t("a")])],
        new_creates: vec![(2, vec![t("b")])],
        old_reads: vec![(1, vec![i(50), t("a")]), (2, vec![i(1), t("b")])],
        new_reads: each([t("a"), t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

/// A change of names needs no change of the database at all.
async fn is_done_by_names(change: Change, db: Db) {
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps, evolution.contract), (vec![], vec![]));
}

async fn an_attribute_is_renamed(db: Db) {
    let change = Change {
        before: things(vec![text("A"), text("B")]),
        after: renamed_attribute(things(vec![text("B"), text("Z")]), "M.Thing.Z", "A"),
        seed: vec![(1, vec![t("a"), t("b")])],
        old_creates: vec![(2, vec![t("c"), t("d")])],
        new_creates: vec![(3, vec![t("e"), t("f")])],
        old_changes: vec![(1, 0, t("a2"))],
        new_changes: vec![(2, 1, t("c2"))],
        old_reads: vec![(1, vec![t("a2"), t("b")]), (2, vec![t("c2"), t("d")]), (3, vec![t("f"), t("e")])],
        new_reads: vec![(1, vec![t("b"), t("a2")]), (2, vec![t("d"), t("c2")]), (3, vec![t("e"), t("f")])],
    };
    is_done_by_names(change, db).await;
}

/// A was renamed to Z in an earlier version; a new attribute A is another thing.
async fn an_attribute_is_renamed_and_its_former_name_is_given_away(db: Db) {
    let store = db.connect().await;
    let first = install(&store, things(vec![text("A")])).await;
    create(&store, &first, &each([t("a")])).await;
    let second = renamed_attribute(things(vec![text("Z")]), "M.Thing.Z", "A");
    let renaming = evolve(&store, &first, &second).await;
    store.expand(&renaming, None).await.unwrap();
    store.contract(&renaming, None, NOW_MS).await.unwrap();
    let second = evolved(&store, &renaming, &second);
    let third = renamed_attribute(things(vec![text("Z"), text("A")]), "M.Thing.Z", "A");
    let adding = evolve(&store, &second, &third).await;
    store.expand(&adding, None).await.unwrap();
    let third = evolved(&store, &adding, &third);
    create(&store, &third, &vec![(2, vec![t("z"), t("new")])]).await;
    assert_eq!(read(&store, &third).await, [(1, vec![t("a"), NONE]), (2, vec![t("z"), t("new")])]);
    assert_eq!(read(&store, &second).await, each([t("a"), t("z")]));
}

async fn an_entity_is_renamed(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: renamed_entity(named("N.Item", vec![text("A")]), "N.Item", "M.Thing"),
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: each([t("a"), t("b"), t("c")]),
        ..Change::default()
    };
    is_done_by_names(change, db).await;
}

async fn an_entity_and_its_attribute_are_renamed(db: Db) {
    let after = renamed_entity(named("N.Item", vec![text("Z")]), "N.Item", "M.Thing");
    let change = Change {
        before: things(vec![text("A")]),
        after: renamed_attribute(after, "N.Item.Z", "A"),
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: each([t("a"), t("b"), t("c")]),
        ..Change::default()
    };
    is_done_by_names(change, db).await;
}

async fn an_attribute_is_renamed_and_converted(db: Db) {
    let after = renamed_attribute(things(vec![attribute("Z", LONG)]), "M.Thing.Z", "A");
    let change = Change {
        before: of(TEXT),
        after,
        seed: each([t("7")]),
        old_creates: vec![(2, vec![t("8")])],
        new_creates: vec![(3, vec![i(9)])],
        old_reads: each([t("7"), t("8"), t("9")]),
        new_reads: each([i(7), i(8), i(9)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn text_becomes_integer(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(LONG),
        seed: each([t("007"), t("-12"), NONE, t("+9223372036854775807")]),
        old_creates: vec![(5, vec![t("5")]), (6, vec![t("five")])],
        new_creates: vec![(7, vec![i(7)]), (8, vec![NONE])],
        old_changes: vec![(2, 0, t("13")), (7, 0, NONE)],
        new_changes: vec![(3, 0, i(33)), (4, 0, NONE), (5, 0, i(55))],
        // What nobody writes stays as it was written: 007.
        old_reads: each([t("007"), t("13"), t("33"), NONE, t("55"), t("five"), NONE, NONE]),
        new_reads: each([i(7), i(13), i(33), NONE, i(55), NONE, NONE, NONE]),
    };
    change.check(&db).await;
}

async fn text_becomes_decimal(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(DECIMAL),
        seed: each([t("1.50"), t("-0.0"), t("+007"), t("-12.25"), NONE]),
        old_creates: vec![(6, vec![t("0.00000001")])],
        new_creates: vec![(7, vec![d("3.25")])],
        old_changes: vec![(4, 0, t("4.0")), (7, 0, t("1."))],
        new_changes: vec![(1, 0, d("2.50"))],
        old_reads: each([t("2.5"), t("-0.0"), t("+007"), t("4.0"), NONE, t("0.00000001"), t("1.")]),
        new_reads: each([d("2.5"), d("0"), d("7"), d("4"), NONE, d("0.00000001"), NONE]),
    };
    change.check(&db).await;
}

async fn text_becomes_boolean(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(BOOLEAN),
        seed: each([t("true"), t("false"), NONE]),
        old_creates: vec![(4, vec![t("true")]), (5, vec![NONE])],
        new_creates: vec![(6, vec![b(true)])],
        old_changes: vec![(1, 0, t("false"))],
        new_changes: vec![(2, 0, b(true))],
        old_reads: each([t("false"), t("true"), NONE, t("true"), NONE, t("true")]),
        new_reads: each([b(false), b(true), b(false), b(true), b(false), b(true)]),
    };
    change.check(&db).await;
}

async fn text_becomes_datetime(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(DATETIME),
        seed: each([t("2024-02-29"), t("1969-12-31T23:59:59.999Z"), NONE]),
        old_creates: vec![(4, vec![t("1970-01-02T00:00:01Z")]), (5, vec![t("2023-02-29")])],
        new_creates: vec![(6, vec![at(1)])],
        new_changes: vec![(1, 0, at(0))],
        old_reads: each([
            t("1970-01-01T00:00:00.000Z"),
            t("1969-12-31T23:59:59.999Z"),
            NONE,
            t("1970-01-02T00:00:01Z"),
            t("2023-02-29"),
            t("1970-01-01T00:00:00.001Z"),
        ]),
        new_reads: each([at(0), at(-1), NONE, at(86_401_000), NONE, at(1)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn text_becomes_enumeration(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(COLOR),
        seed: each([t("Red"), NONE]),
        old_creates: vec![(3, vec![t("Green")]), (4, vec![t("Mauve")])],
        new_creates: vec![(5, vec![k("Green")])],
        new_changes: vec![(1, 0, k("Green"))],
        old_reads: each([t("Green"), NONE, t("Green"), t("Mauve"), t("Green")]),
        new_reads: each([k("Green"), NONE, k("Green"), NONE, k("Green")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn integer_becomes_decimal(db: Db) {
    let change = Change {
        before: of(INTEGER),
        after: of(DECIMAL),
        seed: each([i(7), NONE]),
        old_creates: vec![(3, vec![i(-3)])],
        new_creates: vec![(4, vec![d("4")]), (5, vec![d("5.5")])],
        old_changes: vec![(4, 0, i(44))],
        new_changes: vec![(1, 0, d("7.25"))],
        // What is no integer is empty for the old version, and stays with the new one.
        old_reads: each([NONE, NONE, i(-3), i(44), NONE]),
        new_reads: each([d("7.25"), NONE, d("-3"), d("44"), d("5.5")]),
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!(
        evolution.breaking,
        ["M.Thing.A: the old version finds it empty where the new one writes what is no integer"]
    );
}

async fn integer_becomes_text(db: Db) {
    let change = Change {
        before: of(INTEGER),
        after: of(TEXT),
        seed: each([i(7), NONE]),
        old_creates: vec![(3, vec![i(-3)])],
        new_creates: vec![(4, vec![t("4")]), (5, vec![t("five")])],
        old_changes: vec![(5, 0, i(55))],
        new_changes: vec![(1, 0, t("seven"))],
        old_reads: each([NONE, NONE, i(-3), i(4), i(55)]),
        new_reads: each([t("seven"), NONE, t("-3"), t("4"), t("55")]),
    };
    change.check(&db).await;
}

async fn decimal_becomes_integer(db: Db) {
    let change = Change {
        before: of(DECIMAL),
        after: of(LONG),
        seed: each([d("7.00"), d("-3"), NONE]),
        old_creates: vec![(4, vec![d("4.5")])],
        new_creates: vec![(5, vec![i(5)])],
        old_changes: vec![(2, 0, d("100"))],
        old_reads: each([d("7"), d("100"), NONE, d("4.5"), d("5")]),
        new_reads: each([i(7), i(100), NONE, NONE, i(5)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn decimal_becomes_text(db: Db) {
    let change = Change {
        before: of(DECIMAL),
        after: of(TEXT),
        seed: each([d("7.50"), NONE]),
        new_creates: vec![(3, vec![t("1.20")]), (4, vec![t("x")])],
        old_changes: vec![(1, 0, d("8"))],
        old_reads: each([d("8"), NONE, d("1.2"), NONE]),
        new_reads: each([t("8"), NONE, t("1.20"), t("x")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn boolean_becomes_text(db: Db) {
    let change = Change {
        before: of(BOOLEAN),
        after: of(TEXT),
        seed: each([b(true), b(false)]),
        old_creates: vec![(3, vec![b(true)])],
        new_creates: vec![(4, vec![t("true")])],
        new_changes: vec![(1, 0, t("false"))],
        old_reads: each([b(false), b(false), b(true), b(true)]),
        new_reads: each([t("false"), t("false"), t("true"), t("true")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn enumeration_becomes_text(db: Db) {
    let change = Change {
        before: of(COLOR),
        after: of(TEXT),
        seed: each([k("Red"), NONE]),
        old_creates: vec![(3, vec![k("Green")])],
        new_changes: vec![(2, 0, t("Red"))],
        old_reads: each([k("Red"), k("Red"), k("Green")]),
        new_reads: each([t("Red"), t("Red"), t("Green")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn datetime_becomes_text(db: Db) {
    let change = Change {
        before: of(DATETIME),
        after: of(TEXT),
        seed: each([at(86_399_999), NONE]),
        new_creates: vec![(3, vec![t("2000-01-01")]), (4, vec![t("soon")])],
        old_reads: each([at(86_399_999), NONE, at(946_684_800_000), NONE]),
        new_reads: each([t("1970-01-01T23:59:59.999Z"), NONE, t("2000-01-01"), t("soon")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_enumeration_gets_a_key(db: Db) {
    let change = Change {
        before: of(COLOR),
        after: of(HUE),
        seed: each([k("Red")]),
        new_creates: vec![(2, vec![k("Blue")])],
        old_reads: each([k("Red"), k("Blue")]),
        new_reads: each([k("Red"), k("Blue")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps, evolution.warnings), (vec![], vec![]));
}

async fn a_text_gets_shorter(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(AttributeType::String { length: Some(3) }),
        seed: each([t("abc"), t("abcd")]),
        old_reads: each([t("abc"), t("abcd")]),
        new_reads: each([t("abc"), t("abcd")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    let warnings: Vec<_> = evolution.warnings.iter().map(|warning| (warning.rule.as_str(), warning.rows)).collect();
    assert_eq!(warnings, [("at most 3 characters", Some(1))]);
}

async fn a_rule_is_added(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: with_unique(of(TEXT)),
        seed: each([t("a"), NONE, NONE]),
        old_creates: vec![(4, vec![t("b")])],
        old_reads: each([t("a"), NONE, NONE, t("b")]),
        new_reads: each([t("a"), NONE, NONE, t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn a_rule_is_dropped(db: Db) {
    let store = db.connect().await;
    let old = install(&store, with_unique(of(TEXT))).await;
    let after = of(TEXT);
    let evolution = evolve(&store, &old, &after).await;
    store.expand(&evolution, None).await.unwrap();
    let new = evolved(&store, &evolution, &after);
    create(&store, &new, &each([t("a")])).await;
    let twice = [new_row(&new, &(2, vec![t("a")]))];
    let bound = store.begin(new.clone()).insert(&twice).await.unwrap_err();
    assert!(matches!(bound, StoreError::Unique { .. }), "the old version counts on it: {bound}");
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    crate::shop::store_rows(&store, &new, &twice).await;
}

async fn a_unique_attribute_is_converted(db: Db) {
    let change = Change {
        before: with_unique(of(TEXT)),
        after: with_unique(of(LONG)),
        seed: each([t("1"), t("2")]),
        old_creates: vec![(3, vec![t("3")])],
        new_creates: vec![(4, vec![i(4)])],
        old_reads: each([t("1"), t("2"), t("3"), t("4")]),
        new_reads: each([i(1), i(2), i(3), i(4)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_index_is_added(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: with_index(of(TEXT)),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps.len(), evolution.steps[0].rows), (1, 1));
}

async fn an_index_is_dropped(db: Db) {
    let change = Change {
        before: with_index(of(TEXT)),
        after: of(TEXT),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps.len(), evolution.contract.len()), (0, 1));
}

async fn an_entity_is_added(db: Db) {
    let mut after = of(TEXT);
    after.entities.push(entity("M.Special", Some(THING), vec![text("B")]));
    let change = Change {
        before: of(TEXT),
        after,
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        old_reads: each([t("a"), t("b")]),
        new_reads: each([t("a"), t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_entity_is_removed(db: Db) {
    let mut before = of(TEXT);
    before.entities.push(entity("M.Other", None, vec![text("B")]));
    let change = Change {
        before,
        after: of(TEXT),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, store) = change.check(&db).await;
    assert!(evolution.steps.is_empty());
    assert_eq!(store.purge(NOW_MS).await.unwrap(), [""; 0], "it was parked at that moment, not before");
    let dropped = store.purge(NOW_MS + 1).await.unwrap();
    assert!(dropped.contains(&"table m$other".to_owned()), "{dropped:?}");
}
