//! Objects: inheritance, references, sets, changes and deletions.

use brooklet_model::*;
use brooklet_store::{Bindings, ChangedRow, Link, Range, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    a_generalization_finds_its_specializations,
    only_what_changed_is_written,
    updates_name_what_is_missing,
    references_are_read_with_their_owner,
    associations_are_followed_in_batches,
    sets_are_linked_and_unlinked,
    deleting_clears_references,
    deleting_names_concrete_entities,
    references_to_nothing_are_refused_at_the_end,
    new_objects_refer_to_one_another,
    one_to_one_references_are_unique,
    associations_with_unstored_ends_are_not_stored,
    references_can_be_cleared,
);

async fn a_generalization_finds_its_specializations(db: Db) {
    let (store, plan) = db.open(model()).await;
    let vip = [(NAME, t("V")), (LEVEL, Value::Integer(2)), (BONUS, d("0.5"))];
    let rows = [
        row(&plan, PERSON, 1, &[(NAME, t("P"))]),
        row(&plan, CUSTOMER, 2, &[(NAME, t("C")), (LEVEL, Value::Integer(1))]),
        row(&plan, VIP, 3, &vip),
    ];
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan.clone());
    let all = plan.compile(&Query::all(PERSON)).unwrap();
    let found = at.retrieve(&all, &Bindings::none(), Range::ALL).await.unwrap();
    assert_eq!(found.iter().map(|row| row.entity).collect::<Vec<_>>(), [PERSON, CUSTOMER, VIP]);
    assert_eq!(found[2].attributes, rows[2].attributes);
    assert_eq!(found[0].attributes.len(), plan.manifest().slots(PERSON).len());
    let customers = plan.compile(&Query::all(CUSTOMER)).unwrap();
    let found = at.retrieve(&customers, &Bindings::none(), Range::ALL).await.unwrap();
    assert_eq!(found.iter().map(|row| (row.entity, row.id.0)).collect::<Vec<_>>(), [(CUSTOMER, 2), (VIP, 3)]);
    assert_eq!(found[1].attributes, rows[2].attributes);
    let general = at.get(PERSON, &[ObjectId(3)]).await.unwrap();
    assert_eq!((general[0].entity, &general[0].attributes), (VIP, &rows[2].attributes));
}

async fn only_what_changed_is_written(db: Db) {
    let (store, plan) = db.open(model()).await;
    let rows: Vec<_> = (1..=3)
        .map(|id| row(&plan, VIP, id, &[(NAME, t("old")), (AGE, Value::Integer(id)), (BONUS, d("1"))]))
        .collect();
    store_rows(&store, &plan, &rows).await;
    let slot = |at| plan.manifest().slot(at);
    let change = |id: i64, attributes| ChangedRow { entity: VIP, id: ObjectId(id), attributes, references: vec![] };
    let mut at = store.begin(plan.clone());
    let changes = [
        change(1, vec![(slot(NAME), t("new")), (slot(BONUS), d("2.5"))]),
        change(2, vec![(slot(NAME), t("new")), (slot(BONUS), Value::Empty)]),
        change(3, vec![(slot(AGE), Value::Empty)]),
    ];
    assert_eq!(at.update(&changes).await.unwrap(), []);
    at.commit().await.unwrap();
    let read = at.get(VIP, &[ObjectId(1), ObjectId(2), ObjectId(3)]).await.unwrap();
    let of = |row: usize, at| read[row].attributes[slot(at) as usize].clone();
    assert_eq!((of(0, NAME), of(0, AGE), of(0, BONUS)), (t("new"), Value::Integer(1), d("2.5")));
    assert_eq!((of(1, NAME), of(1, AGE), of(1, BONUS)), (t("new"), Value::Integer(2), Value::Empty));
    assert_eq!((of(2, NAME), of(2, AGE), of(2, BONUS)), (t("old"), Value::Empty, d("1")));
}

async fn updates_name_what_is_missing(db: Db) {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &[row(&plan, TAG, 1, &[])]).await;
    let change = |id| ChangedRow { entity: TAG, id: ObjectId(id), attributes: vec![(0, t("x"))], references: vec![] };
    let mut at = store.begin(plan);
    assert_eq!(at.update(&[change(9)]).await.unwrap(), [ObjectId(9)]);
    assert_eq!(at.update(&[change(8), change(1), change(7)]).await.unwrap(), [ObjectId(7), ObjectId(8)]);
    assert_eq!(at.update(&[]).await.unwrap(), []);
}

