//! Associations that both ends own.

use super::{Models, World};
use brooklet_model::{AssociationId, EntityId};

fn one_to_one() -> (Models, EntityId, EntityId, AssociationId) {
    let mut models = Models::default();
    let (person, passport) = (models.entity("Person"), models.entity("Passport"));
    let has = models.reference("Person_Passport", person, passport);
    models.both_own(has);
    (models, person, passport, has)
}

#[tokio::test]
async fn one_to_one_a_target_is_taken_from_whoever_had_it() {
    let (models, person, passport, has) = one_to_one();
    let mut world = World::open(models).await;
    let (ann, bob, paper) = (world.create(person), world.create(person), world.create(passport));
    world.point(ann, has, Some(paper)).await;
    world.point(bob, has, Some(paper)).await;
    assert_eq!(world.follow(ann, has).await, None);
    assert_eq!(world.request.follow(Some(paper), has, true).await.unwrap(), Some(bob));
}

#[tokio::test]
async fn one_to_one_committing_the_new_holder_lets_the_old_one_go() {
    let (models, person, passport, has) = one_to_one();
    let mut world = World::open(models).await;
    let (ann, bob, paper) = (world.create(person), world.create(person), world.create(passport));
    world.point(ann, has, Some(paper)).await;
    world.commit_all(&[ann, bob, paper]).await.unwrap();
    let (ann, bob) = (world.id(ann), world.id(bob));
    world.next_request().await;

    let (holder, paper) = (world.request.object_by_id(person, bob).await.unwrap(), world.row(passport).await);
    world.point(holder, has, Some(paper)).await;
    world.commit(holder).await;
    world.next_request().await;

    let paper = world.row(passport).await;
    assert_eq!(world.referrers(paper, has).await, [bob]);
    let ann = world.request.object_by_id(person, ann).await.unwrap();
    assert_eq!(world.follow(ann, has).await, None);
}

#[tokio::test]
async fn one_to_one_the_far_end_can_set_and_commit_it_too() {
    let (models, person, passport, has) = one_to_one();
    let mut world = World::open(models).await;
    let (ann, paper) = (world.create(person), world.create(passport));
    world.commit(ann).await;
    world.point(paper, has, Some(ann)).await;
    assert_eq!(world.follow(ann, has).await, Some(paper));
    world.commit(paper).await;
    world.next_request().await;

    let (holder, held) = (world.row(person).await, world.row(passport).await);
    let found = world.follow(holder, has).await.unwrap();
    assert_eq!(world.id(found), world.id(held));
    world.point(held, has, None).await;
    world.commit(held).await;
    let holder = world.row(person).await;
    assert_eq!(world.follow(holder, has).await, None);
}

#[tokio::test]
async fn one_to_one_a_new_holder_is_committed_along_with_the_far_end() {
    let (models, person, passport, has) = one_to_one();
    let mut world = World::open(models).await;
    let (ann, paper) = (world.create(person), world.create(passport));
    world.point(paper, has, Some(ann)).await;
    world.commit(paper).await;
    let row = world.row(person).await;
    assert_eq!(world.id(row), world.id(ann));
    assert!(world.follow(row, has).await.is_some());
}

#[tokio::test]
async fn many_to_many_both_ends_add_and_remove() {
    let mut models = Models::default();
    let (person, group) = (models.entity("Person"), models.entity("Group"));
    let member = models.set("Person_Group", person, group);
    models.both_own(member);
    let mut world = World::open(models).await;
    let (ann, bob, club) = (world.create(person), world.create(person), world.create(group));
    world.add(ann, member, club).await;
    world.add(club, member, bob).await;
    assert_eq!(world.referrers(club, member).await, [world.id(ann), world.id(bob)]);
    world.commit(club).await;
    assert_eq!(world.rows(person).await.len(), 2, "new members go along");
    world.next_request().await;

    let club = world.row(group).await;
    let people = world.rows(person).await;
    world.remove(club, member, people[0]).await;
    assert_eq!(world.referrers(club, member).await, [world.id(people[1])]);
    world.commit(club).await;
    world.next_request().await;
    let club = world.row(group).await;
    assert_eq!(world.referrers(club, member).await.len(), 1);
    world.point(club, member, None).await;
    world.commit(club).await;
    assert_eq!(world.referrers(club, member).await, []);
}
