//! Order, and parts of it.

use brooklet_model::*;
use brooklet_store::{Bindings, Link, Range, Transaction};
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    without_a_key_objects_come_by_id,
    missing_values_come_last_and_first,
    texts_sort_by_code_point,
    decimals_sort_by_value,
    paths_to_many_sort_by_the_least,
    many_keys_and_ties,
    a_range_is_a_part_of_the_order,
);

fn sorted(entity: EntityId, keys: &[(Operand, bool)]) -> Query {
    let key = |(operand, descending): &(Operand, bool)| match operand {
        Operand::Attribute(path) => SortKey { path: path.clone(), descending: *descending },
        _ => unreachable!("keys are attributes"),
    };
    Query { sort: keys.iter().map(key).collect(), ..Query::all(entity) }
}

async fn named(db: &Db, names: &[Option<&str>]) -> Transaction {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &people(&plan, names)).await;
    store.begin(plan)
}

async fn without_a_key_objects_come_by_id(db: Db) {
    let (store, plan) = db.open(model()).await;
    let rows: Vec<_> = [5, 3, 9, 1].into_iter().map(|id| row(&plan, TAG, id, &[])).collect();
    store_rows(&store, &plan, &rows).await;
    assert_eq!(ids(&mut store.begin(plan), &Query::all(TAG)).await, [1, 3, 5, 9]);
}

async fn missing_values_come_last_and_first(db: Db) {
    let mut at = named(&db, &[None, Some("b"), Some("a"), None]).await;
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(NAME), false)])).await, [3, 2, 1, 4]);
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(NAME), true)])).await, [1, 4, 2, 3]);
}

async fn texts_sort_by_code_point(db: Db) {
    let mut at =
        named(&db, &[Some("a"), Some("B"), Some("é"), Some("Z"), Some("_"), Some("😀"), Some("\u{ffff}")]).await;
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(NAME), false)])).await, [2, 4, 5, 1, 3, 7, 6]);
    let between = Condition::And(vec![
        compare(own(NAME), CompareOperator::GreaterOrEqual, literal("B")),
        compare(own(NAME), CompareOperator::Less, literal("a")),
    ]);
    assert_eq!(split(&mut at, PERSON, between).await, [2, 4, 5]);
}

async fn decimals_sort_by_value(db: Db) {
    let (store, plan) = db.open(model()).await;
    let scores = ["10", "9", "-10", "-9.5", "0.00000001", "99999999999999999999.99999999"];
    let rows: Vec<_> =
        scores.iter().enumerate().map(|(i, score)| row(&plan, PERSON, i as i64 + 1, &[(SCORE, d(score))])).collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(SCORE), false)])).await, [3, 4, 5, 2, 1, 6]);
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(SCORE), true)])).await, [6, 1, 2, 5, 4, 3]);
}

async fn paths_to_many_sort_by_the_least(db: Db) {
    let (store, plan) = db.open(model()).await;
    let tag = |id, name| row(&plan, TAG, id, &[(TAG_NAME, t(name))]);
    let customer = |id, score| row(&plan, CUSTOMER, id, &[(SCORE, d(score)), (ACTIVE, Value::Boolean(id == 31))]);
    let order = |id, customer: i64| {
        let mut order = row(&plan, ORDER, id, &[(CODE, t(&id.to_string()))]);
        order.references.push((ORDER_CUSTOMER, ObjectId(customer)));
        order
    };
    let mut at = store.begin(plan.clone());
    let rows =
        [tag(21, "a"), tag(22, "b"), tag(23, "c"), customer(31, "10"), customer(32, "9"), order(1, 31), order(2, 32)];
    at.insert(&rows).await.unwrap();
    at.insert(&[row(&plan, ORDER, 3, &[(CODE, t("3"))])]).await.unwrap();
    let link = |from, to| Link { from: ObjectId(from), to: ObjectId(to) };
    at.link(ORDER_TAG, &[link(1, 22), link(2, 23), link(2, 21)]).await.unwrap();
    at.commit().await.unwrap();
    let by_tag = path(vec![step(ORDER_TAG, false, TAG)], TAG_NAME);
    assert_eq!(ids(&mut at, &sorted(ORDER, &[(by_tag.clone(), false)])).await, [2, 1, 3]);
    assert_eq!(ids(&mut at, &sorted(ORDER, &[(by_tag, true)])).await, [3, 1, 2]);
    let by = |attribute| path(vec![step(ORDER_CUSTOMER, false, CUSTOMER)], attribute);
    assert_eq!(ids(&mut at, &sorted(ORDER, &[(by(SCORE), false)])).await, [2, 1, 3]);
    assert_eq!(ids(&mut at, &sorted(ORDER, &[(by(ACTIVE), false)])).await, [2, 1, 3]);
    let by_orders_customer = path(vec![step(ORDER_TAG, true, ORDER), step(ORDER_CUSTOMER, false, CUSTOMER)], SCORE);
    assert_eq!(ids(&mut at, &sorted(TAG, &[(by_orders_customer, false)])).await, [21, 23, 22]);
}

async fn many_keys_and_ties(db: Db) {
    let (store, plan) = db.open(model()).await;
    let data = [("x", 2), ("x", 1), ("y", 1), ("x", 2)];
    let person = |(i, (name, age)): (usize, &(&str, i64))| {
        row(&plan, PERSON, i as i64 + 1, &[(NAME, t(name)), (AGE, Value::Integer(*age))])
    };
    let rows: Vec<_> = data.iter().enumerate().map(person).collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(NAME), false), (own(AGE), true)])).await, [1, 4, 2, 3]);
    assert_eq!(ids(&mut at, &sorted(PERSON, &[(own(AGE), false), (own(NAME), true)])).await, [3, 2, 1, 4]);
}

async fn a_range_is_a_part_of_the_order(db: Db) {
    let mut at = named(&db, &[Some("a"), Some("b"), Some("c"), Some("d")]).await;
    let query = at.plan().compile(&sorted(PERSON, &[(own(NAME), true)])).unwrap();
    for (limit, offset, expected) in
        [(1, 0, vec![4]), (2, 1, vec![3, 2]), (0, 2, vec![2, 1]), (0, 0, vec![4, 3, 2, 1]), (5, 9, vec![])]
    {
        let rows = at.retrieve(&query, &Bindings::none(), Range { limit, offset }).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id.0).collect::<Vec<_>>(), expected);
    }
}
