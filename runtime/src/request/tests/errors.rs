//! Savepoints, catching errors, and what is undone.

use brooklet_model::{AttributeType, EntityId};
use brooklet_values::Value;

use super::{Models, World, failure};
use crate::{
    errors::codes,
    request::{CatchMode, Level, Reason, Severity, Target, tests::models::TEXT},
};

fn orders() -> (Models, EntityId, u32) {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    (models, order, name)
}

#[tokio::test]
async fn keep_returns_to_the_savepoint_and_keeps_what_was_before() {
    let (models, order, name) = orders();
    let mut world = World::open(models).await;
    let before = world.create_with(order, name, "before").await;
    world.commit(before).await;
    world.request.savepoint().unwrap();
    world.set(before, name, "changed").await;
    let after = world.create_with(order, name, "after").await;
    world.commit_all(&[before, after]).await.unwrap();
    assert_eq!(world.rows(order).await.len(), 2);

    world.undo(CatchMode::Keep).await;
    assert_eq!(world.value(before, name), "before".into());
    assert_eq!(failure(world.request.get_text(Some(after), name)).code, codes::OBJECT_GONE);
    let row = world.row(order).await;
    assert_eq!(world.value(row, name), "before".into());
    // Work goes on, and becomes durable.
    world.set(before, name, "later").await;
    world.commit(before).await;
    world.next_request().await;
    let row = world.row(order).await;
    assert_eq!(world.value(row, name), "later".into());
}

#[tokio::test]
async fn rollback_returns_to_the_begin_also_the_callers_work() {
    let (mut models, order, name) = orders();
    let note = models.transient("Note");
    let count = models.attribute(note, "Count", AttributeType::Integer);
    let mut world = World::open(models).await;
    let earlier = world.create_with(order, name, "earlier request").await;
    world.commit(earlier).await;
    world.next_request().await;

    let row = world.row(order).await;
    let memory = world.create_with(note, count, 1).await;
    world.set(row, name, "by the caller").await;
    world.commit(row).await;
    world.request.savepoint().unwrap();
    world.set(row, name, "by the callee").await;
    world.undo(CatchMode::Rollback).await;

    assert_eq!(world.value(row, name), "earlier request".into());
    assert_eq!(failure(world.request.get_integer(Some(memory), count)).code, codes::OBJECT_GONE);
    // The caller's savepoint is still there, now at the begin.
    world.set(row, name, "again").await;
    world.commit(row).await;
    world.undo(CatchMode::Keep).await;
    assert_eq!(world.value(row, name), "earlier request".into());
    let row = world.row(order).await;
    assert_eq!(world.value(row, name), "earlier request".into());
}

#[tokio::test]
async fn arguments_are_there_when_everything_else_is_undone() {
    let (models, order, name) = orders();
    let mut world = World::open(models).await;
    let set_up = world.create(order);
    world.commit(set_up).await;
    let argument = world.create_with(order, name, "given").await;
    world.request.begin_microflow();
    world.commit(argument).await;
    world.set(argument, name, "changed").await;
    world.undo(CatchMode::Rollback).await;
    assert_eq!(world.value(argument, name), "given".into());
    let row = world.row(order).await;
    assert_eq!(world.id(row), world.id(set_up), "what was set up before is still in the database");
    assert!(world.request.is_new(Some(argument)).unwrap());
}

#[tokio::test]
async fn objects_without_a_table_return_to_their_values_too() {
    let mut models = Models::default();
    let note = models.transient("Note");
    let count = models.attribute(note, "Count", AttributeType::Integer);
    let refers = models.reference("Note_Note", note, note);
    let mut world = World::open(models).await;
    let (left, right) = (world.create_with(note, count, 1).await, world.create(note));
    world.request.savepoint().unwrap();
    world.set(left, count, 2).await;
    world.commit(left).await;
    world.point(left, refers, Some(right)).await;
    world.delete(right).await.unwrap();
    world.undo(CatchMode::Keep).await;
    assert_eq!(world.value(left, count), Value::Integer(1));
    assert!(world.request.is_new(Some(left)).unwrap());
    assert_eq!(world.referrers(right, refers).await, []);
    assert!(!world.request.space().peek(right).unwrap().is_gone());
}

