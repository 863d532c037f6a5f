//! Evolutions beyond single attributes: associations, hierarchies, refusals, leases, the way back, and the end of what was parked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use brooklet_model::*;
use brooklet_store::{ChangedRow, Evolution, Link, NewRow, Plan, Refusal, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    coexistence::{dies_after, evolve, evolved, install, things},
    harness::{Db, NOW_MS},
    shop::{association, attribute, d, entity, row, store_rows, t, text},
};

on_both!(
    the_way_back_takes_no_step,
    what_the_new_version_wrote_is_parked_on_the_way_back,
    values_that_do_not_convert_are_refused_with_their_rows,
    what_has_no_conversion_is_refused,
    longs_must_fit_into_integers,
    a_unique_rule_looks_at_the_values_to_be,
    new_rules_warn_of_what_violates_them,
    a_migrator_without_its_lease_does_nothing,
    many_rows_are_filled_in_batches,
    an_association_is_renamed,
    a_reference_becomes_a_set_while_both_serve,
    a_set_becomes_a_reference_while_both_serve,
    a_specialization_is_renamed,
    an_entity_gets_a_generalization_while_the_old_version_serves,
    a_generalization_is_taken_back,
    a_contraction_cannot_be_taken_back,
    parked_things_end,
    nodes_may_expand_at_once,
    an_outdated_plan_is_refused,
);

const THING: EntityId = EntityId(0);
const OTHER: EntityId = EntityId(1);
const ASSOCIATION: AssociationId = AssociationId(0);
const LEASE: &str = "migration";

fn at(entity: EntityId, index: u32) -> AttributeRef {
    AttributeRef { entity, index }
}

fn of(kind: AttributeType) -> Manifest {
    things(vec![attribute("A", kind)])
}

const TEXT: AttributeType = AttributeType::String { length: None };

fn thing(plan: &Plan, id: i64, value: Value) -> NewRow {
    row(plan, THING, id, &[(at(THING, 0), value)])
}

async fn values(store: &Store, plan: &Arc<Plan>) -> Vec<Value> {
    let ids: Vec<_> = (1..=9).map(ObjectId).collect();
    let rows = store.begin(plan.clone()).get(THING, &ids).await.unwrap();
    rows.into_iter().map(|row| row.attributes[0].clone()).collect()
}

async fn set(store: &Store, plan: &Arc<Plan>, id: i64, value: Value) {
    let mut transaction = store.begin(plan.clone());
    let attributes = vec![(0, value)];
    let changed = ChangedRow { entity: THING, id: ObjectId(id), attributes, references: Vec::new() };
    transaction.update(&[changed]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Installs a model with things, and plans the way to another.
async fn from_to(store: &Store, before: Manifest, seed: &[Value], after: &Manifest) -> (Arc<Plan>, Evolution) {
    let old = install(store, before).await;
    let rows: Vec<_> =
        seed.iter().enumerate().map(|(index, value)| thing(&old, index as i64 + 1, value.clone())).collect();
    store_rows(store, &old, &rows).await;
    let evolution = evolve(store, &old, after).await;
    (old, evolution)
}

async fn the_way_back_takes_no_step(db: Db) {
    let store = db.connect().await;
    let (before, after) = (of(TEXT), of(AttributeType::Long));
    let (old, there) = from_to(&store, before.clone(), &[t("007"), t("8")], &after).await;
    store.expand(&there, None).await.unwrap();
    let new = evolved(&store, &there, &after);
    set(&store, &new, 2, Value::Integer(88)).await;

    let begin = Instant::now();
    let back = evolve(&store, &new, &before).await;
    assert_eq!((back.steps.len(), &back.naming), (0, old.naming()));
    store.expand(&back, None).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(values(&store, &old).await, [t("007"), t("88")], "with what was written since");
    store.contract(&back, None, NOW_MS).await.unwrap();
    set(&store, &old, 1, t("seven")).await;
    assert_eq!(values(&store, &old).await, [t("seven"), t("88")]);
    assert!(evolve(&store, &old, &before).await.is_empty());
}

async fn what_the_new_version_wrote_is_parked_on_the_way_back(db: Db) {
    let store = db.connect().await;
    let mut after = things(vec![text("Z"), text("New")]);
    after.former.attributes.insert("M.Thing.Z".into(), vec!["A".into()]);
    let before = things(vec![text("A")]);
    let (old, there) = from_to(&store, before.clone(), &[t("a")], &after).await;
    store.expand(&there, None).await.unwrap();
    let new = evolved(&store, &there, &after);
    let both = [(at(THING, 0), t("b")), (at(THING, 1), t("new"))];
    store_rows(&store, &new, &[row(&new, THING, 2, &both)]).await;
    store.contract(&there, None, NOW_MS).await.unwrap();

    // The old model knows nothing of the renaming; the version before does.
    let back = evolve(&store, &new, &before).await;
    assert_eq!((back.steps.len(), &back.naming), (0, old.naming()));
    store.expand(&back, None).await.unwrap();
    store.contract(&back, None, NOW_MS).await.unwrap();
    assert_eq!(values(&store, &old).await, [t("a"), t("b")]);

    let again = evolve(&store, &old, &after).await;
    store.expand(&again, None).await.unwrap();
    let new = evolved(&store, &again, &after);
    let rows = store.begin(new).get(THING, &[ObjectId(2)]).await.unwrap();
    assert_eq!(rows[0].attributes, [t("b"), t("new")]);
}

async fn refusals(store: &Store, before: AttributeType, seed: &[Value], after: AttributeType) -> Vec<Refusal> {
    let (plan, evolution) = from_to(store, of(before), seed, &of(after)).await;
    let refused = store.expand(&evolution, None).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Refused(refusals) if *refusals == evolution.refusals), "{refused}");
    assert_eq!(values(store, &plan).await, seed, "nothing was changed");
    evolution.refusals
}

