//! Event handlers: which run, in which order, and what they prevent.

use brooklet_model::{Moment::*, Operation::*};

use super::{Models, World, failure};
use crate::{
    errors::codes,
    request::{Target, tests::models::TEXT},
};

#[tokio::test]
async fn all_before_handlers_of_a_list_run_before_anything_is_written() {
    let mut models = Models::default();
    let (order, line) = (models.entity("Order"), models.entity("Line"));
    models.handler(order, Before, Commit, "BeforeOrder");
    models.handler(order, After, Commit, "AfterOrder");
    models.handler(line, Before, Commit, "BeforeLine");
    models.handler(line, After, Commit, "AfterLine");
    let mut world = World::open(models).await;
    let objects = [world.create(order), world.create(line), world.create(order)];
    let list = world.list(&objects);
    let mut more = world.request.commit(Target::List(Some(list)), true).await.unwrap();
    while more {
        let handler = world.request.next_handler().unwrap();
        let name = world.model.manifest().microflow(handler.microflow).name.clone();
        assert_eq!(world.rows(order).await.len(), if name.contains("Before") { 0 } else { 2 });
        world.ran.push(name);
        more = world.request.handler_returned(true).await.unwrap();
    }
    let expected = ["BeforeOrder", "BeforeLine", "BeforeOrder", "AfterOrder", "AfterLine", "AfterOrder"];
    assert_eq!(world.ran, expected.map(|name| format!("Test.{name}")));
}

#[tokio::test]
async fn handlers_of_the_generalization_run_first() {
    let mut models = Models::default();
    let animal = models.entity("Animal");
    let dog = models.special("Dog", animal);
    models.handler(dog, Before, Commit, "Dog");
    models.handler(animal, Before, Commit, "Animal1");
    models.handler(animal, Before, Commit, "Animal2");
    let mut world = World::open(models).await;
    let object = world.create(dog);
    world.commit(object).await;
    assert_eq!(world.ran, ["Animal1", "Animal2", "Dog"]);
}

#[tokio::test]
async fn a_refused_object_silently_drops_out_of_a_list() {
    let mut models = Models::default();
    let (order, line) = (models.entity("Order"), models.entity("Line"));
    let refusing = models.handler(order, Before, Commit, "Refuses");
    models.silently(order);
    models.handler(order, Before, Commit, "NeverReached");
    models.handler(order, After, Commit, "NorThis");
    let mut world = World::open(models).await;
    world.refusing.push(refusing);
    let objects = [world.create(order), world.create(line)];
    world.commit_all(&objects).await.unwrap();
    assert_eq!(world.ran, ["Refuses"]);
    assert_eq!((world.rows(order).await.len(), world.rows(line).await.len()), (0, 1));
    assert!(world.request.is_new(Some(objects[0])).unwrap());
}

#[tokio::test]
async fn a_refusal_that_raises_an_error_ends_the_operation() {
    let mut models = Models::default();
    let order = models.entity("Order");
    for (operation, name) in [(Commit, "C"), (Delete, "D"), (Rollback, "R")] {
        models.handler(order, Before, operation, name);
    }
    let mut world = World::open(models).await;
    world.refusing = (0..3).map(brooklet_model::MicroflowId).collect();
    let object = world.create(order);
    for outcome in [world.try_commit(object).await, world.delete(object).await, world.rollback(object).await] {
        assert_eq!(failure(outcome).code, codes::PREVENTED);
    }
    assert!(world.request.next_handler().is_err(), "nothing waits any more");
    assert!(world.request.is_new(Some(object)).unwrap());
}

#[tokio::test]
async fn without_events_no_handler_runs() {
    let mut models = Models::default();
    let order = models.entity("Order");
    models.handler(order, Before, Commit, "Before");
    models.handler(order, After, Commit, "After");
    let mut world = World::open(models).await;
    let object = world.create(order);
    assert!(!world.request.commit(Target::Object(Some(object)), false).await.unwrap());
    assert_eq!(world.rows(order).await.len(), 1);
}

#[tokio::test]
async fn what_a_before_handler_changes_is_written() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    models.handler(order, Before, Commit, "Before");
    let mut world = World::open(models).await;
    let object = world.create(order);
    assert!(world.request.commit(Target::Object(Some(object)), true).await.unwrap());
    let argument = world.request.next_handler().unwrap().object;
    assert_eq!(argument, Some(object));
    world.set(object, name, "fixed").await;
    assert!(!world.request.handler_returned(true).await.unwrap());
    let row = world.row(order).await;
    assert_eq!(world.value(row, name), "fixed".into());
}

#[tokio::test]
async fn handlers_begin_operations_of_their_own() {
    let mut models = Models::default();
    let (order, log) = (models.entity("Order"), models.entity("Log"));
    models.handler(order, After, Commit, "AfterOrder");
    models.handler(log, Before, Commit, "BeforeLog");
    let mut world = World::open(models).await;
    let (object, entry) = (world.create(order), world.create(log));
    assert!(world.request.commit(Target::Object(Some(object)), true).await.unwrap());
    assert!(world.request.commit(Target::Object(Some(entry)), true).await.unwrap());
    assert_eq!(world.request.next_handler().unwrap().object, Some(entry));
    assert!(!world.request.handler_returned(true).await.unwrap());
    assert_eq!(world.request.next_handler().unwrap().object, Some(object));
    assert!(!world.request.handler_returned(true).await.unwrap());
    assert_eq!(world.rows(log).await.len(), 1);
}

#[tokio::test]
async fn a_failed_handler_unwinds_operation_by_operation() {
    let mut models = Models::default();
    let (order, log) = (models.entity("Order"), models.entity("Log"));
    models.handler(order, Before, Commit, "BeforeOrder");
    models.handler(log, Before, Commit, "BeforeLog");
    let mut world = World::open(models).await;
    let (object, entry) = (world.create(order), world.create(log));
    assert!(world.request.commit(Target::Object(Some(object)), true).await.unwrap());
    world.request.savepoint().unwrap();
    assert!(world.request.commit(Target::Object(Some(entry)), true).await.unwrap());
    world.request.handler_failed().unwrap();
    // An error handler inside the outer handler catches it, and the outer commit goes on.
    world.undo(crate::request::CatchMode::Keep).await;
    assert!(!world.request.handler_returned(true).await.unwrap());
    assert_eq!((world.rows(order).await.len(), world.rows(log).await.len()), (1, 0));
    assert!(world.request.handler_failed().is_err());
}

#[tokio::test]
async fn endless_recursion_of_handlers_exceeds_a_limit() {
    let mut models = Models::default();
    let order = models.entity("Order");
    models.handler(order, Before, Commit, "Again");
    let mut world = World::open(models).await;
    let object = world.create(order);
    let outcome = loop {
        match world.request.commit(Target::Object(Some(object)), true).await {
            Ok(more) => assert!(more),
            Err(error) => break error,
        }
    };
    assert!(outcome.to_string().contains("operations_nested"));
}