#[tokio::test]
async fn deletions_are_undone_with_the_references_that_they_cleared() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let (object, owner) = (world.create(order), world.create(customer));
    world.point(object, belongs, Some(owner)).await;
    world.commit(object).await;
    world.request.savepoint().unwrap();
    world.delete(owner).await.unwrap();
    assert_eq!(world.follow(object, belongs).await, None);
    world.undo(CatchMode::Keep).await;
    assert_eq!(world.targets(object, belongs).await, [world.id(owner)]);
    assert_eq!(world.rows(customer).await.len(), 1);
}

#[tokio::test]
async fn a_released_savepoint_hands_its_work_to_the_one_before() {
    let (models, order, name) = orders();
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, "0").await;
    world.commit(object).await;
    world.request.savepoint().unwrap();
    for round in 1..=3 {
        world.request.savepoint().unwrap();
        world.set(object, name, round.to_string()).await;
        world.commit(object).await;
        world.request.release().await.unwrap();
    }
    assert_eq!(world.value(object, name), "3".into());
    world.undo(CatchMode::Keep).await;
    assert_eq!(world.value(object, name), "0".into());
    let row = world.row(order).await;
    assert_eq!(world.value(row, name), "0".into());
}

#[tokio::test]
async fn lists_keep_what_was_undone_and_using_it_is_an_error() {
    let (models, order, name) = orders();
    let mut world = World::open(models).await;
    let before = world.create(order);
    world.request.savepoint().unwrap();
    let after = world.create(order);
    let list = world.list(&[before, after]);
    world.undo(CatchMode::Keep).await;
    assert_eq!(world.request.list_length(Some(list)).unwrap(), 2);
    assert_eq!(failure(world.request.get_text(Some(after), name)).code, codes::OBJECT_GONE);
    let outcome = world.request.commit(Target::List(Some(list)), true).await;
    assert_eq!(failure(outcome).code, codes::OBJECT_GONE);
}

#[tokio::test]
async fn the_latest_error_is_an_object_inside_its_handler_only() {
    let mut models = Models::default();
    let error = models.transient("System.Error");
    let unlimited = AttributeType::String { length: None };
    let slots = ["ErrorType", "Message", "Stacktrace"].map(|name| models.attribute(error, name, unlimited.clone()));
    let mut world = World::open(models).await;
    assert_eq!(world.request.latest().unwrap(), None);
    for message in ["outer", "inner"] {
        world.request.raise(Reason::DivisionByZero, message.to_owned()).unwrap();
        world.request.catch(CatchMode::Rollback).await.unwrap();
        let object = world.request.latest().unwrap().unwrap();
        assert_eq!(world.request.latest().unwrap(), Some(object));
        assert_eq!(world.value(object, slots[0]), "division-by-zero".into());
        assert_eq!(world.value(object, slots[1]), message.into());
    }
    world.request.caught().unwrap();
    let object = world.request.latest().unwrap().unwrap();
    assert_eq!(world.value(object, slots[1]), "outer".into());
    world.request.rethrow().unwrap();
    assert_eq!(world.request.take_pending().unwrap().message, "outer");
    assert_eq!(world.request.latest().unwrap(), Some(object), "the handler is left by `caught` only");
    world.request.caught().unwrap();
    assert_eq!(world.request.latest().unwrap(), None);
    assert!(world.request.caught().is_err());
    assert!(world.request.catch(CatchMode::Rollback).await.is_err());
    assert!(world.request.release().await.is_err());
}

#[tokio::test]
async fn effects_stay_when_work_is_undone_and_are_limited() {
    let mut world = World::open(Models::default()).await;
    world.request.limits.effects = 2;
    for _ in 0..5 {
        world.request.log(Level::Debug, "Node".to_owned(), "line".to_owned()).unwrap();
    }
    world.request.show_message(Severity::Warning, "first".to_owned(), true).unwrap();
    world.undo(CatchMode::Rollback).await;
    world.request.expectation(1, true, Vec::new()).unwrap();
    assert!(world.request.instruct("show-page".to_owned(), "P".to_owned(), Vec::new()).is_err());
    assert_eq!(world.request.take_effects().len(), 4, "two log lines, a message, an expectation");
}
