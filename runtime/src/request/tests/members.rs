//! Reading and setting attributes; defaults; dates and users; passwords.

use brooklet_model::{
    AttributeType, DefaultValue, Enumeration, EnumerationId, EnumerationValue, SystemAssociation, SystemAttribute,
};
use brooklet_values::{ObjectId, Value};

use super::{Models, World, failure};
use crate::{
    errors::codes,
    request::{
        Session, password,
        tests::{models::TEXT, world::NOW_MS},
    },
};

#[tokio::test]
async fn a_new_object_has_its_defaults() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let moment = AttributeType::DateTime { localize: true };
    let slots = [
        models.attribute(order, "Done", AttributeType::Boolean),
        models.defaulting(order, "Amount", AttributeType::Integer, DefaultValue::Integer(0)),
        models.defaulting(order, "Price", AttributeType::Decimal, DefaultValue::Decimal("1.50".to_owned())),
        models.attribute(order, "Name", TEXT),
        models.defaulting(order, "At", moment, DefaultValue::CurrentDateTime),
        models.defaulting(order, "Number", AttributeType::AutoNumber, DefaultValue::Integer(1)),
    ];
    let mut world = World::open(models).await;
    let object = world.create(order);
    let values = slots.map(|slot| world.value(object, slot));
    let price = Value::Decimal("1.5".parse().unwrap());
    let expected =
        [Value::Boolean(false), Value::Integer(0), price, Value::Empty, Value::DateTime(NOW_MS), Value::Empty];
    assert_eq!(values, expected);
}

#[tokio::test]
async fn attributes_refuse_what_their_type_does_not_hold() {
    let mut models = Models::default();
    models.manifest.enumerations.push(Enumeration {
        name: "Test.Color".to_owned(),
        values: vec![EnumerationValue { key: "Red".to_owned(), caption: "Rot".to_owned() }],
        documentation: String::new(),
    });
    let order = models.entity("Order");
    let small = models.attribute(order, "Small", AttributeType::Integer);
    let large = models.attribute(order, "Large", AttributeType::Long);
    let color = models.attribute(order, "Color", AttributeType::Enumeration(EnumerationId(0)));
    let done = models.attribute(order, "Done", AttributeType::Boolean);
    let number = models.defaulting(order, "Number", AttributeType::AutoNumber, DefaultValue::Integer(1));
    let created = models.system(order, SystemAttribute::CreatedDate);
    let mut world = World::open(models).await;
    let object = world.create(order);
    let too_large = i64::from(i32::MAX) + 1;
    assert_eq!(failure(world.try_set(object, small, too_large).await).code, codes::OUT_OF_RANGE);
    world.set(object, large, too_large).await;
    world.set(object, color, Value::Enumeration("Red".into())).await;
    let blue = Value::Enumeration("Blue".into());
    assert_eq!(failure(world.try_set(object, color, blue).await).code, codes::INVALID_VALUE);
    assert_eq!(failure(world.try_set(object, done, Value::Empty).await).code, codes::INVALID_VALUE);
    assert_eq!(failure(world.try_set(object, small, "text").await).code, codes::INVALID_VALUE);
    assert_eq!(failure(world.try_set(object, number, 7).await).code, codes::MEMBER_UNAVAILABLE);
    assert_eq!(failure(world.try_set(object, created, 7).await).code, codes::MEMBER_UNAVAILABLE);
    assert_eq!(&*world.request.caption(EnumerationId(0), "Red").unwrap(), "Rot");
}

#[tokio::test]
async fn an_empty_object_has_no_members() {
    let mut world = World::open(Models::default()).await;
    assert_eq!(failure(world.request.get_integer(None, 0)).code, codes::EMPTY_OBJECT);
    assert_eq!(failure(world.request.change(None, Vec::new()).await).code, codes::EMPTY_OBJECT);
    assert!(!world.request.is_new(None).unwrap());
    assert!(world.request.same(None, None).unwrap());
}

#[tokio::test]
async fn setting_an_equal_value_writes_nothing_but_the_changed_date() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    let created = models.system(order, SystemAttribute::CreatedDate);
    let changed = models.system(order, SystemAttribute::ChangedDate);
    let mut world = World::open(models).await;
    let object = world.create_with(order, name, "same").await;
    world.commit(object).await;
    world.next_request().await;

    let object = world.row(order).await;
    world.time.set(NOW_MS + 500);
    world.set(object, name, "same").await;
    let written: Vec<_> = world.request.space().peek(object).unwrap().changed_slots().map(|(slot, _)| slot).collect();
    assert_eq!(written, [changed]);
    world.commit(object).await;
    let row = world.row(order).await;
    assert_eq!(world.value(row, created), Value::DateTime(NOW_MS));
    assert_eq!(world.value(row, changed), Value::DateTime(NOW_MS + 500));
}