async fn values_that_do_not_convert_are_refused_with_their_rows(db: Db) {
    let store = db.connect().await;
    let seed: Vec<_> = ["1", "1.5", "", "9223372036854775808", " 1", "1e3"].map(t).into();
    let [refusal] = &refusals(&store, TEXT, &seed, AttributeType::Long).await[..] else { panic!() };
    assert_eq!((refusal.member.as_str(), refusal.rows), ("M.Thing.A", 5));
    let shown: Vec<_> = refusal.examples.iter().map(|example| (example.id, example.value.as_str())).collect();
    let expected = [(2, "\"1.5\""), (3, "\"\""), (4, "\"9223372036854775808\""), (5, "\" 1\""), (6, "\"1e3\"")];
    assert_eq!(shown, expected);
    assert_eq!(refusal.remedy, "change these values, or give the new attribute another name");

    for (kind, stands) in [
        (AttributeType::Decimal, vec![2, 3, 5, 6]),
        (AttributeType::Boolean, vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::DateTime { localize: true }, vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::Enumeration(EnumerationId(0)), vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::Integer, vec![2, 3, 4, 5, 6]),
    ] {
        let evolution = store.evolve(None, &Arc::new(of(kind.clone())), NOW_MS).await.unwrap();
        let ids: Vec<_> = evolution.refusals[0].examples.iter().map(|example| example.id).collect();
        let expected = if kind == AttributeType::Decimal {
            vec![2, 3, 5, 6].into_iter().filter(|id| *id != 2).collect()
        } else {
            stands
        };
        assert_eq!(ids, expected, "{kind:?}");
    }
}

async fn what_has_no_conversion_is_refused(db: Db) {
    let store = db.connect().await;
    let [refusal] = &refusals(&store, AttributeType::Boolean, &[Value::Boolean(true)], AttributeType::Long).await[..]
    else {
        panic!()
    };
    assert_eq!(refusal.reason, "there is no conversion from boolean to integer");
    // Without values nothing stands in the way.
    let manifest = of(AttributeType::Binary);
    let plan = store.plan(Arc::new(of(AttributeType::Boolean))).unwrap();
    let mut transaction = store.begin(plan.clone());
    transaction.delete(&[(THING, ObjectId(1))]).await.unwrap();
    transaction.commit().await.unwrap();
    let evolution = evolve(&store, &plan, &manifest).await;
    assert_eq!((evolution.refusals.len(), evolution.breaking.len()), (0, 1));
    store.expand(&evolution, None).await.unwrap();
}

