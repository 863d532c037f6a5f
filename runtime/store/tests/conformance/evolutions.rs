//! Evolutions beyond single attributes: associations, hierarchies, refusals, leases, the way back, and the end of what was parked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use brooklet_model::*;
use brooklet_store::{ChangedRow, Evolution, Link, Plan, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    change::{TEXT, THING, dies_after, evolve, evolved, from_to, install, of, thing, things, values},
    harness::{Db, NOW_MS},
    shop::{association, attribute, d, entity, row, store_rows, t, text},
};

on_both!(
    the_way_back_takes_no_step,
    what_the_new_version_wrote_is_parked_on_the_way_back,
    many_rows_are_filled_in_batches,
    an_association_is_renamed,
    a_reference_becomes_a_set_while_both_serve,
    a_set_becomes_a_reference_while_both_serve,
    a_specialization_is_renamed,
    an_entity_gets_a_generalization_while_the_old_version_serves,
    a_generalization_is_taken_back,
    a_generalization_comes_back,
    an_entity_stays_where_rows_of_others_wait_in_its_table,
    a_name_that_an_entity_had_is_given_to_another,
    a_contraction_cannot_be_taken_back,
    names_are_remembered_for_a_node_that_serves_alone,
    an_empty_model_is_installed,
    parked_things_end,
    nodes_may_expand_at_once,
);

const OTHER: EntityId = EntityId(1);
const ASSOCIATION: AssociationId = AssociationId(0);

