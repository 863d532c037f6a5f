//! Rolling back objects.

use brooklet_model::{AttributeType, Moment::*, Operation::*};
use brooklet_values::Value;

use super::{Models, World, failure};
use crate::{errors::codes, request::tests::models::TEXT};

#[tokio::test]
async fn a_changed_object_returns_to_its_last_commit() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let name = models.attribute(order, "Name", TEXT);
    let belongs = models.reference("Order_Customer", order, customer);
    models.handler(order, Before, Rollback, "Before");
    models.handler(order, After, Rollback, "After");
    let mut world = World::open(models).await;
    let (object, owner, other) = (world.create(order), world.create(customer), world.create(customer));
    world.set(object, name, "first").await;
    world.point(object, belongs, Some(owner)).await;
    world.commit_all(&[object, other]).await.unwrap();
    world.set(object, name, "second").await;
    world.point(object, belongs, Some(other)).await;
    world.rollback(object).await.unwrap();
    assert_eq!(world.ran, ["Before", "After"]);
    assert_eq!(world.value(object, name), "first".into());
    assert_eq!(world.targets(object, belongs).await, [world.id(owner)]);
    assert_eq!(world.referrers(other, belongs).await, []);
    assert!(!world.request.space().peek(object).unwrap().is_changed());
}

#[tokio::test]
async fn a_new_object_goes_and_so_does_an_autocommitted_one() {
    let mut models = Models::default();
    let (line, order) = (models.entity("Line"), models.entity("Order"));
    let name = models.attribute(order, "Name", TEXT);
    let of = models.reference("Line_Order", line, order);
    let mut world = World::open(models).await;
    let new = world.create(order);
    world.rollback(new).await.unwrap();
    assert_eq!(failure(world.request.get_text(Some(new), name)).code, codes::OBJECT_GONE);

    let (first, object) = (world.create(line), world.create(order));
    world.point(first, of, Some(object)).await;
    world.commit(first).await;
    world.rollback(object).await.unwrap();
    assert_eq!(world.rows(order).await.len(), 0);
    assert_eq!(world.follow(first, of).await, None);
}

#[tokio::test]
async fn a_commit_in_memory_is_what_a_rollback_in_memory_returns_to() {
    let mut models = Models::default();
    let note = models.transient("Note");
    let count = models.attribute(note, "Count", AttributeType::Integer);
    let mut world = World::open(models).await;
    let object = world.create_with(note, count, 1).await;
    world.commit(object).await;
    world.set(object, count, 2).await;
    world.rollback(object).await.unwrap();
    assert_eq!(world.value(object, count), Value::Integer(1));
    let never = world.create(note);
    world.rollback(never).await.unwrap();
    assert_eq!(failure(world.request.get_integer(Some(never), count)).code, codes::OBJECT_GONE);
}
