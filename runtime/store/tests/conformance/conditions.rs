//! Conditions over the candidate's own members, with and without values.

use brooklet_model::*;
use brooklet_store::{Bindings, QueryParameter, Range};
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    equality_is_total,
    relations_never_hold_for_missing_values,
    a_missing_parameter_means_empty,
    junctions_and_constants,
    attributes_compare_with_one_another,
    decimals_and_integers_compare_by_value,
    truth_values_hold_or_not,
    the_current_user_and_its_roles,
    identities_compare,
    lists_of_objects_are_parameters,
    tokens_are_computed_when_the_query_runs,
    date_parts_are_in_utc,
    what_cannot_be_compared_is_refused,
);

/// Ages 10, 20, none, 30.
async fn ages(db: &Db) -> brooklet_store::Transaction {
    let (store, plan) = db.open(model()).await;
    let ages = [Value::Integer(10), Value::Integer(20), Value::Empty, Value::Integer(30)];
    let rows: Vec<_> =
        ages.into_iter().enumerate().map(|(i, age)| row(&plan, PERSON, i as i64 + 1, &[(AGE, age)])).collect();
    store_rows(&store, &plan, &rows).await;
    store.begin(plan)
}

async fn equality_is_total(db: Db) {
    let mut at = ages(&db).await;
    assert_eq!(split(&mut at, PERSON, eq(own(AGE), literal(20))).await, [2]);
    assert_eq!(split(&mut at, PERSON, ne(own(AGE), literal(20))).await, [1, 3, 4]);
    assert_eq!(split(&mut at, PERSON, eq(own(AGE), empty())).await, [3]);
    assert_eq!(split(&mut at, PERSON, ne(empty(), own(AGE))).await, [1, 2, 4]);
    assert_eq!(split(&mut at, PERSON, eq(empty(), empty())).await, [1, 2, 3, 4]);
    assert_eq!(split(&mut at, PERSON, eq(literal(1), empty())).await, [0; 0]);
}

async fn relations_never_hold_for_missing_values(db: Db) {
    use CompareOperator as C;
    let mut at = ages(&db).await;
    for (operator, expected) in
        [(C::Less, vec![1]), (C::LessOrEqual, vec![1, 2]), (C::Greater, vec![4]), (C::GreaterOrEqual, vec![2, 4])]
    {
        assert_eq!(split(&mut at, PERSON, compare(own(AGE), operator, literal(20))).await, expected);
        assert_eq!(split(&mut at, PERSON, compare(own(AGE), operator, empty())).await, [0; 0]);
    }
}

async fn a_missing_parameter_means_empty(db: Db) {
    let mut at = ages(&db).await;
    let with = |operator, negated: bool| {
        let condition = compare(own(AGE), operator, Operand::Parameter(0));
        let condition = if negated { not(condition) } else { condition };
        Query { parameters: vec![Type::Integer], ..query(PERSON, condition) }
    };
    let (some, none) = ([QueryParameter::Value(Value::Integer(20))], [QueryParameter::Value(Value::Empty)]);
    let equal = with(CompareOperator::Equal, false);
    assert_eq!(ids_with(&mut at, &equal, &some).await, [2]);
    assert_eq!(ids_with(&mut at, &equal, &none).await, [3]);
    let different = with(CompareOperator::Equal, true);
    assert_eq!(ids_with(&mut at, &different, &some).await, [1, 3, 4]);
    assert_eq!(ids_with(&mut at, &different, &none).await, [1, 2, 4]);
    let less = with(CompareOperator::Less, false);
    assert_eq!(ids_with(&mut at, &less, &none).await, [0; 0]);

    // One compiled query serves both in turn.
    let compiled = at.plan().compile(&equal).unwrap();
    for (parameters, expected) in [(&some, 2), (&none, 3), (&some, 2)] {
        let bindings = Bindings { parameters, ..Bindings::none() };
        let rows = at.retrieve(&compiled, &bindings, Range::ALL).await.unwrap();
        assert_eq!(rows[0].id, ObjectId(expected));
    }
}

async fn junctions_and_constants(db: Db) {
    let mut at = ages(&db).await;
    let is = |age| eq(own(AGE), literal(age));
    assert_eq!(split(&mut at, PERSON, Condition::Or(vec![is(10), is(30)])).await, [1, 4]);
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![not(is(10)), not(is(30))])).await, [2, 3]);
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![])).await, [1, 2, 3, 4]);
    assert_eq!(split(&mut at, PERSON, Condition::Or(vec![])).await, [0; 0]);
    assert_eq!(split(&mut at, PERSON, Condition::Constant(true)).await, [1, 2, 3, 4]);
    let mixed = Condition::And(vec![
        Condition::Or(vec![is(10), Condition::Constant(false), is(20)]),
        not(Condition::And(vec![is(10), Condition::Constant(true)])),
    ]);
    assert_eq!(split(&mut at, PERSON, mixed).await, [2]);
}

