//! Candidates of one entity exactly: what access rules, which are not inherited, are made of.

use brooklet_model::*;
use brooklet_store::{Aggregate, Bindings, QueryParameter, Range, Transaction};
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    it_is_the_entity_and_no_specialization,
    a_condition_sees_the_members_of_the_specialization,
    paths_of_the_specialization_are_followed,
    it_combines_with_other_conditions,
    it_nests,
    it_filters_steps,
    parameters_and_the_user_work_inside,
    rows_counts_aggregates_limits_and_orders_agree,
    an_entity_of_another_family_is_refused,
);

/// Persons 1 and 2 (boss 1), customers 11 (level 1, boss 21) and 12 (level 2), vips 21 (level 1, bonus 5) and 22 (level
/// 2, no bonus, boss 21); orders 31 (customer 12) and 32 (customer 21).
async fn people(db: &Db) -> Transaction {
    let (store, plan) = db.open(model()).await;
    let person = |entity, id: i64, name, boss: Option<i64>, values: &[(AttributeRef, Value)]| {
        let mut values = values.to_vec();
        values.push((NAME, t(name)));
        let mut row = row(&plan, entity, id, &values);
        row.references = boss.map(|boss| (BOSS, ObjectId(boss))).into_iter().collect();
        row
    };
    let level = |level| (LEVEL, Value::Integer(level));
    let order = |id, code, customer| {
        let mut order = row(&plan, ORDER, id, &[(CODE, t(code))]);
        order.references = vec![(ORDER_CUSTOMER, ObjectId(customer))];
        order
    };
    let rows = [
        person(PERSON, 1, "Ann", None, &[]),
        person(PERSON, 2, "Bob", Some(1), &[]),
        person(CUSTOMER, 11, "Ann", Some(21), &[level(1)]),
        person(CUSTOMER, 12, "Bob", None, &[level(2)]),
        person(VIP, 21, "Ann", None, &[level(1), (BONUS, d("5"))]),
        person(VIP, 22, "Bob", Some(21), &[level(2)]),
        order(31, "A", 12),
        order(32, "B", 21),
    ];
    store_rows(&store, &plan, &rows).await;
    store.begin(plan)
}

fn exactly(entity: EntityId) -> Condition {
    Condition::Among { entity, condition: None }
}

fn among(entity: EntityId, condition: Condition) -> Condition {
    Condition::Among { entity, condition: Some(Box::new(condition)) }
}

fn named(name: &str) -> Condition {
    eq(own(NAME), literal(name))
}

async fn it_is_the_entity_and_no_specialization(db: Db) {
    let mut at = people(&db).await;
    assert_eq!(split(&mut at, PERSON, exactly(PERSON)).await, [1, 2]);
    assert_eq!(split(&mut at, PERSON, exactly(CUSTOMER)).await, [11, 12]);
    assert_eq!(split(&mut at, PERSON, exactly(VIP)).await, [21, 22]);
    assert_eq!(split(&mut at, CUSTOMER, exactly(CUSTOMER)).await, [11, 12]);
    assert_eq!(split(&mut at, VIP, exactly(VIP)).await, [21, 22]);
    assert_eq!(split(&mut at, ORDER, exactly(ORDER)).await, [31, 32]);
}

async fn a_condition_sees_the_members_of_the_specialization(db: Db) {
    let mut at = people(&db).await;
    assert_eq!(split(&mut at, PERSON, among(PERSON, named("Ann"))).await, [1]);
    assert_eq!(split(&mut at, PERSON, among(CUSTOMER, named("Ann"))).await, [11]);
    assert_eq!(split(&mut at, PERSON, among(CUSTOMER, eq(own(LEVEL), literal(2)))).await, [12]);
    assert_eq!(split(&mut at, PERSON, among(VIP, eq(own(LEVEL), literal(2)))).await, [22]);
    assert_eq!(split(&mut at, PERSON, among(VIP, eq(own(BONUS), empty()))).await, [22]);
    assert_eq!(split(&mut at, CUSTOMER, among(VIP, ne(own(BONUS), empty()))).await, [21]);
    // Nothing is known of a missing value, whichever way it is asked.
    let more = || compare(own(BONUS), CompareOperator::Greater, literal(4));
    assert_eq!(split(&mut at, PERSON, among(VIP, more())).await, [21]);
    assert_eq!(split(&mut at, PERSON, among(VIP, not(more()))).await, [22]);
    assert_eq!(split(&mut at, PERSON, among(VIP, Condition::Constant(true))).await, [21, 22]);
    assert_eq!(split(&mut at, PERSON, among(VIP, Condition::Constant(false))).await, [0; 0]);
}

async fn paths_of_the_specialization_are_followed(db: Db) {
    let mut at = people(&db).await;
    let orders = || vec![step(ORDER_CUSTOMER, true, ORDER)];
    assert_eq!(split(&mut at, PERSON, among(CUSTOMER, Condition::Exists(orders()))).await, [12]);
    assert_eq!(split(&mut at, PERSON, among(VIP, eq(path(orders(), CODE), literal("B")))).await, [21]);
    assert_eq!(split(&mut at, PERSON, among(VIP, eq(path(orders(), CODE), literal("A")))).await, [0; 0]);
    // A path that the generalization declares.
    let boss = || vec![step(BOSS, false, PERSON)];
    assert_eq!(split(&mut at, PERSON, among(VIP, eq(path(boss(), NAME), literal("Ann")))).await, [22]);
    let vip_boss = || vec![step(BOSS, false, VIP)];
    assert_eq!(split(&mut at, PERSON, among(CUSTOMER, eq(path(vip_boss(), BONUS), literal(5)))).await, [11]);
}