async fn longs_must_fit_into_integers(db: Db) {
    let store = db.connect().await;
    let seed = [Value::Integer(i64::from(i32::MAX)), Value::Integer(i64::from(i32::MIN) - 1)];
    let [refusal] = &refusals(&store, AttributeType::Long, &seed, AttributeType::Integer).await[..] else { panic!() };
    assert_eq!((refusal.rows, refusal.examples[0].value.as_str()), (1, "-2147483649"));
}

async fn a_unique_rule_looks_at_the_values_to_be(db: Db) {
    let store = db.connect().await;
    let mut after = of(AttributeType::Long);
    after.entities[0].rules = vec![crate::shop::unique(vec![at(THING, 0)])];
    let (_, evolution) = from_to(&store, of(TEXT), &[t("7"), t("8"), t("007")], &after).await;
    assert_eq!(evolution.refusals.len(), 1);
    assert_eq!(evolution.refusals[0].rows, 2);
    assert_eq!(evolution.refusals[0].examples[0].value, "a$2 = 7 (2 objects)");
}

async fn new_rules_warn_of_what_violates_them(db: Db) {
    let store = db.connect().await;
    let rule = |kind| ValidationRule { attribute: Some(at(THING, 0)), kind, message: None };
    let bound = |number| Some(Bound::Value(DefaultValue::Integer(number)));
    let mut after = of(AttributeType::Long);
    after.entities[0].rules = vec![
        rule(RuleKind::Required),
        rule(RuleKind::Range { minimum: bound(5), maximum: bound(7) }),
        rule(RuleKind::Regex("x".into())),
    ];
    let seed = [Value::Integer(4), Value::Integer(5), Value::Integer(8), Value::Empty];
    let (old, evolution) = from_to(&store, of(AttributeType::Long), &seed, &after).await;
    let warned: Vec<_> = evolution.warnings.iter().map(|warning| (warning.rule.as_str(), warning.rows)).collect();
    assert_eq!(warned, [("a value", Some(1)), ("a value in the range", Some(2)), ("a text that matches x", None)]);
    let kept = evolve(&store, &evolved(&store, &evolution, &after), &after).await;
    assert_eq!(kept.warnings, [], "rules that are not new warn of nothing");
    let mut fewer = of(AttributeType::Enumeration(EnumerationId(1)));
    fewer.enumerations[1].values.truncate(1);
    let keys = of(AttributeType::Enumeration(EnumerationId(1)));
    drop(old);
    let second = install(
        &store,
        Manifest { entities: vec![entity("M.Keyed", None, keys.entities[0].attributes.clone())], ..keys.clone() },
    )
    .await;
    let keyed = |id, key: &str| row(&second, THING, id, &[(at(THING, 0), Value::Enumeration(key.into()))]);
    store_rows(&store, &second, &[keyed(1, "Red"), keyed(2, "Blue")]).await;
    fewer.entities[0].name = "M.Keyed".into();
    let evolution = evolve(&store, &second, &fewer).await;
    assert_eq!((evolution.warnings[0].rule.as_str(), evolution.warnings[0].rows), ("a key of M.Hue", Some(1)));
}

async fn a_migrator_without_its_lease_does_nothing(db: Db) {
    let [store, other] = db.nodes().await;
    let after = of(AttributeType::Long);
    let (old, evolution) = from_to(&store, of(TEXT), &[t("7")], &after).await;
    let token = store.cluster().acquire(LEASE, "one", Duration::from_millis(200)).await.unwrap().unwrap();
    let died = store.migrator(Some((LEASE, token))).on_step(dies_after(2)).expand(&evolution).await;
    assert!(matches!(died, Err(StoreError::Stopped { .. })));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let next = other.cluster().acquire(LEASE, "other", Duration::from_secs(60)).await.unwrap().unwrap();
    let fence = Some((LEASE, token));
    for outcome in [
        store.expand(&evolution, fence).await,
        store.contract(&evolution, fence, NOW_MS).await,
        store.take_back(&evolution, fence).await,
    ] {
        assert!(matches!(&outcome, Err(StoreError::Fenced { lease }) if lease == LEASE), "{outcome:?}");
    }
    assert_eq!(values(&store, &old).await, [t("7")]);
    assert!(!other.expand(&evolution, Some((LEASE, next))).await.unwrap().is_empty());
    assert_eq!(values(&store, &evolved(&store, &evolution, &after)).await, [Value::Integer(7)]);
}

