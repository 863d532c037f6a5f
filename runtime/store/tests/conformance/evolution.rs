//! How a database follows its model.

use std::sync::Arc;

use brooklet_model::*;
use brooklet_store::{Link, NewRow, Plan, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    harness::{Db, NOW_MS},
    shop::{
        association, attribute, d, empty, entity, eq, ids, literal, model, own, query, row, store_rows, t, text, unique,
    },
};

on_both!(
    migrating_again_changes_nothing,
    nodes_may_migrate_at_once,
    new_attributes_get_their_defaults,
    what_is_removed_stays,
    types_are_widened,
    keys_are_renamed,
    texts_become_numbers_if_all_of_them_are,
    a_new_unique_rule_lists_duplicates,
    a_rule_that_is_gone_does_not_bind,
    references_become_sets_and_sets_references,
    an_entity_gets_a_generalization,
    an_entity_loses_its_generalization,
    new_autonumbers_number_existing_objects,
    long_names_fit,
    unavailable_entities_have_no_table,
    members_of_one_name_are_refused,
);

const THING: EntityId = EntityId(0);
const OTHER: EntityId = EntityId(1);

fn at(entity: EntityId, index: u32) -> AttributeRef {
    AttributeRef { entity, index }
}

/// A model with an entity `M.Thing` of some attributes.
fn things(attributes: Vec<Attribute>) -> Manifest {
    Manifest { entities: vec![entity("M.Thing", None, attributes)], ..Manifest::default() }
}

/// A node that starts with a model.
async fn start(store: &Store, manifest: Manifest) -> (Arc<Plan>, Vec<String>) {
    let plan = store.plan(Arc::new(manifest)).unwrap();
    let migration = store.migrate(&plan, NOW_MS).await.unwrap();
    (migration.plan, migration.changes)
}

async fn values(store: &Store, plan: &Arc<Plan>, ids: &[i64]) -> Vec<Vec<Value>> {
    let ids: Vec<_> = ids.iter().copied().map(ObjectId).collect();
    let rows = store.begin(plan.clone()).get(THING, &ids).await.unwrap();
    rows.into_iter().map(|row| row.attributes).collect()
}

async fn migrating_again_changes_nothing(db: Db) {
    let store = db.connect().await;
    let (plan, changes) = start(&store, model()).await;
    assert!(changes.contains(&"created the table of Shop.Vip".to_owned()), "{changes:?}");
    assert_eq!(plan.check_queries().len(), 0);
    let begin = std::time::Instant::now();
    assert_eq!(start(&store, model()).await.1, [""; 0]);
    assert!(begin.elapsed().as_millis() < 500);
}

async fn nodes_may_migrate_at_once(db: Db) {
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let store = db.connect().await;
        tasks.push(tokio::spawn(async move { start(&store, model()).await.1.len() }));
    }
    let mut changed = 0;
    for task in tasks {
        changed += usize::from(task.await.unwrap() > 0);
    }
    assert_eq!(changed, 1, "one of them did the work");
}

async fn new_attributes_get_their_defaults(db: Db) {
    let store = db.connect().await;
    let (plan, _) = start(&store, things(vec![text("Name")])).await;
    store_rows(&store, &plan, &[row(&plan, THING, 1, &[(at(THING, 0), t("old"))])]).await;
    let with = |name: &str, kind, default| Attribute { default, ..attribute(name, kind) };
    let (plan, changes) = start(
        &store,
        things(vec![
            with("Amount", AttributeType::Decimal, Some(DefaultValue::Decimal("1.50".into()))),
            text("Name"),
            with("Flag", AttributeType::Boolean, None),
            with("Note", AttributeType::String { length: None }, Some(DefaultValue::Text("it's".into()))),
            with("Since", AttributeType::DateTime { localize: false }, Some(DefaultValue::CurrentDateTime)),
            with("Count", AttributeType::Integer, None),
        ]),
    )
    .await;
    assert!(changes.contains(&"added M.Thing.Amount".to_owned()), "{changes:?}");
    let expected = [d("1.5"), t("old"), Value::Boolean(false), t("it's"), Value::DateTime(NOW_MS), Value::Empty];
    assert_eq!(values(&store, &plan, &[1]).await, [expected]);
}

async fn what_is_removed_stays(db: Db) {
    let store = db.connect().await;
    let both = || things(vec![text("Name"), text("Note")]);
    let (plan, _) = start(&store, both()).await;
    store_rows(&store, &plan, &[row(&plan, THING, 1, &[(at(THING, 1), t("kept"))])]).await;
    let (fewer, _) = start(&store, things(vec![text("Name")])).await;
    store_rows(&store, &fewer, &[row(&fewer, THING, 2, &[])]).await;
    start(&store, Manifest::default()).await;
    let (plan, _) = start(&store, both()).await;
    assert_eq!(values(&store, &plan, &[1, 2]).await, [[Value::Empty, t("kept")], [Value::Empty, Value::Empty]]);
}

