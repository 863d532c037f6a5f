//! The model that the tests share, and short words to fill and ask it.

use brooklet_model::*;
use brooklet_store::{Bindings, NewRow, Plan, QueryParameter, Range, Store, Transaction};
use brooklet_values::{ObjectId, Value};

pub(crate) const PERSON: EntityId = EntityId(0);
pub(crate) const CUSTOMER: EntityId = EntityId(1);
pub(crate) const VIP: EntityId = EntityId(2);
pub(crate) const ORDER: EntityId = EntityId(3);
pub(crate) const TAG: EntityId = EntityId(4);
pub(crate) const PASSPORT: EntityId = EntityId(5);
pub(crate) const BASKET: EntityId = EntityId(6);

/// Order → Customer, a reference.
pub(crate) const ORDER_CUSTOMER: AssociationId = AssociationId(0);
/// Order → Tag, a set.
pub(crate) const ORDER_TAG: AssociationId = AssociationId(1);
/// Passport → Person, one to one.
pub(crate) const PASSPORT_PERSON: AssociationId = AssociationId(2);
/// Person → Person, a reference to oneself.
pub(crate) const BOSS: AssociationId = AssociationId(3);
/// Order → Basket, which is not persistable.
pub(crate) const ORDER_BASKET: AssociationId = AssociationId(4);

pub(crate) const NAME: AttributeRef = AttributeRef { entity: PERSON, index: 0 };
pub(crate) const AGE: AttributeRef = AttributeRef { entity: PERSON, index: 1 };
pub(crate) const SCORE: AttributeRef = AttributeRef { entity: PERSON, index: 2 };
pub(crate) const BORN: AttributeRef = AttributeRef { entity: PERSON, index: 3 };
pub(crate) const ACTIVE: AttributeRef = AttributeRef { entity: PERSON, index: 4 };
pub(crate) const COLOR: AttributeRef = AttributeRef { entity: PERSON, index: 5 };
pub(crate) const PHOTO: AttributeRef = AttributeRef { entity: PERSON, index: 6 };
pub(crate) const NUMBER: AttributeRef = AttributeRef { entity: PERSON, index: 8 };
pub(crate) const LEVEL: AttributeRef = AttributeRef { entity: CUSTOMER, index: 0 };
pub(crate) const BONUS: AttributeRef = AttributeRef { entity: VIP, index: 0 };
pub(crate) const CODE: AttributeRef = AttributeRef { entity: ORDER, index: 0 };
pub(crate) const TAG_NAME: AttributeRef = AttributeRef { entity: TAG, index: 0 };

pub(crate) fn attribute(name: &str, kind: AttributeType) -> Attribute {
    Attribute { name: name.into(), kind, default: None, calculated: None, system: None, documentation: String::new() }
}

pub(crate) fn text(name: &str) -> Attribute {
    attribute(name, AttributeType::String { length: Some(200) })
}

pub(crate) fn entity(name: &str, generalization: Option<EntityId>, attributes: Vec<Attribute>) -> Entity {
    Entity {
        name: name.into(),
        persistable: true,
        generalization,
        attributes,
        indexes: Vec::new(),
        rules: Vec::new(),
        handlers: Vec::new(),
        unavailable: None,
        documentation: String::new(),
    }
}

pub(crate) fn association(name: &str, from: EntityId, to: EntityId, kind: AssociationKind) -> Association {
    Association {
        name: name.into(),
        from,
        to,
        kind,
        owner: AssociationOwner::Default,
        on_delete: DeleteBehavior::KeepReferences,
        delete_message: None,
        system: None,
        documentation: String::new(),
    }
}

pub(crate) fn unique(attributes: Vec<AttributeRef>) -> ValidationRule {
    ValidationRule { attribute: attributes.first().copied(), kind: RuleKind::Unique(attributes), message: None }
}

/// The whole model.
pub(crate) fn model() -> Manifest {
    let mut person = entity(
        "Shop.Person",
        None,
        vec![
            text("Name"),
            attribute("Age", AttributeType::Integer),
            attribute("Score", AttributeType::Decimal),
            attribute("Born", AttributeType::DateTime { localize: true }),
            attribute("Active", AttributeType::Boolean),
            attribute("Color", AttributeType::Enumeration(EnumerationId(0))),
            attribute("Photo", AttributeType::Binary),
            attribute("Secret", AttributeType::HashedString),
            attribute("Number", AttributeType::AutoNumber),
            attribute("Shout", AttributeType::String { length: None }),
        ],
    );
    person.attributes[8].default = Some(DefaultValue::Integer(100));
    person.attributes[9].calculated = Some(MicroflowId(0));
    person.indexes = vec![Index {
        columns: vec![
            IndexColumn { attribute: NAME, descending: false },
            IndexColumn { attribute: AGE, descending: true },
        ],
    }];
    let mut order = entity("Shop.Order", None, vec![text("Code"), attribute("Total", AttributeType::Decimal)]);
    order.rules = vec![unique(vec![CODE])];
    let mut passport_person = association("Shop.Passport_Person", PASSPORT, PERSON, AssociationKind::Reference);
    passport_person.owner = AssociationOwner::Both;
    let mut basket = entity("Shop.Basket", None, vec![text("What")]);
    basket.persistable = false;
    let color = |key: &str| EnumerationValue { key: key.into(), caption: key.to_uppercase() };
    Manifest {
        enumerations: vec![Enumeration {
            name: "Shop.Color".into(),
            values: vec![color("Red"), color("Green")],
            documentation: String::new(),
        }],
        entities: vec![
            person,
            entity("Shop.Customer", Some(PERSON), vec![attribute("Level", AttributeType::Integer)]),
            entity("Shop.Vip", Some(CUSTOMER), vec![attribute("Bonus", AttributeType::Decimal)]),
            order,
            entity("Shop.Tag", None, vec![text("Name")]),
            entity("Shop.Passport", None, vec![text("Code")]),
            basket,
        ],
        associations: vec![
            association("Shop.Order_Customer", ORDER, CUSTOMER, AssociationKind::Reference),
            association("Shop.Order_Tag", ORDER, TAG, AssociationKind::ReferenceSet),
            passport_person,
            association("Shop.Boss", PERSON, PERSON, AssociationKind::Reference),
            association("Shop.Order_Basket", ORDER, BASKET, AssociationKind::Reference),
        ],
        ..Manifest::default()
    }
}

