//! Conditions over associations.

use brooklet_model::*;
use brooklet_store::{Link, QueryParameter, Transaction};
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    a_path_holds_when_some_object_at_its_end_satisfies,
    sets_are_followed_in_both_directions,
    objects_at_the_end_of_a_path_compare,
    to_one_references_compare_like_members,
    steps_filter_and_specialize,
    paths_may_have_many_steps,
    both_sides_may_have_paths,
    paths_start_at_specializations_too,
);

/// Orders 1 (customer 11, tags 21 and 22), 2 (customer 12, tag 21), 3 (nothing); customer 12 is a Vip, and the boss of 11.
async fn shop(db: &Db) -> Transaction {
    let (store, plan) = db.open(model()).await;
    let person = |entity, id, name| row(&plan, entity, id, &[(NAME, t(name)), (LEVEL, Value::Integer(id % 10))]);
    let mut ann = person(CUSTOMER, 11, "Ann");
    ann.references = vec![(BOSS, ObjectId(12))];
    let bob = person(VIP, 12, "Bob");
    let order = |id, code, customer: Option<i64>| {
        let mut order = row(&plan, ORDER, id, &[(CODE, t(code))]);
        order.references = customer.map(|id| (ORDER_CUSTOMER, ObjectId(id))).into_iter().collect();
        order
    };
    let tag = |id, name: Option<&str>| row(&plan, TAG, id, &[(TAG_NAME, name.map_or(Value::Empty, t))]);
    let rows = [
        order(1, "A", Some(11)),
        order(2, "B", Some(12)),
        order(3, "C", None),
        ann,
        bob,
        tag(21, Some("hot")),
        tag(22, None),
    ];
    let mut at = store.begin(plan);
    at.insert(&rows).await.unwrap();
    let link = |from, to| Link { from: ObjectId(from), to: ObjectId(to) };
    at.link(ORDER_TAG, &[link(1, 21), link(1, 22), link(2, 21)]).await.unwrap();
    at.commit().await.unwrap();
    at
}

fn customer() -> Vec<PathStep> {
    vec![step(ORDER_CUSTOMER, false, CUSTOMER)]
}

fn tags() -> Vec<PathStep> {
    vec![step(ORDER_TAG, false, TAG)]
}

async fn a_path_holds_when_some_object_at_its_end_satisfies(db: Db) {
    let mut at = shop(&db).await;
    assert_eq!(split(&mut at, ORDER, eq(path(customer(), NAME), literal("Ann"))).await, [1]);
    assert_eq!(split(&mut at, ORDER, ne(path(customer(), NAME), literal("Ann"))).await, [2]);
    assert_eq!(split(&mut at, ORDER, eq(path(tags(), TAG_NAME), literal("hot"))).await, [1, 2]);
    assert_eq!(split(&mut at, ORDER, ne(path(tags(), TAG_NAME), literal("hot"))).await, [1]);
    assert_eq!(split(&mut at, ORDER, eq(path(tags(), TAG_NAME), empty())).await, [1]);
    assert_eq!(split(&mut at, ORDER, Condition::Exists(customer())).await, [1, 2]);
    assert_eq!(split(&mut at, ORDER, Condition::Exists(tags())).await, [1, 2]);
    let contains = Condition::Match { operand: path(customer(), NAME), how: TextMatch::Contains, needle: literal("O") };
    assert_eq!(split(&mut at, ORDER, contains).await, [2]);
}

async fn sets_are_followed_in_both_directions(db: Db) {
    let mut at = shop(&db).await;
    let orders = || vec![step(ORDER_TAG, true, ORDER)];
    assert_eq!(split(&mut at, TAG, eq(path(orders(), CODE), literal("B"))).await, [21]);
    assert_eq!(split(&mut at, TAG, Condition::Exists(orders())).await, [21, 22]);
    let customers_orders = || vec![step(ORDER_CUSTOMER, true, ORDER)];
    assert_eq!(split(&mut at, CUSTOMER, eq(path(customers_orders(), CODE), literal("A"))).await, [11]);
    assert_eq!(split(&mut at, CUSTOMER, Condition::Exists(customers_orders())).await, [11, 12]);
}

async fn objects_at_the_end_of_a_path_compare(db: Db) {
    let mut at = shop(&db).await;
    let ask = |steps: Vec<PathStep>, entity, target, operator| Query {
        parameters: vec![Type::Object(target)],
        ..query(entity, compare(Operand::Identity(steps), operator, Operand::Parameter(0)))
    };
    let object = |id: Option<i64>| [QueryParameter::Object(id.map(ObjectId))];
    let (equal, different) = (CompareOperator::Equal, CompareOperator::NotEqual);
    // A set: some tag is it; some tag is another, or there is none.
    assert_eq!(ids_with(&mut at, &ask(tags(), ORDER, TAG, equal), &object(Some(22))).await, [1]);
    assert_eq!(ids_with(&mut at, &ask(tags(), ORDER, TAG, different), &object(Some(21))).await, [1, 3]);
    assert_eq!(ids_with(&mut at, &ask(tags(), ORDER, TAG, equal), &object(None)).await, [3]);
    assert_eq!(ids_with(&mut at, &ask(tags(), ORDER, TAG, different), &object(None)).await, [1, 2]);
    let orders = || vec![step(ORDER_CUSTOMER, true, ORDER)];
    assert_eq!(ids_with(&mut at, &ask(orders(), CUSTOMER, ORDER, equal), &object(Some(2))).await, [12]);
    let list = Query { parameters: vec![Type::List(TAG)], ..ask(tags(), ORDER, TAG, equal) };
    assert_eq!(ids_with(&mut at, &list, &[QueryParameter::Objects(vec![ObjectId(22), ObjectId(5)])]).await, [1]);
}

