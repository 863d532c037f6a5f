//! Lists and aggregates.

use brooklet_model::{AttributeType, Query, SortKey as QuerySortKey};
use brooklet_values::{ListHandle, ObjectHandle, Value};

use super::{Models, World, failure};
use crate::{
    errors::{Interruption, codes},
    objects::Lists,
    request::{Aggregation, Combination, Member, SortKey, tests::models::TEXT},
};

async fn three() -> (World, [ObjectHandle; 3]) {
    let mut models = Models::default();
    let note = models.transient("Note");
    models.attribute(note, "Name", TEXT);
    models.attribute(note, "Count", AttributeType::Long);
    models.attribute(note, "Price", AttributeType::Decimal);
    let mut world = World::open(models).await;
    let objects = [world.create(note), world.create(note), world.create(note)];
    (world, objects)
}

const NAME: u32 = 0;
const COUNT: u32 = 1;
const PRICE: u32 = 2;

#[tokio::test]
async fn an_element_may_be_there_twice_and_is_removed_once() {
    let (mut world, [a, b, _]) = three().await;
    let handle = world.request.list_create().unwrap();
    let list = Some(handle);
    for element in [a, b, a] {
        world.request.list_add(list, Some(element)).unwrap();
    }
    world.request.list_remove(list, Some(a)).unwrap();
    assert_eq!(world.elements(handle), [b, a]);
    world.request.list_add_all(list, list).unwrap();
    assert_eq!(world.request.list_length(list).unwrap(), 4);
    let both = Some(world.list(&[a, b, b]));
    world.request.list_remove_all(list, both).unwrap();
    assert_eq!(world.elements(handle), [a]);
    world.request.list_clear(list).unwrap();
    assert_eq!(world.request.list_head(list).unwrap(), None);
    assert_eq!(failure(world.request.list_add(list, None)).code, codes::EMPTY_OPERAND);
}

#[tokio::test]
async fn no_list_reads_as_one_without_elements() {
    let (mut world, [a, ..]) = three().await;
    assert_eq!(world.request.list_length(None).unwrap(), 0);
    let tail = world.request.list_tail(None).unwrap();
    assert_eq!(world.elements(tail), []);
    assert!(!world.request.list_contains(None, Some(a)).unwrap());
    assert!(world.request.list_contains_all(None, None).unwrap());
    assert_eq!(failure(world.request.list_add(None, Some(a))).code, codes::EMPTY_OPERAND);
    assert!(matches!(world.request.list_length(Some(ListHandle(9))), Err(Interruption::Internal(_))));
}

#[tokio::test]
async fn combinations_keep_the_first_lists_order() {
    let (mut world, [a, b, c]) = three().await;
    let (left, right) = (Some(world.list(&[b, a, b])), Some(world.list(&[c, b, c])));
    let mut combined = |how| {
        let list = world.request.list_combine(how, left, right).unwrap();
        world.elements(list)
    };
    assert_eq!(combined(Combination::Union), [b, a, c]);
    assert_eq!(combined(Combination::Intersect), [b]);
    assert_eq!(combined(Combination::Subtract), [a]);
    let other = Some(world.list(&[a, b]));
    assert!(world.request.list_equals(left, other).unwrap());
    assert!(!world.request.list_equals(left, right).unwrap());
    assert!(world.request.list_contains_all(left, other).unwrap());
    assert!(!world.request.list_contains_all(other, right).unwrap());
}

#[tokio::test]
async fn ranges_and_tails_are_new_lists() {
    let (mut world, [a, b, c]) = three().await;
    let list = Some(world.list(&[a, b, c]));
    let tail = world.request.list_tail(list).unwrap();
    assert_eq!(world.elements(tail), [b, c]);
    let range = world.request.list_range(list, 1, Some(1)).unwrap();
    assert_eq!(world.elements(range), [b]);
    let range = world.request.list_range(list, 9, None).unwrap();
    assert_eq!(world.elements(range), []);
    let copy = world.request.list_copy(list).unwrap();
    world.request.list_clear(list).unwrap();
    assert_eq!(world.elements(copy), [a, b, c]);
}

