//! Following associations in both directions, with and without commits.

use brooklet_values::Value;

use super::{Models, World, failure};
use crate::{
    errors::codes,
    request::{Member, Target},
};

#[tokio::test]
async fn a_reference_leads_both_ways_before_anything_is_committed() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let (first, second, owner) = (world.create(order), world.create(order), world.create(customer));
    world.point(first, belongs, Some(owner)).await;
    world.point(second, belongs, Some(owner)).await;
    assert_eq!(world.follow(first, belongs).await, Some(owner));
    assert_eq!(world.referrers(owner, belongs).await, [world.id(first), world.id(second)]);
    world.point(first, belongs, None).await;
    assert_eq!(world.follow(first, belongs).await, None);
    assert_eq!(world.referrers(owner, belongs).await, [world.id(second)]);
}

#[tokio::test]
async fn a_reverse_retrieve_merges_the_database_with_what_changed_in_memory() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let owner = world.create(customer);
    let mut orders = Vec::new();
    for _ in 0..3 {
        let object = world.create(order);
        world.point(object, belongs, Some(owner)).await;
        orders.push(world.id(object));
        world.commit(object).await;
    }
    world.commit(owner).await;
    world.next_request().await;

    let owner = world.row(customer).await;
    let rows = world.rows(order).await;
    world.point(rows[0], belongs, None).await;
    let new = world.create(order);
    world.point(new, belongs, Some(owner)).await;
    assert_eq!(world.referrers(owner, belongs).await, [orders[1], orders[2], world.id(new)]);
    // The other direction of a copy that nobody changed still says what it was retrieved with.
    assert_eq!(world.targets(rows[1], belongs).await, [world.id(owner)]);
    world.delete(rows[1]).await.unwrap();
    assert_eq!(world.referrers(owner, belongs).await, [orders[2], world.id(new)]);
}

#[tokio::test]
async fn a_reference_set_has_each_object_once_and_changes_in_one_copy_only() {
    let mut models = Models::default();
    let (order, tag) = (models.entity("Order"), models.entity("Tag"));
    let tags = models.set("Order_Tag", order, tag);
    let mut world = World::open(models).await;
    let (object, red, blue) = (world.create(order), world.create(tag), world.create(tag));
    world.add(object, tags, red).await;
    world.add(object, tags, red).await;
    world.commit(object).await;
    assert_eq!(world.rows(tag).await.len(), 1, "the new tag went along");
    world.commit(blue).await;
    world.next_request().await;

    let (left, right) = (world.row(order).await, world.row(order).await);
    let rows = world.rows(tag).await;
    world.add(left, tags, rows[1]).await;
    assert_eq!(world.targets(left, tags).await.len(), 2);
    assert_eq!(world.targets(right, tags).await.len(), 1, "the other copy does not know of it");
}

#[tokio::test]
async fn two_copies_of_an_object_can_each_change_a_reference_set() {
    let mut models = Models::default();
    let (order, tag) = (models.entity("Order"), models.entity("Tag"));
    let tags = models.set("Order_Tag", order, tag);
    let mut world = World::open(models).await;
    let object = world.create(order);
    let all = [world.create(tag), world.create(tag), world.create(tag)];
    world.add(object, tags, all[0]).await;
    world.commit(object).await;
    world.commit_all(&all).await.unwrap();
    world.next_request().await;

    let (left, right) = (world.row(order).await, world.row(order).await);
    let all = world.rows(tag).await;
    world.add(left, tags, all[1]).await;
    world.remove(right, tags, all[0]).await;
    world.add(right, tags, all[2]).await;
    world.commit(left).await;
    world.commit(right).await;
    let row = world.row(order).await;
    let expected = [world.id(all[1]), world.id(all[2])];
    assert_eq!(world.targets(row, tags).await, expected);
    assert_eq!(world.referrers(all[0], tags).await, []);
    assert_eq!(world.referrers(all[1], tags).await, [world.id(row)]);
}

#[tokio::test]
async fn a_reference_from_memory_leads_into_the_database_and_back() {
    let mut models = Models::default();
    let (note, order) = (models.transient("Note"), models.entity("Order"));
    let about = models.reference("Note_Order", note, order);
    let mut world = World::open(models).await;
    let object = world.create(order);
    world.commit(object).await;
    world.next_request().await;

    let (row, memory) = (world.row(order).await, world.create(note));
    world.point(memory, about, Some(row)).await;
    let found = world.follow(memory, about).await.unwrap();
    assert_eq!(world.id(found), world.id(row));
    assert_eq!(world.referrers(row, about).await, [world.id(memory)]);
    world.commit(memory).await;
    assert_eq!(world.referrers(row, about).await, [world.id(memory)]);
}

#[tokio::test]
async fn an_association_is_set_by_its_owner_and_to_its_own_kind() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let (object, owner) = (world.create(order), world.create(customer));
    let wrong_side = world.request.add_reference(Some(owner), belongs, Target::Object(Some(object))).await;
    assert_eq!(failure(wrong_side).code, codes::MEMBER_UNAVAILABLE);
    let wrong_kind = world.request.add_reference(Some(object), belongs, Target::Object(Some(object))).await;
    assert_eq!(failure(wrong_kind).code, codes::INVALID_VALUE);
    let list = world.list(&[owner, owner]);
    world.request.add_reference(Some(object), belongs, Target::List(Some(list))).await.unwrap();
    let other = world.create(customer);
    let list = world.list(&[owner, other]);
    let several = world.request.add_reference(Some(object), belongs, Target::List(Some(list))).await;
    assert_eq!(failure(several).code, codes::INVALID_VALUE);
}

#[tokio::test]
async fn lists_are_filtered_by_where_an_association_leads() {
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let (owner, orders) = (world.create(customer), [world.create(order), world.create(order), world.create(order)]);
    world.point(orders[0], belongs, Some(owner)).await;
    world.point(orders[2], belongs, Some(owner)).await;
    let list = world.list(&orders);
    let by = Member::Association(belongs);
    let found = world.request.list_filter(Some(list), by, Value::Object(owner)).await.unwrap();
    assert_eq!(world.elements(found), [orders[0], orders[2]]);
    let found = world.request.list_find(Some(list), by, Value::Empty).await.unwrap();
    assert_eq!(found, Some(orders[1]));
}