async fn attributes_compare_with_one_another(db: Db) {
    let (store, plan) = db.open(model()).await;
    let pairs = [(Some("a"), Some("a")), (Some("a"), Some("b")), (None, Some("a")), (Some("a"), None), (None, None)];
    let value = |text: Option<&str>| text.map_or(Value::Empty, t);
    let rows: Vec<_> = pairs
        .iter()
        .enumerate()
        .map(|(i, (name, color))| {
            let color = color.map_or(Value::Empty, |key| Value::Enumeration(key.into()));
            row(&plan, PERSON, i as i64 + 1, &[(NAME, value(*name)), (COLOR, color)])
        })
        .collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    assert_eq!(split(&mut at, PERSON, eq(own(NAME), own(COLOR))).await, [1, 5]);
    assert_eq!(split(&mut at, PERSON, ne(own(NAME), own(COLOR))).await, [2, 3, 4]);
    assert_eq!(split(&mut at, PERSON, compare(own(NAME), CompareOperator::Less, own(COLOR))).await, [2]);
}

async fn decimals_and_integers_compare_by_value(db: Db) {
    let (store, plan) = db.open(model()).await;
    let scores = ["9", "10", "10.5", "-1", "100"];
    let rows: Vec<_> = scores
        .iter()
        .enumerate()
        .map(|(i, score)| row(&plan, PERSON, i as i64 + 1, &[(SCORE, d(score)), (AGE, Value::Integer(10))]))
        .collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    let ten = || Operand::Literal(DefaultValue::Decimal("10.00".into()));
    assert_eq!(split(&mut at, PERSON, eq(own(SCORE), ten())).await, [2]);
    assert_eq!(split(&mut at, PERSON, compare(own(SCORE), CompareOperator::Greater, literal(10))).await, [3, 5]);
    assert_eq!(split(&mut at, PERSON, compare(literal(9), CompareOperator::GreaterOrEqual, own(SCORE))).await, [1, 4]);
    assert_eq!(split(&mut at, PERSON, compare(own(SCORE), CompareOperator::Less, own(AGE))).await, [1, 4]);
    assert_eq!(split(&mut at, PERSON, compare(own(AGE), CompareOperator::Less, own(SCORE))).await, [3, 5]);
    assert_eq!(split(&mut at, PERSON, eq(own(AGE), ten())).await, [1, 2, 3, 4, 5]);
    for (kind, value) in [(Type::Integer, Value::Integer(10)), (Type::Decimal, d("10"))] {
        let more = query(PERSON, compare(own(SCORE), CompareOperator::Greater, Operand::Parameter(0)));
        let more = Query { parameters: vec![kind], ..more };
        assert_eq!(ids_with(&mut at, &more, &[QueryParameter::Value(value)]).await, [3, 5]);
    }
}

async fn truth_values_hold_or_not(db: Db) {
    let (store, plan) = db.open(model()).await;
    let values = [Value::Boolean(true), Value::Boolean(false), Value::Empty];
    let rows: Vec<_> =
        values.into_iter().enumerate().map(|(i, value)| row(&plan, PERSON, i as i64 + 1, &[(ACTIVE, value)])).collect();
    store_rows(&store, &plan, &rows).await;
    let mut at = store.begin(plan);
    assert_eq!(split(&mut at, PERSON, Condition::Holds(own(ACTIVE))).await, [1]);
    let is_false = eq(own(ACTIVE), literal(DefaultValue::Boolean(false)));
    assert_eq!(split(&mut at, PERSON, is_false).await, [2]);
    let parameter = Query { parameters: vec![Type::Boolean], ..query(PERSON, Condition::Holds(Operand::Parameter(0))) };
    assert_eq!(ids_with(&mut at, &parameter, &[QueryParameter::Value(Value::Boolean(true))]).await, [1, 2, 3]);
    assert_eq!(ids_with(&mut at, &parameter, &[QueryParameter::Value(Value::Empty)]).await, [0; 0]);
}

async fn the_current_user_and_its_roles(db: Db) {
    let mut at = ages(&db).await;
    let mine = at.plan().compile(&query(PERSON, eq(Operand::Identity(vec![]), Operand::CurrentUser))).unwrap();
    let role = at.plan().compile(&query(PERSON, Condition::Holds(Operand::UserRole("Admin".into())))).unwrap();
    let admin = ["Admin".to_owned()];
    let me = Bindings { current_user: Some(ObjectId(2)), user_roles: &admin, ..Bindings::none() };
    assert_eq!(at.count(&mine, &me).await.unwrap(), 1);
    assert_eq!(at.count(&role, &me).await.unwrap(), 4);
    assert_eq!(at.count(&mine, &Bindings::none()).await.unwrap(), 0);
    assert_eq!(at.count(&role, &Bindings::none()).await.unwrap(), 0);
}