async fn many_rows_are_filled_in_batches(db: Db) {
    let store = db.connect().await;
    let after = of(AttributeType::Long);
    let (old, _) = from_to(&store, of(TEXT), &[], &after).await;
    let count = i64::try_from(brooklet_store::limits::ROWS_PER_BATCH).unwrap() + 10;
    let rows: Vec<_> = (1..=count).map(|id| thing(&old, id, t(&id.to_string()))).collect();
    store_rows(&store, &old, &rows).await;
    let evolution = evolve(&store, &old, &after).await;
    assert_eq!(evolution.steps.iter().map(|step| step.rows).max(), Some(count as u64));
    // It dies between the batches; meanwhile the old version goes on.
    let died = store.migrator(None).on_step(dies_after(3)).expand(&evolution).await;
    assert!(matches!(died, Err(StoreError::Stopped { .. })), "{died:?}");
    set(&store, &old, 1, t("-1")).await;
    set(&store, &old, count, t("-2")).await;
    store_rows(&store, &old, &[thing(&old, count + 1, t("-3"))]).await;
    store.expand(&evolution, None).await.unwrap();
    let new = evolved(&store, &evolution, &after);
    let ids = [1, 2, count - 1, count, count + 1].map(ObjectId);
    let rows = store.begin(new).get(THING, &ids).await.unwrap();
    let read: Vec<_> = rows.into_iter().map(|row| row.attributes[0].clone()).collect();
    assert_eq!(read, [-1, 2, count - 1, -2, -3].map(Value::Integer));
}

fn linked(name: &str, kind: AssociationKind) -> Manifest {
    Manifest {
        entities: vec![entity("M.Thing", None, vec![text("A")]), entity("M.Other", None, vec![])],
        associations: vec![association(name, THING, OTHER, kind)],
        ..Manifest::default()
    }
}

/// Things 1 to 3, others 11 and 12.
async fn install_linked(store: &Store, kind: AssociationKind) -> Arc<Plan> {
    let plan = install(store, linked("M.Link", kind)).await;
    let things = [1, 2, 3].map(|id| row(&plan, THING, id, &[]));
    let others = [11, 12].map(|id| row(&plan, OTHER, id, &[]));
    store_rows(store, &plan, &[things.to_vec(), others.to_vec()].concat()).await;
    plan
}

async fn refer(store: &Store, plan: &Arc<Plan>, from: i64, to: Option<i64>) {
    let mut transaction = store.begin(plan.clone());
    let references = vec![(ASSOCIATION, to.map(ObjectId))];
    let changed = ChangedRow { entity: THING, id: ObjectId(from), attributes: Vec::new(), references };
    transaction.update(&[changed]).await.unwrap();
    transaction.commit().await.unwrap();
}

fn link(from: i64, to: i64) -> Link {
    Link { from: ObjectId(from), to: ObjectId(to) }
}

