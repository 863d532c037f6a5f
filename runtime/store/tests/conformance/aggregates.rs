//! Counts, sums, averages and extremes in the database.

use brooklet_model::*;
use brooklet_store::{Aggregate, Bindings, StoreError, Transaction};
use brooklet_values::Value;

use crate::{harness::Db, shop::*};

on_both!(
    aggregates_ignore_missing_values,
    aggregates_over_nothing,
    sums_of_decimals_are_exact,
    averages_have_34_digits,
    sums_beyond_64_bits_are_refused,
    extremes_of_every_type,
    inherited_attributes_and_constraints,
);

async fn aggregate(at: &mut Transaction, query: &Query, aggregate: Aggregate, attribute: AttributeRef) -> Value {
    let compiled = at.plan().compile(query).unwrap();
    at.aggregate(&compiled, &Bindings::none(), aggregate, attribute).await.unwrap()
}

/// People with values of one attribute.
async fn filled(db: &Db, attribute: AttributeRef, values: Vec<Value>) -> Transaction {
    let (store, plan) = db.open(model()).await;
    let person = |(i, value): (usize, Value)| row(&plan, PERSON, i as i64 + 1, &[(attribute, value)]);
    let rows: Vec<_> = values.into_iter().enumerate().map(person).collect();
    store_rows(&store, &plan, &rows).await;
    store.begin(plan)
}

async fn aggregates_ignore_missing_values(db: Db) {
    let mut at = filled(&db, AGE, vec![Value::Integer(1), Value::Empty, Value::Integer(4)]).await;
    let all = Query::all(PERSON);
    assert_eq!(aggregate(&mut at, &all, Aggregate::Sum, AGE).await, Value::Integer(5));
    assert_eq!(aggregate(&mut at, &all, Aggregate::Average, AGE).await, d("2.5"));
    assert_eq!(aggregate(&mut at, &all, Aggregate::Minimum, AGE).await, Value::Integer(1));
    assert_eq!(aggregate(&mut at, &all, Aggregate::Maximum, AGE).await, Value::Integer(4));
}

async fn aggregates_over_nothing(db: Db) {
    let mut at = filled(&db, AGE, vec![Value::Empty]).await;
    for query in [Query::all(PERSON), query(PERSON, Condition::Constant(false))] {
        assert_eq!(aggregate(&mut at, &query, Aggregate::Sum, AGE).await, Value::Integer(0));
        assert_eq!(aggregate(&mut at, &query, Aggregate::Sum, SCORE).await, d("0"));
        for kind in [Aggregate::Average, Aggregate::Minimum, Aggregate::Maximum] {
            assert_eq!(aggregate(&mut at, &query, kind, AGE).await, Value::Empty);
            assert_eq!(aggregate(&mut at, &query, kind, SCORE).await, Value::Empty);
        }
    }
}

async fn sums_of_decimals_are_exact(db: Db) {
    let values = ["0.1", "0.2", "99999999999999999999.99999999", "-0.00000001"].map(d);
    let mut at = filled(&db, SCORE, values.to_vec()).await;
    let all = Query::all(PERSON);
    assert_eq!(aggregate(&mut at, &all, Aggregate::Sum, SCORE).await, d("100000000000000000000.29999998"));
    assert_eq!(aggregate(&mut at, &all, Aggregate::Minimum, SCORE).await, d("-0.00000001"));
    assert_eq!(aggregate(&mut at, &all, Aggregate::Maximum, SCORE).await, d("99999999999999999999.99999999"));
}

async fn averages_have_34_digits(db: Db) {
    let mut at = filled(&db, SCORE, vec![d("1"), d("1"), d("0")]).await;
    let average = aggregate(&mut at, &Query::all(PERSON), Aggregate::Average, SCORE).await;
    assert_eq!(average, d(&format!("0.{}7", "6".repeat(33))));
}

async fn sums_beyond_64_bits_are_refused(db: Db) {
    let mut at = filled(&db, AGE, vec![Value::Integer(i64::MAX), Value::Integer(1)]).await;
    let all = at.plan().compile(&Query::all(PERSON)).unwrap();
    let error = at.aggregate(&all, &Bindings::none(), Aggregate::Sum, AGE).await.unwrap_err();
    assert!(matches!(error, StoreError::Value { .. }), "{error}");
    let average = at.aggregate(&all, &Bindings::none(), Aggregate::Average, AGE).await.unwrap();
    assert_eq!(average, d("4611686018427387904"));
}

async fn extremes_of_every_type(db: Db) {
    let (store, plan) = db.open(model()).await;
    let key = |key: &str| Value::Enumeration(key.into());
    let low = [(NAME, t("B")), (BORN, Value::DateTime(-5)), (ACTIVE, Value::Boolean(false)), (COLOR, key("Green"))];
    let high = [(NAME, t("a")), (BORN, Value::DateTime(7)), (ACTIVE, Value::Boolean(true)), (COLOR, key("Red"))];
    store_rows(&store, &plan, &[row(&plan, PERSON, 1, &high), row(&plan, PERSON, 2, &low)]).await;
    let mut at = store.begin(plan);
    for (values, kind) in [(low, Aggregate::Minimum), (high, Aggregate::Maximum)] {
        for (attribute, value) in values {
            assert_eq!(aggregate(&mut at, &Query::all(PERSON), kind, attribute).await, value);
        }
    }
}

async fn inherited_attributes_and_constraints(db: Db) {
    let (store, plan) = db.open(model()).await;
    let vip = |id, age| row(&plan, VIP, id, &[(AGE, Value::Integer(age)), (LEVEL, Value::Integer(id))]);
    let rows = [vip(1, 10), vip(2, 20), vip(3, 30), row(&plan, PERSON, 4, &[(AGE, Value::Integer(1_000))])];
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    let some = query(VIP, compare(own(LEVEL), CompareOperator::Less, literal(3)));
    assert_eq!(aggregate(&mut at, &some, Aggregate::Sum, AGE).await, Value::Integer(30));
    assert_eq!(aggregate(&mut at, &Query::all(CUSTOMER), Aggregate::Sum, AGE).await, Value::Integer(60));
}