async fn identities_compare(db: Db) {
    let mut at = ages(&db).await;
    let same = query(PERSON, eq(Operand::Identity(vec![]), Operand::Parameter(0)));
    let same = Query { parameters: vec![Type::Object(PERSON)], ..same };
    assert_eq!(ids_with(&mut at, &same, &[QueryParameter::Object(Some(ObjectId(3)))]).await, [3]);
    assert_eq!(ids_with(&mut at, &same, &[QueryParameter::Object(None)]).await, [0; 0]);
    let other = query(PERSON, ne(Operand::Identity(vec![]), Operand::Parameter(0)));
    let other = Query { parameters: vec![Type::Object(PERSON)], ..other };
    assert_eq!(ids_with(&mut at, &other, &[QueryParameter::Object(Some(ObjectId(3)))]).await, [1, 2, 4]);
    assert_eq!(ids_with(&mut at, &other, &[QueryParameter::Object(None)]).await, [1, 2, 3, 4]);
}

async fn lists_of_objects_are_parameters(db: Db) {
    let mut at = ages(&db).await;
    let among = query(PERSON, eq(Operand::Identity(vec![]), Operand::Parameter(0)));
    let among = Query { parameters: vec![Type::List(PERSON)], ..among };
    let list = |ids: &[i64]| [QueryParameter::Objects(ids.iter().copied().map(ObjectId).collect())];
    assert_eq!(ids_with(&mut at, &among, &list(&[4, 1, 9])).await, [1, 4]);
    assert_eq!(ids_with(&mut at, &among, &list(&[])).await, [0; 0]);
}

async fn tokens_are_computed_when_the_query_runs(db: Db) {
    let (store, plan) = db.open(model()).await;
    let born = |id, ms| row(&plan, PERSON, id, &[(BORN, Value::DateTime(ms))]);
    store_rows(&store, &plan, &[born(1, 1_000), born(2, 2_000)]).await;
    let mut at = store.begin(plan);
    let today = Token { unit: Some(DateTokenUnit::Day), end: false, day_offset: 0, utc: true, offsets: Vec::new() };
    let later = query(PERSON, compare(own(BORN), CompareOperator::Greater, Operand::Token(today.clone())));
    let later = at.plan().compile(&later).unwrap();
    for (now_ms, expected) in [(0, 2), (1_000, 1), (5_000, 0)] {
        let tokens = |token: &Token| if *token == today { now_ms } else { panic!("another token") };
        let bindings = Bindings { tokens: &tokens, ..Bindings::none() };
        assert_eq!(at.count(&later, &bindings).await.unwrap(), expected);
    }
}

async fn date_parts_are_in_utc(db: Db) {
    use XPathFunction as F;
    let (store, plan) = db.open(model()).await;
    // 2021-01-03T23:59:58.999Z, a Sunday in ISO week 53 of 2020; and 1969-12-31T23:59:59.500Z, a Wednesday.
    let born = |id, ms| row(&plan, PERSON, id, &[(BORN, Value::DateTime(ms))]);
    store_rows(&store, &plan, &[born(1, 1_609_718_398_999), born(2, -500), row(&plan, PERSON, 3, &[])]).await;
    let mut at = store.begin(plan);
    for (function, first, second) in [
        (F::YearFromDateTime, 2021, 1969),
        (F::QuarterFromDateTime, 1, 4),
        (F::MonthFromDateTime, 1, 12),
        (F::DayFromDateTime, 3, 31),
        (F::HoursFromDateTime, 23, 23),
        (F::MinutesFromDateTime, 59, 59),
        (F::SecondsFromDateTime, 58, 59),
        (F::WeekFromDateTime, 53, 1),
        (F::WeekdayFromDateTime, 1, 4),
        (F::DayOfYearFromDateTime, 3, 365),
    ] {
        for (id, part) in [(1, first), (2, second)] {
            let is = eq(Operand::Function(function, Box::new(own(BORN))), literal(part));
            assert!(split(&mut at, PERSON, is).await.contains(&id), "{function:?} of {id} is {part}");
        }
    }
    let none = eq(Operand::Function(F::YearFromDateTime, Box::new(own(BORN))), empty());
    assert_eq!(split(&mut at, PERSON, none).await, [3]);
}

async fn what_cannot_be_compared_is_refused(db: Db) {
    let at = ages(&db).await;
    let refused = [
        query(PERSON, eq(own(NAME), literal(1))),
        query(PERSON, Condition::Holds(own(NAME))),
        query(BASKET, Condition::Constant(true)),
        query(PERSON, eq(own(AttributeRef { entity: PERSON, index: 9 }), literal("calculated"))),
        query(PERSON, eq(own(CODE), literal("another entity's"))),
        query(PERSON, eq(own(AGE), Operand::Parameter(3))),
    ];
    for query in refused {
        let error = at.plan().compile(&query).unwrap_err();
        assert!(!error.client_message().contains("SELECT"), "{error}");
    }
}