async fn link_up(store: &Store, plan: &Arc<Plan>, links: &[Link]) {
    let mut transaction = store.begin(plan.clone());
    transaction.link(ASSOCIATION, links).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn links(store: &Store, plan: &Arc<Plan>) -> Vec<(i64, i64)> {
    let from = [1, 2, 3].map(ObjectId);
    let links = store.begin(plan.clone()).links(ASSOCIATION, false, &from).await.unwrap();
    links.into_iter().map(|link| (link.from.0, link.to.0)).collect()
}

async fn an_association_is_renamed(db: Db) {
    for kind in [AssociationKind::Reference, AssociationKind::ReferenceSet] {
        let store = db.connect().await;
        let plan = install_linked(&store, kind).await;
        match kind {
            AssociationKind::Reference => refer(&store, &plan, 1, Some(11)).await,
            AssociationKind::ReferenceSet => link_up(&store, &plan, &[link(1, 11)]).await,
        }
        let mut after = linked("M.Bond", kind);
        after.former.associations.insert("M.Bond".into(), vec!["M.Gone".into(), "M.Link".into()]);
        let evolution = evolve(&store, &plan, &after).await;
        assert!(evolution.is_empty(), "{evolution:?}");
        let new = evolved(&store, &evolution, &after);
        assert_eq!(links(&store, &new).await, [(1, 11)]);
        let nothing = Manifest::default();
        let end = evolve(&store, &new, &nothing).await;
        store.contract(&end, None, NOW_MS).await.unwrap();
        assert!(!store.purge(NOW_MS + 1).await.unwrap().is_empty());
    }
}

/// Dies before each transaction, and another goes on.
async fn expand_by_many(store: &Store, evolution: &Evolution) {
    while let Err(error) = store.migrator(None).on_step(dies_after(1)).expand(evolution).await {
        assert!(matches!(error, StoreError::Stopped { .. }), "{error}");
    }
}

async fn a_reference_becomes_a_set_while_both_serve(db: Db) {
    let store = db.connect().await;
    let old = install_linked(&store, AssociationKind::Reference).await;
    refer(&store, &old, 1, Some(11)).await;
    let after = linked("M.Link", AssociationKind::ReferenceSet);
    let evolution = evolve(&store, &old, &after).await;
    expand_by_many(&store, &evolution).await;
    let new = evolved(&store, &evolution, &after);
    assert_eq!(links(&store, &new).await, [(1, 11)]);
    refer(&store, &old, 1, Some(12)).await;
    link_up(&store, &new, &[link(2, 11), link(3, 11), link(3, 12)]).await;
    assert_eq!(links(&store, &old).await, [(1, 12), (2, 11)]);
    assert_eq!(links(&store, &new).await, [(1, 12), (2, 11), (3, 11), (3, 12)]);
    let mut transaction = store.begin(new.clone());
    transaction.unlink(ASSOCIATION, &[link(3, 11)]).await.unwrap();
    transaction.commit().await.unwrap();
    refer(&store, &old, 2, None).await;
    assert_eq!(links(&store, &old).await, [(1, 12), (3, 12)]);
    assert_eq!(links(&store, &new).await, [(1, 12), (3, 12)]);
    let mut transaction = store.begin(new.clone());
    transaction.delete(&[(OTHER, ObjectId(12))]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!((links(&store, &old).await, links(&store, &new).await), (vec![], vec![]));
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    link_up(&store, &new, &[link(1, 11)]).await;
    assert_eq!((links(&store, &old).await, links(&store, &new).await), (vec![], vec![(1, 11)]));
}

async fn a_set_becomes_a_reference_while_both_serve(db: Db) {
    let store = db.connect().await;
    let old = install_linked(&store, AssociationKind::ReferenceSet).await;
    link_up(&store, &old, &[link(1, 11), link(2, 11), link(2, 12)]).await;
    let after = linked("M.Link", AssociationKind::Reference);
    let evolution = evolve(&store, &old, &after).await;
    store.expand(&evolution, None).await.unwrap();
    store.take_back(&evolution, None).await.unwrap();
    expand_by_many(&store, &evolution).await;
    let new = evolved(&store, &evolution, &after);
    assert_eq!(links(&store, &new).await, [(1, 11)]);
    refer(&store, &new, 3, Some(12)).await;
    link_up(&store, &old, &[link(1, 12)]).await;
    assert_eq!(links(&store, &old).await, [(1, 11), (1, 12), (2, 11), (2, 12), (3, 12)]);
    assert_eq!(links(&store, &new).await, [(3, 12)]);
    // The new version decides: what was ambiguous is not any more.
    refer(&store, &new, 2, Some(11)).await;
    assert_eq!(links(&store, &old).await, [(1, 11), (1, 12), (2, 11), (3, 12)]);
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    assert_eq!(links(&store, &new).await, [(2, 11), (3, 12)]);
}

fn hierarchy(special: &str, thing: Option<EntityId>) -> Manifest {
    let default = Some(DefaultValue::Text("new".into()));
    Manifest {
        entities: vec![
            entity("M.Thing", thing, vec![text("A")]),
            entity("M.Other", None, vec![Attribute { default, ..text("Label") }]),
            entity(special, Some(THING), vec![text("B")]),
        ],
        ..Manifest::default()
    }
}

const SPECIAL: EntityId = EntityId(2);

async fn entities(store: &Store, plan: &Arc<Plan>, of: EntityId) -> Vec<(i64, u32)> {
    let ids: Vec<_> = (1..=9).map(ObjectId).collect();
    let rows = store.begin(plan.clone()).get(of, &ids).await.unwrap();
    rows.into_iter().map(|row| (row.id.0, row.entity.0)).collect()
}

async fn a_specialization_is_renamed(db: Db) {
    let store = db.connect().await;
    let old = install(&store, hierarchy("M.Special", None)).await;
    store_rows(&store, &old, &[row(&old, SPECIAL, 1, &[(at(SPECIAL, 0), t("b"))])]).await;
    let mut after = hierarchy("M.Rare", None);
    after.former.entities.insert("M.Rare".into(), vec!["M.Special".into()]);
    // The name is given away at once.
    after.entities.push(entity("M.Special", Some(THING), vec![]));
    let evolution = evolve(&store, &old, &after).await;
    let kept = evolved(&store, &evolution, &after);
    store.expand(&evolution, None).await.unwrap();
    assert_eq!(entities(&store, &kept, THING).await, [(1, 3)], "a name that is given away at once is no renaming");
    store.take_back(&evolution, None).await.unwrap();

    after.entities.pop();
    let evolution = evolve(&store, &old, &after).await;
    assert!(evolution.is_empty(), "{evolution:?}");
    let new = evolved(&store, &evolution, &after);
    store_rows(&store, &new, &[row(&new, SPECIAL, 2, &[])]).await;
    for plan in [&old, &new] {
        assert_eq!(entities(&store, plan, THING).await, [(1, 2), (2, 2)]);
        let only = Condition::Constant(true);
        let query = Query { constraint: Some(only), ..Query::all(SPECIAL) };
        let found = crate::shop::ids(&mut store.begin(plan.clone()), &query).await;
        assert_eq!(found, [1, 2]);
    }
    after.entities.push(entity("M.Special", Some(THING), vec![]));
    let evolution = evolve(&store, &new, &after).await;
    store.expand(&evolution, None).await.unwrap();
    let newer = evolved(&store, &evolution, &after);
    store_rows(&store, &newer, &[row(&newer, EntityId(3), 3, &[])]).await;
    assert_eq!(entities(&store, &newer, THING).await, [(1, 2), (2, 2), (3, 3)], "now it is another's");
}

async fn an_entity_gets_a_generalization_while_the_old_version_serves(db: Db) {
    let store = db.connect().await;
    let old = install(&store, hierarchy("M.Special", None)).await;
    store_rows(&store, &old, &[thing(&old, 1, t("a")), row(&old, SPECIAL, 2, &[])]).await;
    let after = hierarchy("M.Special", Some(OTHER));
    let evolution = evolve(&store, &old, &after).await;
    assert_eq!(evolution.breaking.len(), 1, "{:?}", evolution.breaking);
    expand_by_many(&store, &evolution).await;
    let new = evolved(&store, &evolution, &after);
    store_rows(&store, &old, &[thing(&old, 3, t("b"))]).await;
    store_rows(&store, &new, &[row(&new, THING, 4, &[])]).await;
    assert_eq!(entities(&store, &new, OTHER).await, [(1, 0), (2, 2), (4, 0)]);
    assert_eq!(entities(&store, &old, THING).await, [(1, 0), (2, 2), (3, 0), (4, 0)]);
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    assert_eq!(entities(&store, &new, OTHER).await, [(1, 0), (2, 2), (3, 0), (4, 0)]);
}

async fn a_generalization_is_taken_back(db: Db) {
    let store = db.connect().await;
    let before = hierarchy("M.Special", None);
    let old = install(&store, before.clone()).await;
    store_rows(&store, &old, &[thing(&old, 1, t("a")), row(&old, OTHER, 2, &[])]).await;
    let after = hierarchy("M.Special", Some(OTHER));
    let evolution = evolve(&store, &old, &after).await;
    store.expand(&evolution, None).await.unwrap();
    store.take_back(&evolution, None).await.unwrap();
    assert_eq!(entities(&store, &old, OTHER).await, [(2, 1)]);
    assert!(evolve(&store, &old, &before).await.is_empty());
}

async fn a_contraction_cannot_be_taken_back(db: Db) {
    let store = db.connect().await;
    let after = of(AttributeType::Long);
    let (_, evolution) = from_to(&store, of(TEXT), &[t("1")], &after).await;
    store.expand(&evolution, None).await.unwrap();
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    let error = store.take_back(&evolution, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Model(_)), "{error}");
    assert_eq!(values(&store, &evolved(&store, &evolution, &after)).await, [Value::Integer(1)]);
}

async fn parked_things_end(db: Db) {
    let store = db.connect().await;
    let mut before = linked("M.Link", AssociationKind::Reference);
    before.entities[0].attributes.push(attribute("N", AttributeType::AutoNumber));
    before.entities[0].attributes.push(attribute("D", AttributeType::Decimal));
    before.entities[0].indexes =
        vec![Index { columns: vec![IndexColumn { attribute: at(THING, 2), descending: false }] }];
    let old = install(&store, before.clone()).await;
    let values = [(at(THING, 0), t("a")), (at(THING, 1), Value::Integer(1)), (at(THING, 2), d("1.5"))];
    let mut first = row(&old, THING, 1, &values);
    first.references = vec![(ASSOCIATION, ObjectId(2))];
    store_rows(&store, &old, &[first, row(&old, OTHER, 2, &[])]).await;
    let after = things(vec![text("A")]);
    let evolution = evolve(&store, &old, &after).await;
    store.expand(&evolution, None).await.unwrap();
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    let new = evolved(&store, &evolution, &after);

    // Purging asks for nothing that is in use again.
    let back = evolve(&store, &new, &before).await;
    store.expand(&back, None).await.unwrap();
    assert_eq!(store.purge(i64::MAX).await.unwrap(), [""; 0]);
    store.take_back(&back, None).await.unwrap();

    let mut dropped = store.purge(NOW_MS + 1).await.unwrap();
    dropped.sort();
    let link = "column m$thing m$link";
    let discriminator = "column m$other $entity";
    assert_eq!(dropped, [discriminator, "column m$thing d", link, "column m$thing n", "table m$other"]);
    let rows = store.begin(new.clone()).get(THING, &[ObjectId(1)]).await.unwrap();
    assert_eq!(rows[0].attributes, [t("a")]);
    let afresh = evolve(&store, &new, &before).await;
    store.expand(&afresh, None).await.unwrap();
    let plan = evolved(&store, &afresh, &before);
    let rows = store.begin(plan).get(THING, &[ObjectId(1)]).await.unwrap();
    assert_eq!(rows[0].attributes, [t("a"), Value::Integer(1), Value::Empty]);
}

async fn an_outdated_plan_is_refused(db: Db) {
    let store = db.connect().await;
    let after = things(vec![text("A"), text("B")]);
    let (old, evolution) = from_to(&store, things(vec![text("A")]), &[t("a")], &after).await;
    let other = evolve(&store, &old, &things(vec![attribute("B", AttributeType::Long), text("A")])).await;
    store.expand(&other, None).await.unwrap();
    let error = store.expand(&evolution, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Outdated { .. }), "{error}");
    assert_eq!(values(&store, &old).await, [t("a")]);
}

/// Without a lease, too, each step is done once.
async fn nodes_may_expand_at_once(db: Db) {
    let store = db.connect().await;
    let after = of(AttributeType::Long);
    let (_, evolution) = from_to(&store, of(TEXT), &[t("1")], &after).await;
    let evolution = Arc::new(evolution);
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (node, evolution) = (db.connect().await, evolution.clone());
        tasks.push(tokio::spawn(async move { node.expand(&evolution, None).await.unwrap() }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.extend(task.await.unwrap());
    }
    done.sort();
    // The rows are filled bit by bit, maybe by several.
    done.dedup();
    let mut all: Vec<_> = evolution.steps.iter().map(|step| step.sentence.clone()).collect();
    all.sort();
    assert_eq!(done, all);
}