async fn it_combines_with_other_conditions(db: Db) {
    let mut at = people(&db).await;
    let either = || Condition::Or(vec![among(PERSON, named("Bob")), among(VIP, named("Ann")), exactly(CUSTOMER)]);
    assert_eq!(split(&mut at, PERSON, either()).await, [2, 11, 12, 21]);
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![either(), named("Ann")])).await, [11, 21]);
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![not(exactly(PERSON)), not(either())])).await, [22]);
    // The candidate's own members are joined where they are needed, not by what stands in the other part.
    let level = eq(own(LEVEL), literal(2));
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![level, among(VIP, named("Bob"))])).await, [22]);
    let boss_exists = Condition::Exists(vec![step(BOSS, false, PERSON)]);
    assert_eq!(split(&mut at, PERSON, Condition::And(vec![boss_exists, either()])).await, [2, 11]);
}

async fn it_nests(db: Db) {
    let mut at = people(&db).await;
    let nested = among(CUSTOMER, Condition::Or(vec![exactly(CUSTOMER), named("nobody")]));
    assert_eq!(split(&mut at, PERSON, nested).await, [11, 12]);
    // No object is of two entities exactly.
    assert_eq!(split(&mut at, PERSON, among(CUSTOMER, exactly(VIP))).await, [0; 0]);
    assert_eq!(split(&mut at, PERSON, among(VIP, not(among(VIP, named("Ann"))))).await, [22]);
}

async fn it_filters_steps(db: Db) {
    let mut at = people(&db).await;
    let customer = |filter| vec![PathStep { filter: Some(Box::new(filter)), ..step(ORDER_CUSTOMER, false, CUSTOMER) }];
    assert_eq!(split(&mut at, ORDER, Condition::Exists(customer(exactly(CUSTOMER)))).await, [31]);
    assert_eq!(split(&mut at, ORDER, Condition::Exists(customer(not(exactly(CUSTOMER))))).await, [32]);
    let rich = among(VIP, eq(own(BONUS), literal(5)));
    assert_eq!(split(&mut at, ORDER, eq(path(customer(rich), NAME), literal("Ann"))).await, [32]);
    let staff = vec![PathStep { filter: Some(Box::new(exactly(VIP))), ..step(BOSS, true, PERSON) }];
    assert_eq!(split(&mut at, PERSON, among(VIP, Condition::Exists(staff))).await, [21]);
}

async fn parameters_and_the_user_work_inside(db: Db) {
    let mut at = people(&db).await;
    let ask = || among(CUSTOMER, eq(own(LEVEL), Operand::Parameter(0)));
    let ask = Query { parameters: vec![Type::Integer], ..query(PERSON, ask()) };
    assert_eq!(ids_with(&mut at, &ask, &[QueryParameter::Value(Value::Integer(2))]).await, [12]);
    assert_eq!(ids_with(&mut at, &ask, &[QueryParameter::Value(Value::Empty)]).await, [0; 0]);

    let mine = query(PERSON, among(VIP, eq(Operand::Identity(vec![]), Operand::CurrentUser)));
    let theirs =
        query(PERSON, among(VIP, eq(Operand::Identity(vec![step(BOSS, false, PERSON)]), Operand::CurrentUser)));
    let (mine, theirs) = (at.plan().compile(&mine).unwrap(), at.plan().compile(&theirs).unwrap());
    let me = Bindings { current_user: Some(ObjectId(21)), ..Bindings::none() };
    assert_eq!(at.retrieve(&mine, &me, Range::ALL).await.unwrap()[0].id, ObjectId(21));
    assert_eq!(at.retrieve(&theirs, &me, Range::ALL).await.unwrap()[0].id, ObjectId(22));
    assert_eq!(at.count(&mine, &Bindings::none()).await.unwrap(), 0);
}

async fn rows_counts_aggregates_limits_and_orders_agree(db: Db) {
    let mut at = people(&db).await;
    let key = SortKey { path: AttributePath { steps: Vec::new(), attribute: NAME }, descending: true };
    let either =
        Condition::Or(vec![exactly(PERSON), among(VIP, compare(own(LEVEL), CompareOperator::Less, literal(9)))]);
    let query = Query { sort: vec![key], ..query(PERSON, either) };
    assert_eq!(ids(&mut at, &query).await, [2, 22, 1, 21]);
    let compiled = at.plan().compile(&query).unwrap();
    let rows = at.retrieve(&compiled, &Bindings::none(), Range { limit: 2, offset: 1 }).await.unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.id.0, row.entity)).collect();
    assert_eq!(found, [(22, VIP), (1, PERSON)], "an object is read with what it is");
    let least = at.aggregate(&compiled, &Bindings::none(), Aggregate::Minimum, NAME).await.unwrap();
    assert_eq!(least, t("Ann"));
    let sum = at.aggregate(&compiled, &Bindings::none(), Aggregate::Sum, BONUS).await.unwrap();
    assert_eq!(sum, d("5"));
}

async fn an_entity_of_another_family_is_refused(db: Db) {
    let at = people(&db).await;
    for (candidate, entity) in [(ORDER, PERSON), (CUSTOMER, PERSON), (ORDER, BASKET)] {
        let error = at.plan().compile(&query(candidate, exactly(entity))).unwrap_err();
        assert!(!error.client_message().contains("SELECT"), "{error}");
    }
}
