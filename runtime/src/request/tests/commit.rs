//! Committing: what goes along, what is written, in which order things are checked.

use brooklet_model::{AttributeType, Moment::*, Operation::*, RuleKind};
use brooklet_values::Value;

use super::{Models, World, failure};
use crate::{
    errors::codes,
    objects::State,
    request::{CatchMode, Target, tests::models::TEXT},
};

#[tokio::test]
async fn new_objects_that_are_referred_to_go_along_without_their_events() {
    let mut models = Models::default();
    let (line, order, customer) = (models.entity("Line"), models.entity("Order"), models.entity("Customer"));
    let of = models.reference("Line_Order", line, order);
    let belongs = models.reference("Order_Customer", order, customer);
    models.handler(order, Before, Commit, "BeforeOrder");
    models.handler(order, After, Commit, "AfterOrder");
    models.handler(line, Before, Commit, "BeforeLine");
    let mut world = World::open(models).await;
    let (first, object, owner) = (world.create(line), world.create(order), world.create(customer));
    world.point(first, of, Some(object)).await;
    world.point(object, belongs, Some(owner)).await;
    world.commit(first).await;
    assert_eq!(world.ran, ["BeforeLine"]);
    assert_eq!((world.rows(order).await.len(), world.rows(customer).await.len()), (1, 1));
    assert_eq!(world.request.space().peek(object).unwrap().state(), State::Autocommitted);
    assert!(!world.request.is_new(Some(object)).unwrap());

    world.commit(object).await;
    assert_eq!(world.ran, ["BeforeLine", "BeforeOrder", "AfterOrder"]);
    assert_eq!(world.request.space().peek(object).unwrap().state(), State::Persisted);
    world.next_request().await;
    let row = world.row(line).await;
    let order = world.follow(row, of).await.unwrap();
    assert!(world.follow(order, belongs).await.is_some());
}

#[tokio::test]
async fn objects_that_refer_to_a_committed_one_stay_uncommitted() {
    let mut models = Models::default();
    let (line, order) = (models.entity("Line"), models.entity("Order"));
    let of = models.reference("Line_Order", line, order);
    let mut world = World::open(models).await;
    let (first, object) = (world.create(line), world.create(order));
    world.point(first, of, Some(object)).await;
    world.commit(object).await;
    assert_eq!(world.rows(line).await.len(), 0);
    assert_eq!(world.referrers(object, of).await, [world.id(first)]);
}

#[tokio::test]
async fn an_uncommitted_object_is_forgotten_with_its_request() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let mut world = World::open(models).await;
    world.create(order);
    world.next_request().await;
    assert_eq!(world.rows(order).await.len(), 0);
}

#[tokio::test]
async fn a_request_that_fails_undoes_what_it_committed() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let mut world = World::open(models).await;
    let object = world.create(order);
    world.commit(object).await;
    world.request.finish_err().await.unwrap();
    world.next_request().await;
    assert_eq!(world.rows(order).await.len(), 0);
}

#[tokio::test]
async fn an_empty_list_commits_nothing_and_an_empty_object_is_an_error() {
    let mut world = World::open(Models::default()).await;
    assert!(!world.request.commit(Target::List(None), true).await.unwrap());
    let outcome = world.request.commit(Target::Object(None), true).await;
    assert_eq!(failure(outcome).code, codes::EMPTY_OBJECT);
}

#[tokio::test]
async fn uniqueness_is_checked_last_and_speaks_with_the_rules_message() {
    let mut models = Models::default();
    let user = models.entity("User");
    let (name, mail) = (models.attribute(user, "Name", TEXT), models.attribute(user, "Mail", TEXT));
    let unique = RuleKind::Unique(vec![models.own(user, name)]);
    models.rule(user, name, unique, "This name is taken.");
    models.rule(user, mail, RuleKind::Required, "A mail address is needed.");
    let mut world = World::open(models).await;
    let first = world.create_with(user, name, "ann").await;
    world.set(first, mail, "a@b").await;
    world.commit(first).await;

    let second = world.create_with(user, name, "ann").await;
    let error = failure(world.try_commit(second).await);
    assert_eq!((error.code, error.message.as_str()), (codes::VALIDATION_FAILED, "A mail address is needed."));

    world.set(second, mail, "c@d").await;
    world.request.savepoint().unwrap();
    let error = failure(world.try_commit(second).await);
    assert_eq!((error.code, error.message.as_str()), (codes::UNIQUE_VIOLATION, "This name is taken."));
    assert_eq!(error.details[0].member.as_deref(), Some("Name"));
    assert_eq!(error.details[0].object, Some(world.id(second)));
    assert!(error.source.is_some(), "the operator learns what the database said");

    world.undo(CatchMode::Keep).await;
    world.set(second, name, "bob").await;
    world.commit(second).await;
    assert_eq!(world.rows(user).await.len(), 2);
}

#[tokio::test]
async fn committing_what_somebody_else_deleted_is_an_error() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    let mut world = World::open(models).await;
    let object = world.create(order);
    world.commit(object).await;
    let copy = world.row(order).await;
    world.set(copy, name, "late").await;
    // As another session would.
    let row = (order, world.id(copy));
    world.request.transaction.delete(&[row]).await.unwrap();
    assert_eq!(failure(world.try_commit(copy).await).code, codes::NOT_FOUND);
}

#[tokio::test]
async fn objects_of_different_entities_and_their_specializations_are_written_together() {
    let mut models = Models::default();
    let animal = models.entity("Animal");
    let name = models.attribute(animal, "Name", TEXT);
    let dog = models.special("Dog", animal);
    let tricks = models.attribute(dog, "Tricks", AttributeType::Integer);
    let mut world = World::open(models).await;
    let (cat, rex) = (world.create_with(animal, name, "cat").await, world.create_with(dog, name, "rex").await);
    world.set(rex, tricks, 3).await;
    world.commit_all(&[rex, cat]).await.unwrap();
    world.next_request().await;
    let rows = world.rows(animal).await;
    assert_eq!(rows.len(), 2);
    let row = world.row(dog).await;
    assert_eq!((world.value(row, name), world.value(row, tricks)), ("rex".into(), Value::Integer(3)));
    assert!(world.request.is_a(Some(row), animal).unwrap());
    assert!(!world.request.is_a(Some(row), brooklet_model::EntityId(99)).unwrap());
}
