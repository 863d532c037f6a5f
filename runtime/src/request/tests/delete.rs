//! Deleting, and what it does to other objects.

use brooklet_model::{DeleteBehavior, Moment::*, Operation::*};

use super::{Models, World, failure};
use crate::{
    errors::codes,
    objects::State,
    request::{Target, tests::models::TEXT},
};

#[tokio::test]
async fn a_deleted_object_cannot_be_used_but_deleted_again() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    models.handler(order, After, Delete, "AfterDelete");
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, "x").await;
    world.commit(object).await;
    assert!(world.request.delete(Target::Object(Some(object))).await.unwrap());
    // Its after-handler can still read it.
    assert_eq!(world.request.get_text(Some(object), name).unwrap().as_deref(), Some("x"));
    assert_eq!(failure(world.try_set(object, name, "y").await).code, codes::OBJECT_GONE);
    assert_eq!(world.rows(order).await.len(), 0);
    assert!(!world.request.handler_returned(true).await.unwrap());
    assert_eq!(failure(world.request.get_text(Some(object), name)).code, codes::OBJECT_GONE);
    world.delete(object).await.unwrap();
    assert_eq!(world.ran, Vec::<String>::new());
}

#[tokio::test]
async fn deleting_a_new_object_needs_no_database() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let mut world = World::open(models).await;
    let object = world.create(order);
    world.delete(object).await.unwrap();
    assert!(!world.request.transaction.has_begun());
    assert_eq!(world.request.space().peek(object).unwrap().state(), State::Deleted);
}

#[tokio::test]
async fn references_to_a_deleted_object_are_cleared_in_memory_and_in_the_database() {
    let mut models = Models::default();
    let (line, order, tag) = (models.entity("Line"), models.entity("Order"), models.entity("Tag"));
    let name = models.attribute(line, "Name", TEXT);
    let of = models.reference("Line_Order", line, order);
    let tags = models.set("Line_Tag", line, tag);
    let mut world = World::open(models).await;
    let (first, object, red) = (world.create(line), world.create(order), world.create(tag));
    world.point(first, of, Some(object)).await;
    world.add(first, tags, red).await;
    world.commit(first).await;
    world.set(first, name, "changed meanwhile").await;
    world.delete(object).await.unwrap();
    world.delete(red).await.unwrap();
    assert_eq!(world.follow(first, of).await, None);
    assert_eq!(world.targets(first, tags).await, []);
    world.commit(first).await;
    world.next_request().await;
    let row = world.row(line).await;
    assert_eq!(world.follow(row, of).await, None);
    assert_eq!(world.targets(row, tags).await, []);
}

#[tokio::test]
async fn a_cascade_deletes_level_by_level_with_events() {
    let mut models = Models::default();
    let (order, line, note) = (models.entity("Order"), models.entity("Line"), models.entity("Note"));
    let of = models.reference("Line_Order", line, order);
    let about = models.reference("Note_Line", note, line);
    models.association(of).on_delete = DeleteBehavior::Cascade;
    models.association(about).on_delete = DeleteBehavior::Cascade;
    for (entity, name) in [(order, "Order"), (line, "Line"), (note, "Note")] {
        models.handler(entity, Before, Delete, &format!("Before{name}"));
        models.handler(entity, After, Delete, &format!("After{name}"));
    }
    let mut world = World::open(models).await;
    let (object, first, remark) = (world.create(order), world.create(line), world.create(note));
    world.point(first, of, Some(object)).await;
    world.point(remark, about, Some(first)).await;
    world.commit(remark).await;
    world.next_request().await;

    let object = world.row(order).await;
    // One that is not committed yet goes along as well.
    let new = world.create(line);
    world.point(new, of, Some(object)).await;
    world.delete(object).await.unwrap();
    let expected =
        ["BeforeOrder", "BeforeLine", "BeforeLine", "BeforeNote", "AfterNote", "AfterLine", "AfterLine", "AfterOrder"];
    assert_eq!(world.ran, expected);
    for entity in [order, line, note] {
        assert_eq!(world.rows(entity).await.len(), 0);
    }
    assert!(world.request.space().peek(new).unwrap().is_gone());
}

#[tokio::test]
async fn a_cascade_in_a_circle_ends() {
    let mut models = Models::default();
    let node = models.entity("Node");
    let next = models.reference("Node_Next", node, node);
    models.association(next).on_delete = DeleteBehavior::Cascade;
    let mut world = World::open(models).await;
    let (left, right) = (world.create(node), world.create(node));
    world.point(left, next, Some(right)).await;
    world.point(right, next, Some(left)).await;
    world.commit(left).await;
    world.delete(left).await.unwrap();
    assert_eq!(world.rows(node).await.len(), 0);
}

#[tokio::test]
async fn what_is_referred_to_prevents_its_deletion_with_the_models_message() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    models.association(belongs).on_delete = DeleteBehavior::Prevent;
    models.association(belongs).delete_message = Some("The customer still has orders.".to_owned());
    let mut world = World::open(models).await;
    let (object, owner) = (world.create(order), world.create(customer));
    world.commit(owner).await;
    world.point(object, belongs, Some(owner)).await;
    let error = failure(world.delete(owner).await);
    assert_eq!((error.code, error.message.as_str()), (codes::DELETE_PREVENTED, "The customer still has orders."));
    assert_eq!(error.details[0].object, Some(world.id(owner)));
    assert_eq!(world.rows(customer).await.len(), 1);
    world.point(object, belongs, None).await;
    world.delete(owner).await.unwrap();
    assert_eq!(world.rows(customer).await.len(), 0);
}

#[tokio::test]
async fn objects_deleted_together_do_not_prevent_one_another() {
    let mut models = Models::default();
    let node = models.entity("Node");
    let next = models.reference("Node_Next", node, node);
    models.association(next).on_delete = DeleteBehavior::Prevent;
    let mut world = World::open(models).await;
    let (left, right) = (world.create(node), world.create(node));
    world.point(left, next, Some(right)).await;
    world.commit(left).await;
    assert_eq!(failure(world.delete(right).await).code, codes::DELETE_PREVENTED);
    let list = world.list(&[right, left]);
    let more = world.request.delete(Target::List(Some(list))).await;
    world.drive(more).await.unwrap();
    assert_eq!(world.rows(node).await.len(), 0);
    // The list still has its elements; a commit passes over them, and so does another deletion.
    assert_eq!(world.request.list_length(Some(list)).unwrap(), 2);
    assert!(!world.request.commit(Target::List(Some(list)), true).await.unwrap());
}