async fn to_one_references_compare_like_members(db: Db) {
    let mut at = shop(&db).await;
    let ask = |operator, negated: bool| {
        let condition = compare(Operand::Identity(customer()), operator, Operand::Parameter(0));
        let condition = if negated { not(condition) } else { condition };
        Query { parameters: vec![Type::Object(CUSTOMER)], ..query(ORDER, condition) }
    };
    let object = |id: Option<i64>| [QueryParameter::Object(id.map(ObjectId))];
    for (operator, negated) in [(CompareOperator::Equal, false), (CompareOperator::NotEqual, true)] {
        assert_eq!(ids_with(&mut at, &ask(operator, negated), &object(Some(11))).await, [1]);
        assert_eq!(ids_with(&mut at, &ask(operator, negated), &object(None)).await, [3]);
    }
    for (operator, negated) in [(CompareOperator::Equal, true), (CompareOperator::NotEqual, false)] {
        assert_eq!(ids_with(&mut at, &ask(operator, negated), &object(Some(11))).await, [2, 3]);
        assert_eq!(ids_with(&mut at, &ask(operator, negated), &object(None)).await, [1, 2]);
    }
}

async fn steps_filter_and_specialize(db: Db) {
    let mut at = shop(&db).await;
    let filtered = |filter| PathStep { filter: Some(Box::new(filter)), ..step(ORDER_TAG, false, TAG) };
    let hot = filtered(eq(own(TAG_NAME), literal("hot")));
    assert_eq!(split(&mut at, ORDER, Condition::Exists(vec![hot.clone()])).await, [1, 2]);
    let unnamed = filtered(eq(own(TAG_NAME), empty()));
    assert_eq!(split(&mut at, ORDER, Condition::Exists(vec![unnamed])).await, [1]);
    let nested = filtered(Condition::Exists(vec![PathStep {
        filter: Some(Box::new(eq(own(CODE), literal("B")))),
        ..step(ORDER_TAG, true, ORDER)
    }]));
    assert_eq!(split(&mut at, ORDER, Condition::Exists(vec![nested])).await, [1, 2]);
    let hot_identity = Query {
        parameters: vec![Type::Object(TAG)],
        ..query(ORDER, eq(Operand::Identity(vec![hot]), Operand::Parameter(0)))
    };
    assert_eq!(ids_with(&mut at, &hot_identity, &[QueryParameter::Object(Some(ObjectId(22)))]).await, [0; 0]);

    let vip = || vec![step(ORDER_CUSTOMER, false, VIP)];
    assert_eq!(split(&mut at, ORDER, Condition::Exists(vip())).await, [2]);
    assert_eq!(split(&mut at, ORDER, eq(path(vip(), BONUS), empty())).await, [2]);
    assert_eq!(split(&mut at, ORDER, eq(path(vip(), NAME), literal("Bob"))).await, [2]);
}

async fn paths_may_have_many_steps(db: Db) {
    let mut at = shop(&db).await;
    let boss = || vec![step(ORDER_CUSTOMER, false, CUSTOMER), step(BOSS, false, PERSON)];
    assert_eq!(split(&mut at, ORDER, eq(path(boss(), NAME), literal("Bob"))).await, [1]);
    assert_eq!(split(&mut at, ORDER, Condition::Exists(boss())).await, [1]);
    let identity = |operator| Query {
        parameters: vec![Type::Object(PERSON)],
        ..query(ORDER, compare(Operand::Identity(boss()), operator, Operand::Parameter(0)))
    };
    let bob = [QueryParameter::Object(Some(ObjectId(12)))];
    assert_eq!(ids_with(&mut at, &identity(CompareOperator::Equal), &bob).await, [1]);
    assert_eq!(ids_with(&mut at, &identity(CompareOperator::NotEqual), &bob).await, [2, 3]);
    let tags_of_orders =
        vec![step(ORDER_CUSTOMER, true, ORDER), step(ORDER_TAG, false, TAG), step(ORDER_TAG, true, ORDER)];
    assert_eq!(split(&mut at, CUSTOMER, eq(path(tags_of_orders, CODE), literal("A"))).await, [11, 12]);
    let staff = vec![step(BOSS, true, PERSON)];
    assert_eq!(split(&mut at, PERSON, Condition::Exists(staff)).await, [12]);
}

async fn both_sides_may_have_paths(db: Db) {
    let mut at = shop(&db).await;
    let boss = || vec![step(BOSS, false, PERSON)];
    let staff = || vec![step(BOSS, true, PERSON)];
    assert_eq!(split(&mut at, PERSON, eq(path(boss(), NAME), own(NAME))).await, [0; 0]);
    assert_eq!(split(&mut at, PERSON, ne(own(NAME), path(boss(), NAME))).await, [11]);
    assert_eq!(split(&mut at, PERSON, eq(path(boss(), NAME), path(boss(), NAME))).await, [11]);
    assert_eq!(split(&mut at, PERSON, eq(path(boss(), NAME), path(staff(), NAME))).await, [0; 0]);
}

async fn paths_start_at_specializations_too(db: Db) {
    let mut at = shop(&db).await;
    assert_eq!(split(&mut at, VIP, Condition::Exists(vec![step(ORDER_CUSTOMER, true, ORDER)])).await, [12]);
    assert_eq!(split(&mut at, VIP, Condition::Exists(vec![step(BOSS, true, PERSON)])).await, [12]);
    // A generalization's candidate has a specialization's member when it is one.
    assert_eq!(split(&mut at, PERSON, eq(own(LEVEL), literal(1))).await, [11]);
}
