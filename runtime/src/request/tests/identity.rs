//! Instances and objects: copies, tracking, handles.

use brooklet_model::AttributeType;
use brooklet_values::{ObjectHandle, Value};

use super::{Models, World, failure};
use crate::{
    errors::{Interruption, codes},
    request::{RequestLimits, tests::models::TEXT},
};

#[tokio::test]
async fn two_copies_of_a_row_live_side_by_side_and_each_writes_only_what_it_changed() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let (name, amount) =
        (models.attribute(order, "Name", TEXT), models.attribute(order, "Amount", AttributeType::Long));
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, "old").await;
    world.commit(object).await;
    world.next_request().await;

    let (left, right) = (world.row(order).await, world.row(order).await);
    assert_ne!(left, right);
    assert!(world.request.same(Some(left), Some(right)).unwrap());
    world.set(left, name, "new").await;
    assert_eq!(world.value(right, name), "old".into());
    world.set(right, amount, 5).await;
    world.commit(left).await;
    world.commit(right).await;

    let merged = world.row(order).await;
    assert_eq!((world.value(merged, name), world.value(merged, amount)), ("new".into(), Value::Integer(5)));
}

#[tokio::test]
async fn a_retrieve_from_the_database_ignores_changes_in_memory_and_one_by_association_sees_them() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let name = models.attribute(customer, "Name", TEXT);
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let (first, owner) = (world.create(order), world.create_with(customer, name, "old").await);
    world.point(first, belongs, Some(owner)).await;
    world.commit_all(&[first, owner]).await.unwrap();
    world.next_request().await;

    let changed = world.row(customer).await;
    world.set(changed, name, "new").await;
    let fresh = world.row(customer).await;
    assert_eq!(world.value(fresh, name), "old".into());
    let order = world.row(order).await;
    assert_eq!(world.follow(order, belongs).await, Some(changed));

    // A commit ends the tracking: from now on everybody gets a copy.
    world.commit(changed).await;
    let copy = world.follow(order, belongs).await.unwrap();
    assert_ne!(copy, changed);
    assert_eq!(world.value(copy, name), "new".into());
}

#[tokio::test]
async fn an_id_finds_the_tracked_instance_or_a_fresh_one() {
    let mut models = Models::default();
    let (order, note) = (models.entity("Order"), models.transient("Note"));
    let name = models.attribute(order, "Name", TEXT);
    let mut world = World::open(models).await;
    let (new, memory) = (world.create(order), world.create(note));
    assert_eq!(world.request.object_by_id(order, world.id(new)).await.unwrap(), new);
    world.commit(new).await;
    let id = world.id(new);
    let fresh = world.request.object_by_id(order, id).await.unwrap();
    assert_ne!(fresh, new);
    world.set(fresh, name, "x").await;
    assert_eq!(world.request.object_by_id(order, id).await.unwrap(), fresh);

    let id = world.id(memory);
    assert_eq!(world.request.object_by_id(note, id).await.unwrap(), memory);
    assert_eq!(failure(world.request.object_by_id(order, id).await).code, codes::NOT_FOUND);
}

#[tokio::test]
async fn objects_without_a_table_stay_tracked_after_their_commit() {
    let mut models = Models::default();
    let note = models.transient("Note");
    let mut world = World::open(models).await;
    let object = world.create(note);
    assert!(world.request.is_new(Some(object)).unwrap());
    world.commit(object).await;
    assert!(!world.request.is_new(Some(object)).unwrap());
    let id = world.id(object);
    assert_eq!(world.request.object_by_id(note, id).await.unwrap(), object);
}

#[tokio::test]
async fn a_handle_that_never_existed_is_a_bug_of_the_guest() {
    let world = World::open(Models::default()).await;
    for handle in [0, 1, u32::MAX] {
        assert!(matches!(world.request.is_new(Some(ObjectHandle(handle))), Err(Interruption::Internal(_))));
    }
}

#[tokio::test]
async fn too_many_objects_exceed_a_limit() {
    let mut models = Models::default();
    let note = models.transient("Note");
    let mut world = World::open(models).await;
    world.request.space = crate::objects::Space::new(2);
    world.create(note);
    world.create(note);
    let outcome = world.request.create(note);
    assert!(matches!(outcome, Err(Interruption::Limit(exceeded)) if exceeded.limit == "objects"));
}

#[tokio::test]
async fn too_many_rows_exceed_a_limit_unless_the_retrieve_has_a_lower_one() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let all = models.query(brooklet_model::Query::all(order));
    let mut world = World::open(models).await;
    let objects: Vec<_> = (0..4).map(|_| world.create(order)).collect();
    world.commit_all(&objects).await.unwrap();
    world.request.limits = RequestLimits { rows_per_retrieve: 3, ..RequestLimits::default() };
    let outcome = world.request.retrieve(all, Vec::new(), Some(0), None).await;
    assert!(matches!(outcome, Err(Interruption::Limit(exceeded)) if exceeded.limit == "rows_per_retrieve"));
    let list = world.request.retrieve(all, Vec::new(), Some(3), Some(1)).await.unwrap();
    assert_eq!(world.elements(list).len(), 3);
    assert_eq!(world.request.count(all, Vec::new()).await.unwrap(), 4);
}

/// The engine runs requests as tasks.
#[test]
fn what_waits_can_move_between_threads() {
    fn check<T: Send>(_: impl Fn() -> T) {}
    fn never<T>() -> T {
        unreachable!("only types matter")
    }
    let request = || never::<&'static mut super::super::Request>();
    check(|| request().commit(super::super::Target::Object(None), true));
    check(|| request().delete(super::super::Target::Object(None)));
    check(|| request().handler_returned(true));
    check(|| request().retrieve(brooklet_model::QueryId(0), Vec::new(), None, None));
    check(|| request().change(None, Vec::new()));
    check(|| request().catch(super::super::CatchMode::Keep));
}