async fn types_are_widened(db: Db) {
    let store = db.connect().await;
    let of = |kinds: [AttributeType; 6]| {
        things(kinds.into_iter().enumerate().map(|(i, kind)| attribute(&format!("A{i}"), kind)).collect())
    };
    use AttributeType as T;
    let short = || T::String { length: Some(10) };
    let (plan, _) = start(&store, of([T::Integer, T::Integer, T::Long, T::Decimal, short(), T::Boolean])).await;
    let old = [Value::Integer(-7), Value::Integer(8), Value::Integer(9), d("2.50"), t("x"), Value::Boolean(true)];
    let set: Vec<_> = old.into_iter().enumerate().map(|(i, value)| (at(THING, i as u32), value)).collect();
    store_rows(&store, &plan, &[row(&plan, THING, 1, &set), row(&plan, THING, 2, &[])]).await;
    let long = || T::String { length: None };
    let (plan, changes) = start(&store, of([T::Decimal, T::Long, long(), long(), long(), long()])).await;
    // Each is a column that is added, one that is filled, and one that is parked.
    assert_eq!(changes.iter().filter(|change| change.starts_with("converted")).count(), 4, "{changes:?}");
    assert_eq!(changes.len(), 12, "{changes:?}");
    let new = vec![d("-7"), Value::Integer(8), t("9"), t("2.5"), t("x"), t("true")];
    let read = values(&store, &plan, &[1, 2]).await;
    assert_eq!(read[0], new);
    assert!(read[1][..5].iter().all(Value::is_empty));
    let found = ids(&mut store.begin(plan), &query(THING, eq(own(at(THING, 0)), literal(-7)))).await;
    assert_eq!(found, [1]);
}

async fn keys_are_renamed(db: Db) {
    let store = db.connect().await;
    let of = |keys: [&str; 2]| {
        let values = keys.map(|key| EnumerationValue { key: key.into(), caption: key.into() }).into();
        let enumeration = Enumeration { name: "M.State".into(), values, documentation: String::new() };
        let kind = AttributeType::Enumeration(EnumerationId(0));
        Manifest { enumerations: vec![enumeration], ..things(vec![attribute("State", kind)]) }
    };
    let key = |key: &str| Value::Enumeration(key.into());
    let (plan, _) = start(&store, of(["Open", "Paid"])).await;
    let in_state = |id, value| row(&plan, THING, id, &[(at(THING, 0), value)]);
    store_rows(&store, &plan, &[in_state(1, key("Open")), in_state(2, key("Paid")), in_state(3, Value::Empty)]).await;
    let mut renamed = of(["Open", "Settled"]);
    renamed.former.keys.insert("M.State.Settled".into(), vec!["Paid".into()]);
    let (plan, changes) = start(&store, renamed).await;
    assert_eq!(changes, ["renamed keys of M.Thing.State: Paid is Settled"]);
    assert_eq!(values(&store, &plan, &[1, 2, 3]).await, [[key("Open")], [key("Settled")], [Value::Empty]]);
}

/// It used to keep the old values aside and go on with the default: whoever deployed found empty attributes.
async fn texts_become_numbers_if_all_of_them_are(db: Db) {
    let store = db.connect().await;
    let mut indexed = things(vec![text("Code")]);
    indexed.entities[0].rules = vec![unique(vec![at(THING, 0)])];
    let (plan, _) = start(&store, indexed).await;
    let coded = |id, code| row(&plan, THING, id, &[(at(THING, 0), t(code))]);
    store_rows(&store, &plan, &[coded(1, "12"), coded(7, "twelve")]).await;
    let mut number = things(vec![attribute("Code", AttributeType::Integer)]);
    number.entities[0].rules = vec![unique(vec![at(THING, 0)])];
    let refused = store.migrate(&store.plan(Arc::new(number.clone())).unwrap(), NOW_MS).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the data does not allow the new version: M.Thing.Code: the text value is no integer in 1 object: 7 = \"twelve\"; \
         change these values, or give the new attribute another name"
    );
    assert_eq!(values(&store, &plan, &[7]).await, [[t("twelve")]], "nothing was changed");
    let mut transaction = store.begin(plan.clone());
    transaction.delete(&[(THING, ObjectId(7))]).await.unwrap();
    transaction.commit().await.unwrap();

    let (plan, _) = start(&store, number).await;
    assert_eq!(values(&store, &plan, &[1]).await, [[Value::Integer(12)]]);
    let one = [(at(THING, 0), Value::Integer(1))];
    store_rows(&store, &plan, &[row(&plan, THING, 2, &one)]).await;
    let error = store.begin(plan.clone()).insert(&[row(&plan, THING, 3, &one)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unique { .. }), "{error}");
    let (_, changes) = start(&store, things(vec![text("Code")])).await;
    assert!(changes.iter().any(|change| change.contains("converted M.Thing.Code")), "{changes:?}");
}