/// A new row with some attributes set.
pub(crate) fn row(plan: &Plan, entity: EntityId, id: i64, values: &[(AttributeRef, Value)]) -> NewRow {
    let manifest = plan.manifest();
    let mut attributes = vec![Value::Empty; manifest.slots(entity).len()];
    for (at, value) in values {
        attributes[manifest.slot(*at) as usize] = value.clone();
    }
    NewRow { entity, id: ObjectId(id), attributes, references: Vec::new() }
}

/// Writes rows in a transaction of their own.
pub(crate) async fn store_rows(store: &Store, plan: &std::sync::Arc<Plan>, rows: &[NewRow]) {
    let mut transaction = store.begin(plan.clone());
    transaction.insert(rows).await.unwrap();
    transaction.commit().await.unwrap();
}

/// People with names, numbered from 1.
pub(crate) fn people(plan: &Plan, names: &[Option<&str>]) -> Vec<NewRow> {
    let value = |name: &Option<&str>| name.map_or(Value::Empty, |name| Value::Text(name.into()));
    names.iter().enumerate().map(|(index, name)| row(plan, PERSON, index as i64 + 1, &[(NAME, value(name))])).collect()
}

pub(crate) fn t(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn d(number: &str) -> Value {
    Value::Decimal(number.parse().unwrap())
}

pub(crate) fn path(steps: Vec<PathStep>, attribute: AttributeRef) -> Operand {
    Operand::Attribute(AttributePath { steps, attribute })
}

pub(crate) fn own(attribute: AttributeRef) -> Operand {
    path(Vec::new(), attribute)
}

pub(crate) fn step(association: AssociationId, reversed: bool, target: EntityId) -> PathStep {
    PathStep { association, reversed, target, filter: None }
}

pub(crate) fn literal(value: impl Into<Literal>) -> Operand {
    Operand::Literal(value.into().0)
}

/// A literal of any type.
pub(crate) struct Literal(DefaultValue);

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self(DefaultValue::Text(text.into()))
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self(DefaultValue::Integer(number))
    }
}

impl From<DefaultValue> for Literal {
    fn from(value: DefaultValue) -> Self {
        Self(value)
    }
}

pub(crate) fn compare(left: Operand, operator: CompareOperator, right: Operand) -> Condition {
    Condition::Compare { left, operator, right }
}

pub(crate) fn eq(left: Operand, right: Operand) -> Condition {
    compare(left, CompareOperator::Equal, right)
}

pub(crate) fn ne(left: Operand, right: Operand) -> Condition {
    compare(left, CompareOperator::NotEqual, right)
}

pub(crate) fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

pub(crate) fn empty() -> Operand {
    Operand::Literal(DefaultValue::Empty)
}

pub(crate) fn query(entity: EntityId, constraint: Condition) -> Query {
    Query { constraint: Some(constraint), ..Query::all(entity) }
}

/// The ids that a query finds, in its order.
pub(crate) async fn ids(transaction: &mut Transaction, query: &Query) -> Vec<i64> {
    ids_with(transaction, query, &[]).await
}

/// The ids that a query with parameters finds.
pub(crate) async fn ids_with(transaction: &mut Transaction, query: &Query, parameters: &[QueryParameter]) -> Vec<i64> {
    let compiled = transaction.plan().compile(query).unwrap();
    let bindings = Bindings { parameters, ..Bindings::none() };
    let rows = transaction.retrieve(&compiled, &bindings, Range::ALL).await.unwrap();
    let count = transaction.count(&compiled, &bindings).await.unwrap();
    assert_eq!(rows.len() as u64, count, "a count agrees with what is retrieved");
    rows.into_iter().map(|row| row.id.0).collect()
}

/// The ids of a condition and those of its opposite; together they are all, and none is in both.
pub(crate) async fn split(transaction: &mut Transaction, entity: EntityId, condition: Condition) -> Vec<i64> {
    let holds = ids(transaction, &query(entity, condition.clone())).await;
    let fails = ids(transaction, &query(entity, not(condition.clone()))).await;
    let mut both: Vec<_> = holds.iter().chain(&fails).copied().collect();
    both.sort_unstable();
    assert_eq!(both, ids(transaction, &Query::all(entity)).await, "{condition:?} is neither true nor false");
    let twice = ids(transaction, &query(entity, not(not(condition)))).await;
    assert_eq!(holds, twice);
    holds
}