async fn set(store: &Store, plan: &Arc<Plan>, id: i64, value: Value) {
    let mut transaction = store.begin(plan.clone());
    let attributes = vec![(0, value)];
    let changed = ChangedRow { entity: THING, id: ObjectId(id), attributes, references: Vec::new() };
    transaction.update(&[changed]).await.unwrap();
    transaction.commit().await.unwrap();
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

/// Dies before each transaction, and another goes on.
async fn expand_by_many(store: &Store, evolution: &Evolution) {
    while let Err(error) = store.migrator(None).on_step(dies_after(1)).expand(evolution).await {
        assert!(matches!(error, StoreError::Stopped { .. }), "{error}");
    }
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

fn at(entity: EntityId, index: u32) -> AttributeRef {
    AttributeRef { entity, index }
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
    let [seen, _] = &evolution.breaking[..] else { panic!("{:?}", evolution.breaking) };
    assert!(seen.starts_with("M.Other: while both versions serve the old one takes the objects of M.Thing"), "{seen}");
    expand_by_many(&store, &evolution).await;
    let new = evolved(&store, &evolution, &after);
    store_rows(&store, &old, &[thing(&old, 3, t("b"))]).await;
    store_rows(&store, &new, &[row(&new, THING, 4, &[])]).await;
    assert_eq!(entities(&store, &new, OTHER).await, [(1, 0), (2, 2), (4, 0)]);
    assert_eq!(entities(&store, &old, THING).await, [(1, 0), (2, 2), (3, 0), (4, 0)]);
    let mut transaction = store.begin(old.clone());
    transaction.delete(&[(THING, ObjectId(1))]).await.unwrap();
    transaction.commit().await.unwrap();
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    assert_eq!(entities(&store, &new, OTHER).await, [(2, 2), (3, 0), (4, 0)], "what the old version deleted is gone");
}

/// What was deleted while it had no such generalization is not there again when it gets it back.
async fn a_generalization_comes_back(db: Db) {
    let store = db.connect().await;
    let before = hierarchy("M.Special", Some(OTHER));
    let old = install(&store, before.clone()).await;
    let labelled = |id, label| row(&old, THING, id, &[(at(OTHER, 0), t(label))]);
    store_rows(&store, &old, &[labelled(1, "one"), labelled(2, "two"), row(&old, OTHER, 3, &[])]).await;
    let after = hierarchy("M.Special", None);
    let there = evolve(&store, &old, &after).await;
    expand_by_many(&store, &there).await;
    let new = evolved(&store, &there, &after);
    assert_eq!(entities(&store, &new, OTHER).await, [(3, 1)]);
    let all = Query { constraint: Some(Condition::Constant(true)), ..Query::all(OTHER) };
    assert_eq!(crate::shop::ids(&mut store.begin(new.clone()), &all).await, [3]);
    store_rows(&store, &old, &[row(&old, SPECIAL, 4, &[])]).await;
    assert_eq!(entities(&store, &new, THING).await, [(1, 0), (2, 0), (4, 2)]);
    store.contract(&there, None, NOW_MS).await.unwrap();
    let mut transaction = store.begin(new.clone());
    transaction.delete(&[(THING, ObjectId(1))]).await.unwrap();
    transaction.commit().await.unwrap();
    store_rows(&store, &new, &[row(&new, THING, 5, &[])]).await;

    let back = evolve(&store, &new, &before).await;
    assert_eq!(&back.naming, old.naming());
    // A release that is given up leaves what waits for it.
    store.expand(&back, None).await.unwrap();
    store.take_back(&back, None).await.unwrap();
    expand_by_many(&store, &back).await;
    assert_eq!(entities(&store, &old, OTHER).await, [(2, 0), (3, 1), (4, 2), (5, 0)]);
    let rows = store.begin(old).get(OTHER, &[ObjectId(2), ObjectId(5)]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.attributes[0].clone()).collect::<Vec<_>>(), [t("two"), t("new")]);
}

async fn an_entity_stays_where_rows_of_others_wait_in_its_table(db: Db) {
    let store = db.connect().await;
    let all = hierarchy("M.Special", Some(OTHER));
    let mut old = install(&store, all.clone()).await;
    store_rows(&store, &old, &[row(&old, SPECIAL, 1, &[]), row(&old, THING, 2, &[])]).await;
    let mut alone = all.clone();
    alone.entities[2].generalization = None;
    let mut moved = alone.clone();
    moved.entities[0].generalization = None;
    for (next, refused) in [(&alone, 0), (&moved, 1), (&all, 0), (&hierarchy("M.Special", None), 0)] {
        let evolution = evolve(&store, &old, next).await;
        let found: Vec<_> = evolution.refusals.iter().map(|one| (one.member.as_str(), one.rows)).collect();
        assert_eq!(found, vec![("M.Thing", 1); refused]);
        if refused == 0 {
            store.expand(&evolution, None).await.unwrap();
            store.contract(&evolution, None, NOW_MS).await.unwrap();
            old = evolved(&store, &evolution, next);
        }
    }
    assert_eq!(entities(&store, &old, THING).await, [(1, 2), (2, 0)]);
}

/// Once the table of the first is dropped, nothing else tells its objects from those of the second.
async fn a_name_that_an_entity_had_is_given_to_another(db: Db) {
    let store = db.connect().await;
    let all = hierarchy("M.Special", Some(OTHER));
    let mut old = install(&store, all.clone()).await;
    store_rows(&store, &old, &[row(&old, SPECIAL, 1, &[]), row(&old, THING, 2, &[])]).await;
    let without = Manifest { entities: all.entities[..2].to_vec(), ..all.clone() };
    for next in [&without, &all] {
        let evolution = evolve(&store, &old, next).await;
        store.expand(&evolution, None).await.unwrap();
        store.contract(&evolution, None, NOW_MS).await.unwrap();
        store.purge(NOW_MS + 1).await.unwrap();
        old = evolved(&store, &evolution, next);
    }
    assert_eq!(entities(&store, &old, THING).await, [(1, 0), (2, 0)], "what was special is a thing like others");
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

async fn names_are_remembered_for_a_node_that_serves_alone(db: Db) {
    let store = db.connect().await;
    let mut after = things(vec![text("Z")]);
    after.former.attributes.insert("M.Thing.Z".into(), vec!["A".into()]);
    let before = things(vec![text("A")]);
    let (old, renaming) = from_to(&store, before.clone(), &[t("a")], &after).await;
    let same = evolve(&store, &old, &before).await;
    assert_ne!(same.hash(), renaming.hash());
    store.contract(&same, None, NOW_MS).await.unwrap();
    store.contract(&renaming, None, NOW_MS).await.unwrap();
    // The history may be cut off once every database has the new names.
    after.former = Former::default();
    let plan = store.plan(Arc::new(after)).unwrap();
    let migration = store.migrate(&plan, NOW_MS).await.unwrap();
    assert_eq!(migration.changes, [""; 0]);
    assert_eq!(values(&store, &migration.plan).await, [t("a")]);
    let again = store.migrate(&plan, NOW_MS).await.unwrap();
    assert_eq!(again.plan.naming(), migration.plan.naming());
}

async fn an_empty_model_is_installed(db: Db) {
    let store = db.connect().await;
    let plan = install(&store, Manifest::default()).await;
    assert!(plan.naming().is_by_rule());
    assert_eq!(store.purge(i64::MAX).await.unwrap(), [""; 0]);
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