#[tokio::test]
async fn the_owner_created_an_object_and_somebody_else_changed_it() {
    let mut models = Models::default();
    let (user, order) = (models.entity("System.User"), models.entity("Order"));
    let name = models.attribute(order, "Name", TEXT);
    let owner = models.user_association(order, user, SystemAssociation::Owner);
    let changed_by = models.user_association(order, user, SystemAssociation::ChangedBy);
    let mut world = World::open(models).await;
    let (ann, bob) = (world.create(user), world.create(user));
    world.commit_all(&[ann, bob]).await.unwrap();
    let (ann, bob) = (world.id(ann), world.id(bob));
    let session = |user: ObjectId| Session { user: Some(user), ..Session::system() };

    world.next_request_of(session(ann)).await;
    let object = world.create(order);
    world.commit(object).await;
    world.next_request_of(session(bob)).await;
    let object = world.row(order).await;
    world.set(object, name, "changed").await;
    world.commit(object).await;
    let row = world.row(order).await;
    assert_eq!(world.targets(row, owner).await, [ann]);
    assert_eq!(world.targets(row, changed_by).await, [bob]);
    let current = world.request.current_user().await.unwrap().unwrap();
    assert_eq!(world.id(current), bob);
    assert_eq!(world.request.current_user().await.unwrap(), Some(current));
}

#[tokio::test]
async fn passwords_are_hashed_when_they_are_set_and_never_given_out() {
    let mut models = Models::default();
    let user = models.entity("User");
    let (name, secret) =
        (models.attribute(user, "Name", TEXT), models.attribute(user, "Password", AttributeType::HashedString));
    let mut world = World::open(models).await;
    let object = world.create_with(user, secret, "secret").await;
    world.commit(object).await;
    let row = world.row(user).await;
    let Value::Text(hash) = world.value(row, secret) else { panic!("there is a hash") };
    assert!(password::verify("secret", &hash));
    assert_eq!(failure(world.request.get_text(Some(row), secret)).code, codes::MEMBER_UNAVAILABLE);
    let shown: Vec<_> = world.request.snapshot(row).unwrap().attributes.into_iter().map(|(name, _)| name).collect();
    assert_eq!(shown, ["Name"]);
    assert_eq!(world.request.get_text(Some(row), name).unwrap(), None);
}

#[tokio::test]
async fn a_decimal_is_rounded_only_where_it_is_stored() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let price = models.attribute(order, "Price", AttributeType::Decimal);
    let mut world = World::open(models).await;
    let exact: brooklet_values::Decimal = "0.1234567850000001".parse().unwrap();
    let object = world.create_with(order, price, exact.clone()).await;
    world.commit(object).await;
    assert_eq!(world.value(object, price), Value::Decimal(exact));
    let row = world.row(order).await;
    assert_eq!(world.request.get_text(Some(row), price).unwrap().as_deref(), Some("0.12345679"));
}

#[tokio::test]
async fn auto_numbers_are_drawn_at_the_first_commit() {
    let mut models = Models::default();
    let order = models.entity("Order");
    let number = models.defaulting(order, "Number", AttributeType::AutoNumber, DefaultValue::Integer(100));
    let mut world = World::open(models).await;
    let (first, second) = (world.create(order), world.create(order));
    assert_eq!(world.value(first, number), Value::Empty);
    world.commit_all(&[first, second]).await.unwrap();
    assert_eq!([first, second].map(|object| world.value(object, number)), [Value::Integer(100), Value::Integer(101)]);
    world.commit(first).await;
    assert_eq!(world.value(first, number), Value::Integer(100));
}

#[tokio::test]
async fn an_argument_is_an_object_with_members_and_a_result_a_snapshot() {
    use crate::request::{Assignment, Member};
    let mut models = Models::default();
    let (order, customer) = (models.entity("Order"), models.entity("Customer"));
    let name = models.attribute(order, "Name", TEXT);
    let belongs = models.reference("Order_Customer", order, customer);
    let mut world = World::open(models).await;
    let owner = world.create(customer);
    let members = vec![
        Assignment { member: Member::Attribute(name), value: "x".into() },
        Assignment { member: Member::Association(belongs), value: Value::Object(owner) },
    ];
    let object = world.request.create_object(order, members).await.unwrap();
    let snapshot = world.request.snapshot(object).unwrap();
    assert!(snapshot.is_new);
    assert_eq!(snapshot.attributes, [("Name".to_owned(), "x".into())]);
    assert_eq!(snapshot.references.len(), 1);
    assert_eq!(snapshot.references[0].name, "Test.Order_Customer");
    assert_eq!(snapshot.references[0].targets, [world.id(owner)]);
}