async fn a_new_unique_rule_lists_duplicates(db: Db) {
    let store = db.connect().await;
    let attributes = || vec![text("Name"), attribute("Amount", AttributeType::Decimal)];
    let (plan, _) = start(&store, things(attributes())).await;
    let thing = |id, name, amount| row(&plan, THING, id, &[(at(THING, 0), name), (at(THING, 1), amount)]);
    let rows = [
        thing(1, t("a"), d("1")),
        thing(2, t("a"), d("1.00")),
        thing(3, t("b"), d("1")),
        thing(4, t("c"), Value::Empty),
        thing(5, t("c"), Value::Empty),
    ];
    store_rows(&store, &plan, &rows).await;
    let mut ruled = things(attributes());
    ruled.entities[0].rules = vec![unique(vec![at(THING, 0), at(THING, 1)])];
    let plan = store.plan(Arc::new(ruled)).unwrap();
    let error = store.migrate(&plan, NOW_MS).await.unwrap_err();
    let StoreError::Refused(refusals) = &error else { panic!("{error}") };
    assert_eq!((refusals[0].member.as_str(), refusals[0].rows), ("M.Thing", 2));
    assert_eq!(refusals[0].reason, "Name, Amount must be unique now, and is not");
    assert_eq!((refusals[0].examples[0].id, refusals[0].examples.len()), (1, 1));
    assert_eq!(refusals[0].examples[0].value, "Name = \"a\", Amount = 1 (2 objects)");
    let mut transaction = store.begin(plan.clone());
    transaction.delete(&[(THING, ObjectId(2))]).await.unwrap();
    transaction.commit().await.unwrap();
    store.migrate(&plan, NOW_MS).await.unwrap();
}

async fn a_rule_that_is_gone_does_not_bind(db: Db) {
    let store = db.connect().await;
    let mut ruled = things(vec![text("Name")]);
    ruled.entities[0].rules = vec![unique(vec![at(THING, 0)])];
    start(&store, ruled).await;
    let (plan, changes) = start(&store, things(vec![text("Name")])).await;
    assert_eq!(changes, ["dropped the index unique m$thing (name)"]);
    let same = |id| row(&plan, THING, id, &[(at(THING, 0), t("same"))]);
    store_rows(&store, &plan, &[same(1), same(2)]).await;
}

async fn references_become_sets_and_sets_references(db: Db) {
    let store = db.connect().await;
    let with = |kind| Manifest {
        entities: vec![entity("M.Thing", None, vec![]), entity("M.Other", None, vec![])],
        associations: vec![association("M.Thing_Other", THING, OTHER, kind)],
        ..Manifest::default()
    };
    let link = |from, to| Link { from: ObjectId(from), to: ObjectId(to) };
    let association = AssociationId(0);
    let (plan, _) = start(&store, with(AssociationKind::Reference)).await;
    let mut first = row(&plan, THING, 1, &[]);
    first.references = vec![(association, ObjectId(11))];
    let others = [11, 12].map(|id| row(&plan, OTHER, id, &[]));
    store_rows(&store, &plan, &[vec![first, row(&plan, THING, 2, &[])], others.to_vec()].concat()).await;

    let (plan, _) = start(&store, with(AssociationKind::ReferenceSet)).await;
    let mut transaction = store.begin(plan);
    let both = [ObjectId(1), ObjectId(2)];
    assert_eq!(transaction.links(association, false, &both).await.unwrap(), [link(1, 11)]);
    transaction.link(association, &[link(2, 11), link(2, 12)]).await.unwrap();
    transaction.commit().await.unwrap();

    // A column of that name is there already: what it held when it was left is what it holds.
    let (plan, _) = start(&store, with(AssociationKind::Reference)).await;
    assert_eq!(store.begin(plan).links(association, false, &both).await.unwrap(), [link(1, 11)]);
}

fn hierarchy(generalization: Option<EntityId>) -> Manifest {
    Manifest {
        entities: vec![
            entity("M.Thing", generalization, vec![text("Name")]),
            entity(
                "M.Other",
                None,
                vec![Attribute { default: Some(DefaultValue::Text("new".into())), ..text("Label") }],
            ),
            entity("M.Special", Some(THING), vec![]),
        ],
        associations: vec![association("M.Other_Thing", OTHER, THING, AssociationKind::Reference)],
        ..Manifest::default()
    }
}