#[tokio::test]
async fn sorting_is_stable_and_empty_values_come_last_ascending() {
    let (mut world, [a, b, c]) = three().await;
    world.set(a, NAME, "x").await;
    world.set(b, COUNT, 1).await;
    world.set(c, NAME, "x").await;
    let list = Some(world.list(&[c, b, a]));
    let mut sorted = |slot, descending| {
        let list = world.request.list_sort(list, &[SortKey { slot, descending }]).unwrap();
        world.elements(list)
    };
    assert_eq!(sorted(NAME, false), [c, a, b]);
    assert_eq!(sorted(NAME, true), [b, c, a]);
    assert_eq!(sorted(COUNT, false), [b, c, a]);
}

#[tokio::test]
async fn memory_and_database_sort_alike() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    let path = brooklet_model::AttributePath { steps: Vec::new(), attribute: models.own(order, name) };
    let both = [false, true].map(|descending| {
        let sort = vec![QuerySortKey { path: path.clone(), descending }];
        (descending, models.query(Query { sort, ..Query::all(order) }))
    });
    let mut world = World::open(models).await;
    let mut objects = Vec::new();
    for text in ["b", "B", "ä", "", "a", "😀", "\u{ffff}"] {
        objects.push(world.create_with(order, name, text).await);
    }
    objects.push(world.create(order));
    world.commit_all(&objects).await.unwrap();
    for (descending, query) in both {
        let list = world.list(&objects);
        let sorted = world.request.list_sort(Some(list), &[SortKey { slot: name, descending }]).unwrap();
        let retrieved = world.request.retrieve(query, Vec::new(), None, None).await.unwrap();
        let ids = |list| world.request.space().ids(&world.elements(list)).unwrap();
        assert_eq!(ids(sorted), ids(retrieved));
    }
}

#[tokio::test]
async fn filters_compare_by_value_and_pass_over_what_is_gone() {
    let (mut world, [a, b, c]) = three().await;
    for object in [a, b, c] {
        world.set(object, PRICE, 2).await;
    }
    world.delete(b).await.unwrap();
    let list = Some(world.list(&[b, c, a]));
    let by = Member::Attribute(PRICE);
    let two = Value::Integer(2);
    let found = world.request.list_filter(list, by, two.clone()).await.unwrap();
    assert_eq!(world.elements(found), [c, a]);
    assert_eq!(world.request.list_find(list, by, two).await.unwrap(), Some(c));
    assert_eq!(world.request.list_find(list, by, Value::Empty).await.unwrap(), None);
}

#[tokio::test]
async fn aggregates_ignore_empty_values_and_over_nothing_only_the_sum_is_something() {
    use Aggregation::{Average, Maximum, Minimum, Sum};
    let (mut world, [a, b, c]) = three().await;
    let list = Some(world.list(&[a, b, c]));
    let over = |world: &World, how, slot| world.request.list_aggregate(how, list, slot).unwrap();
    for (how, expected) in
        [(Sum, Value::Integer(0)), (Average, Value::Empty), (Minimum, Value::Empty), (Maximum, Value::Empty)]
    {
        assert_eq!(over(&world, how, COUNT), expected);
    }
    world.set(a, COUNT, 1).await;
    world.set(c, COUNT, 3).await;
    world.set(a, PRICE, 10).await;
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    assert_eq!(over(&world, Sum, COUNT), Value::Integer(4));
    assert_eq!(over(&world, Average, COUNT), decimal("2"));
    assert_eq!(over(&world, Minimum, COUNT), Value::Integer(1));
    assert_eq!(over(&world, Maximum, COUNT), Value::Integer(3));
    assert_eq!(over(&world, Sum, PRICE), decimal("10"));
    world.set(b, COUNT, 1).await;
    assert_eq!(over(&world, Average, COUNT), decimal("1.666666666666666666666666666666667"));
    world.set(b, COUNT, i64::MAX).await;
    assert_eq!(failure(world.request.list_aggregate(Sum, list, COUNT)).code, codes::INTEGER_OVERFLOW);
}

#[tokio::test]
async fn too_many_elements_exceed_a_limit() {
    let (mut world, [a, ..]) = three().await;
    world.request.lists = Lists::new(10, 3);
    let list = world.list(&[a, a]);
    let outcome = world.request.list_add_all(Some(list), Some(list));
    assert!(matches!(outcome, Err(Interruption::Limit(exceeded)) if exceeded.limit == "list_elements"));
    world.request.list_clear(Some(list)).unwrap();
    world.request.list_add(Some(list), Some(a)).unwrap();
}