async fn references_are_read_with_their_owner(db: Db) {
    let (store, plan) = db.open(model()).await;
    assert_eq!(plan.references(VIP), [BOSS]);
    assert_eq!(plan.references(ORDER), [ORDER_CUSTOMER]);
    let mut worker = row(&plan, VIP, 1, &[]);
    worker.references = vec![(BOSS, ObjectId(2))];
    store_rows(&store, &plan, &[worker, row(&plan, PERSON, 2, &[])]).await;
    let mut at = store.begin(plan);
    let read = at.get(PERSON, &[ObjectId(1), ObjectId(2)]).await.unwrap();
    assert_eq!(read[0].references, [(BOSS, Some(ObjectId(2)))]);
    assert_eq!(read[1].references, [(BOSS, None)]);
    let change = ChangedRow { entity: VIP, id: ObjectId(1), attributes: vec![], references: vec![(BOSS, None)] };
    at.update(&[change]).await.unwrap();
    assert_eq!(at.get(VIP, &[ObjectId(1)]).await.unwrap()[0].references, [(BOSS, None)]);
}

async fn associations_are_followed_in_batches(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut rows = vec![row(&plan, CUSTOMER, 1, &[]), row(&plan, VIP, 2, &[])];
    for id in 11..=14 {
        let mut order = row(&plan, ORDER, id, &[(CODE, t(&id.to_string()))]);
        order.references = vec![(ORDER_CUSTOMER, ObjectId(1 + id % 2))];
        rows.push(order);
    }
    rows.push(row(&plan, TAG, 21, &[]));
    rows.push(row(&plan, TAG, 22, &[]));
    let mut at = store.begin(plan);
    at.insert(&rows).await.unwrap();
    let link = |from, to| Link { from: ObjectId(from), to: ObjectId(to) };
    at.link(ORDER_TAG, &[link(11, 21), link(11, 22), link(12, 22)]).await.unwrap();
    let of = |ids: &[i64]| ids.iter().copied().map(ObjectId).collect::<Vec<_>>();
    let pairs = |found: Vec<(ObjectId, brooklet_store::Row)>| -> Vec<_> {
        found.into_iter().map(|(near, row)| (near.0, row.id.0, row.entity)).collect()
    };
    let orders = at.follow(ORDER_CUSTOMER, true, &of(&[1, 2])).await.unwrap();
    assert_eq!(pairs(orders), [(1, 12, ORDER), (1, 14, ORDER), (2, 11, ORDER), (2, 13, ORDER)]);
    let customers = at.follow(ORDER_CUSTOMER, false, &of(&[11, 12])).await.unwrap();
    assert_eq!(pairs(customers), [(11, 2, VIP), (12, 1, CUSTOMER)]);
    let tags = at.follow(ORDER_TAG, false, &of(&[11, 12, 13])).await.unwrap();
    assert_eq!(pairs(tags), [(11, 21, TAG), (11, 22, TAG), (12, 22, TAG)]);
    let tagged = at.follow(ORDER_TAG, true, &of(&[22])).await.unwrap();
    assert_eq!(pairs(tagged), [(22, 11, ORDER), (22, 12, ORDER)]);
    assert_eq!(at.links(ORDER_CUSTOMER, true, &of(&[1])).await.unwrap(), [link(12, 1), link(14, 1)]);
    assert_eq!(at.links(ORDER_CUSTOMER, false, &of(&[11, 99])).await.unwrap(), [link(11, 2)]);
    assert_eq!(at.links(ORDER_TAG, true, &of(&[22])).await.unwrap(), [link(11, 22), link(12, 22)]);
    assert_eq!(at.follow(ORDER_TAG, true, &[]).await.unwrap(), []);
}

async fn sets_are_linked_and_unlinked(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut rows = vec![row(&plan, ORDER, 1, &[(CODE, t("1"))]), row(&plan, ORDER, 2, &[(CODE, t("2"))])];
    rows.extend((11..=13).map(|id| row(&plan, TAG, id, &[])));
    let mut at = store.begin(plan);
    at.insert(&rows).await.unwrap();
    let link = |from, to| Link { from: ObjectId(from), to: ObjectId(to) };
    at.link(ORDER_TAG, &[link(1, 11), link(1, 12), link(2, 11)]).await.unwrap();
    at.link(ORDER_TAG, &[link(1, 11)]).await.unwrap();
    at.link(ORDER_TAG, &[]).await.unwrap();
    at.unlink(ORDER_TAG, &[link(1, 12), link(2, 13)]).await.unwrap();
    at.unlink(ORDER_TAG, &[link(2, 12)]).await.unwrap();
    let both = [ObjectId(1), ObjectId(2)];
    assert_eq!(at.links(ORDER_TAG, false, &both).await.unwrap(), [link(1, 11), link(2, 11)]);
    assert!(matches!(at.link(ORDER_CUSTOMER, &[link(1, 1)]).await.unwrap_err(), StoreError::Model(_)));
}

