//! Validation rules.

use brooklet_model::{AttributeType, Bound, DefaultValue, MicroflowKind, RuleKind};
use brooklet_values::Value;

use super::{Models, World, failure};
use crate::{errors::codes, request::tests::models::TEXT};

/// The messages of a commit.
async fn messages(world: &mut World, object: brooklet_values::ObjectHandle) -> Vec<String> {
    match world.try_commit(object).await {
        Ok(()) => Vec::new(),
        outcome => failure(outcome).details.into_iter().map(|detail| detail.message).collect(),
    }
}

#[tokio::test]
async fn all_messages_are_collected_in_order() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", AttributeType::String { length: Some(3) });
    let code = models.attribute(order, "Code", TEXT);
    models.rule(order, code, RuleKind::Required, "needs a code");
    models.rule(order, code, RuleKind::Regex("[A-Z]+".to_owned()), "capitals only");
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, "four").await;
    assert_eq!(messages(&mut world, object).await, ["Name is longer than 3 characters.", "needs a code"]);
    world.set(object, code, "x").await;
    let other = world.create(order);
    let error = failure(world.commit_all(&[object, other]).await);
    assert_eq!(error.code, codes::VALIDATION_FAILED);
    assert_eq!(error.message, "Name is longer than 3 characters.\ncapitals only\nneeds a code");
    assert_eq!(error.details[2].object, Some(world.id(other)));
    assert_eq!(world.rows(order).await.len(), 0);
}

#[tokio::test]
async fn whitespace_counts_as_nothing_for_required_texts() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    models.rule(order, name, RuleKind::Required, "required");
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, " \t ").await;
    assert_eq!(messages(&mut world, object).await, ["required"]);
    world.set(object, name, "x").await;
    assert!(messages(&mut world, object).await.is_empty());
}

#[tokio::test]
async fn values_lie_between_bounds_and_equal_others() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let amount = models.attribute(order, "Amount", AttributeType::Decimal);
    let most = models.attribute(order, "Most", AttributeType::Integer);
    let again = models.attribute(order, "Again", AttributeType::Integer);
    let range = RuleKind::Range {
        minimum: Some(Bound::Value(DefaultValue::Integer(1))),
        maximum: Some(Bound::Attribute(models.own(order, most))),
    };
    models.rule(order, amount, range, "range");
    let equals = RuleKind::Equals(Bound::Attribute(models.own(order, most)));
    models.rule(order, again, equals, "equals");
    let mut world = World::open(models).await;
    let object = world.create(order);
    assert!(messages(&mut world, object).await.is_empty(), "an empty value is in every range, and equals an empty one");
    world.set(object, most, 5).await;
    world.set(object, amount, 6).await;
    assert_eq!(messages(&mut world, object).await, ["range", "equals"]);
    world.set(object, amount, "5.0".parse::<brooklet_values::Decimal>().unwrap()).await;
    world.set(object, again, 5).await;
    assert!(messages(&mut world, object).await.is_empty());
    world.set(object, amount, 0).await;
    assert_eq!(messages(&mut world, object).await, ["range"]);
}

#[tokio::test]
async fn a_decimal_with_too_many_digits_is_not_stored() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let amount = models.attribute(order, "Amount", AttributeType::Decimal);
    let mut world = World::open(models).await;
    let digits = |count: usize| Value::Decimal("9".repeat(count).parse().unwrap());
    let object = world.create_with(order, amount, digits(21)).await;
    assert_eq!(messages(&mut world, object).await.len(), 1);
    world.set(object, amount, digits(20)).await;
    assert!(messages(&mut world, object).await.is_empty());
}

#[tokio::test]
async fn a_rule_with_an_expression_runs_as_a_microflow_and_also_for_what_goes_along() {
    let mut models = Models::default();
    let (line, order) = (models.entity("Line"), models.entity("Order"));
    let name = models.attribute(order, "Name", TEXT);
    let of = models.reference("Line_Order", line, order);
    let microflow = models.microflow("IsFine", MicroflowKind::Rule);
    models.rule(order, name, RuleKind::Expression(microflow), "not fine");
    models.rule(order, name, RuleKind::Required, "required");
    let mut world = World::open(models).await;
    world.refusing.push(microflow);
    let (first, object) = (world.create(line), world.create(order));
    world.point(first, of, Some(object)).await;
    assert_eq!(messages(&mut world, first).await, ["not fine", "required"]);
    assert_eq!(world.ran, ["IsFine"]);
    world.refusing.clear();
    world.set(object, name, "x").await;
    assert!(messages(&mut world, first).await.is_empty());
}

#[tokio::test]
async fn objects_without_a_table_have_no_rules() {
    let mut models = Models::default();
    let note = models.transient("Note");
    let name = models.attribute(note, "Name", TEXT);
    models.rule(note, name, RuleKind::Required, "required");
    let mut world = World::open(models).await;
    let object = world.create(note);
    assert!(messages(&mut world, object).await.is_empty());
}