/// A thing, a special thing, and another that refers to the thing.
fn family(plan: &Plan, first: i64) -> Vec<NewRow> {
    let mut other = row(plan, OTHER, first + 2, &[]);
    other.references = vec![(AssociationId(0), ObjectId(first))];
    vec![row(plan, THING, first, &[]), row(plan, EntityId(2), first + 1, &[]), other]
}

async fn an_entity_gets_a_generalization(db: Db) {
    let store = db.connect().await;
    let (plan, _) = start(&store, hierarchy(None)).await;
    store_rows(&store, &plan, &family(&plan, 1)).await;
    let (plan, changes) = start(&store, hierarchy(Some(OTHER))).await;
    assert!(changes.contains(&"M.Thing has another generalization now".to_owned()), "{changes:?}");
    store_rows(&store, &plan, &family(&plan, 11)).await;
    let mut transaction = store.begin(plan);
    let rows = transaction.get(OTHER, &[1, 2, 3, 11, 12, 13].map(ObjectId)).await.unwrap();
    let entities: Vec<_> = rows.iter().map(|row| row.entity.0).collect();
    assert_eq!(entities, [0, 2, 1, 0, 2, 1]);
    assert_eq!(rows[0].attributes, [t("new"), Value::Empty]);
    let links = transaction.links(AssociationId(0), true, &[ObjectId(1), ObjectId(11)]).await.unwrap();
    assert_eq!(links.iter().map(|link| link.from.0).collect::<Vec<_>>(), [3, 13]);
}

async fn an_entity_loses_its_generalization(db: Db) {
    let store = db.connect().await;
    let (plan, _) = start(&store, hierarchy(Some(OTHER))).await;
    store_rows(&store, &plan, &family(&plan, 1)).await;
    let (plan, _) = start(&store, hierarchy(None)).await;
    store_rows(&store, &plan, &family(&plan, 11)).await;
    let mut transaction = store.begin(plan);
    let rows = transaction.get(THING, &[1, 2, 11, 12].map(ObjectId)).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.entity.0).collect::<Vec<_>>(), [0, 2, 0, 2]);
    let links = transaction.links(AssociationId(0), true, &[ObjectId(1), ObjectId(11)]).await.unwrap();
    assert_eq!(links.iter().map(|link| link.from.0).collect::<Vec<_>>(), [3, 13]);
}

async fn new_autonumbers_number_existing_objects(db: Db) {
    let store = db.connect().await;
    let (plan, _) = start(&store, things(vec![text("Name")])).await;
    store_rows(&store, &plan, &[row(&plan, THING, 30, &[]), row(&plan, THING, 20, &[])]).await;
    let number =
        Attribute { default: Some(DefaultValue::Integer(500)), ..attribute("Number", AttributeType::AutoNumber) };
    let (plan, _) = start(&store, things(vec![text("Name"), number])).await;
    let read = values(&store, &plan, &[20, 30]).await;
    assert_eq!((&read[0][1], &read[1][1]), (&Value::Integer(500), &Value::Integer(501)));
    assert_eq!(store.begin(plan).draw_numbers(at(THING, 1), 1).await.unwrap(), [502]);
}

async fn long_names_fit(db: Db) {
    let long = |end: &str| format!("{}{end}", "VeryLongNameOfSomething".repeat(4));
    let mut manifest = things(vec![text(&long("A")), text(&long("B")), attribute("Id", AttributeType::Integer)]);
    manifest.entities[0].name = format!("Module.{}", long("Entity"));
    manifest.entities[0].rules = vec![unique(vec![at(THING, 0)]), unique(vec![at(THING, 1)])];
    let (store, plan) = db.open(manifest).await;
    let set = [(at(THING, 0), t("a")), (at(THING, 1), t("b")), (at(THING, 2), Value::Integer(7))];
    store_rows(&store, &plan, &[row(&plan, THING, 1, &set)]).await;
    assert_eq!(values(&store, &plan, &[1]).await, [[t("a"), t("b"), Value::Integer(7)]]);
    let error = store.begin(plan.clone()).insert(&[row(&plan, THING, 2, &set[1..])]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unique { members, .. } if members[0].ends_with('B')), "{error}");
}

async fn unavailable_entities_have_no_table(db: Db) {
    let mut manifest = things(vec![text("Name")]);
    manifest.entities[0].unavailable = Some("an OData entity".into());
    let (store, plan) = db.open(manifest).await;
    assert!(!plan.is_stored(THING));
    assert!(plan.compile(&query(THING, eq(own(at(THING, 0)), empty()))).is_err());
    let error = store.begin(plan.clone()).insert(&[row(&plan, THING, 1, &[])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Model(_)), "{error}");
}

async fn members_of_one_name_are_refused(db: Db) {
    let store = db.connect().await;
    let twice = things(vec![text("Name"), text("name")]);
    assert!(matches!(store.plan(Arc::new(twice)).unwrap_err(), StoreError::Model(_)));
}