async fn deleting_clears_references(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut order = row(&plan, ORDER, 1, &[(CODE, t("1"))]);
    order.references = vec![(ORDER_CUSTOMER, ObjectId(2))];
    let mut at = store.begin(plan.clone());
    at.insert(&[order, row(&plan, VIP, 2, &[]), row(&plan, TAG, 3, &[])]).await.unwrap();
    at.link(ORDER_TAG, &[Link { from: ObjectId(1), to: ObjectId(3) }]).await.unwrap();
    at.commit().await.unwrap();
    assert_eq!(at.delete(&[(VIP, ObjectId(2)), (TAG, ObjectId(3)), (TAG, ObjectId(99))]).await.unwrap(), 2);
    at.commit().await.unwrap();
    assert_eq!(at.get(ORDER, &[ObjectId(1)]).await.unwrap()[0].references, [(ORDER_CUSTOMER, None)]);
    assert_eq!(at.links(ORDER_TAG, false, &[ObjectId(1)]).await.unwrap(), []);
    assert_eq!(ids(&mut at, &Query::all(PERSON)).await, [0; 0]);
}

async fn deleting_names_concrete_entities(db: Db) {
    let (store, plan) = db.open(model()).await;
    let rows = [row(&plan, PERSON, 1, &[]), row(&plan, CUSTOMER, 2, &[]), row(&plan, VIP, 3, &[])];
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    assert_eq!(at.delete(&[(CUSTOMER, ObjectId(2)), (VIP, ObjectId(3))]).await.unwrap(), 2);
    assert_eq!(ids(&mut at, &Query::all(PERSON)).await, [1]);
    assert_eq!(ids(&mut at, &Query::all(CUSTOMER)).await, [0; 0]);
    assert_eq!(at.delete(&[]).await.unwrap(), 0);
}

async fn references_to_nothing_are_refused_at_the_end(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut order = row(&plan, ORDER, 1, &[(CODE, t("1"))]);
    order.references = vec![(ORDER_CUSTOMER, ObjectId(77))];
    let mut at = store.begin(plan);
    at.insert(&[order]).await.unwrap();
    assert!(matches!(at.commit().await.unwrap_err(), StoreError::Foreign { .. }));
    assert_eq!(ids(&mut at, &Query::all(ORDER)).await, [0; 0]);
    // The connection is good for the next transaction.
    at.start().await.unwrap();
    at.commit().await.unwrap();
}

async fn new_objects_refer_to_one_another(db: Db) {
    let (store, plan) = db.open(model()).await;
    let person = |id, boss| {
        let mut person = row(&plan, PERSON, id, &[]);
        person.references = vec![(BOSS, ObjectId(boss))];
        person
    };
    store_rows(&store, &plan, &[person(1, 2), person(2, 1), person(3, 3)]).await;
    assert_eq!(store.begin(plan.clone()).links(BOSS, true, &[ObjectId(1)]).await.unwrap().len(), 1);
}

async fn one_to_one_references_are_unique(db: Db) {
    let (store, plan) = db.open(model()).await;
    let passport = |id, person: Option<i64>| {
        let mut passport = row(&plan, PASSPORT, id, &[]);
        passport.references = person.map(|id| (PASSPORT_PERSON, ObjectId(id))).into_iter().collect();
        passport
    };
    let rows = [row(&plan, PERSON, 1, &[]), passport(11, Some(1)), passport(12, None), passport(13, None)];
    store_rows(&store, &plan, &rows).await;
    let error = store.begin(plan.clone()).insert(&[passport(14, Some(1))]).await.unwrap_err();
    match error {
        StoreError::Unique { entity, members, .. } => {
            assert_eq!((entity.as_str(), members), ("Shop.Passport", vec!["Shop.Passport_Person".to_owned()]));
        }
        other => panic!("{other}"),
    }
}

async fn associations_with_unstored_ends_are_not_stored(db: Db) {
    let (_, plan) = db.open(model()).await;
    assert!(!plan.is_association_stored(ORDER_BASKET) && plan.is_association_stored(ORDER_TAG));
    assert!(!plan.is_stored(BASKET) && plan.is_stored(VIP));
    assert_eq!(plan.auto_numbers(VIP), [NUMBER.index]);
}

async fn references_can_be_cleared(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut order = row(&plan, ORDER, 1, &[(CODE, t("1"))]);
    order.references = vec![(ORDER_CUSTOMER, ObjectId(2))];
    let mut at = store.begin(plan.clone());
    at.insert(&[order, row(&plan, CUSTOMER, 2, &[]), row(&plan, TAG, 3, &[])]).await.unwrap();
    at.link(ORDER_TAG, &[Link { from: ObjectId(1), to: ObjectId(3) }]).await.unwrap();
    at.clear_references(ORDER_CUSTOMER, &[ObjectId(2)]).await.unwrap();
    at.clear_references(ORDER_TAG, &[ObjectId(3)]).await.unwrap();
    assert_eq!(at.links(ORDER_CUSTOMER, false, &[ObjectId(1)]).await.unwrap(), []);
    assert_eq!(at.links(ORDER_TAG, false, &[ObjectId(1)]).await.unwrap(), []);
}
