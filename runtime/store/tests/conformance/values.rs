//! What is written is what is read.

use brooklet_store::StoreError;
use brooklet_values::{ObjectId, Value};

use crate::{harness::Db, shop::*};

on_both!(
    every_type_survives,
    decimals_survive_at_their_extremes,
    decimals_are_rounded_half_even_when_stored,
    decimals_that_are_too_great_are_refused,
    a_value_of_another_type_is_refused,
);

async fn every_type_survives(db: Db) {
    let (store, plan) = db.open(model()).await;
    let values = [
        (NAME, t("Ann")),
        (AGE, Value::Integer(-7)),
        (SCORE, d("1.5")),
        (BORN, Value::DateTime(-62_135_596_800_000)),
        (ACTIVE, Value::Boolean(true)),
        (COLOR, Value::Enumeration("Red".into())),
        (PHOTO, Value::Binary(vec![0, 255, 10].into())),
        (brooklet_model::AttributeRef { entity: PERSON, index: 7 }, t("$argon2id$…")),
        (NUMBER, Value::Integer(i64::MAX)),
    ];
    let full = row(&plan, PERSON, i64::MAX, &values);
    let bare = row(&plan, PERSON, 1, &[]);
    store_rows(&store, &plan, &[full.clone(), bare.clone()]).await;
    let read = store.begin(plan).get(PERSON, &[full.id, bare.id, ObjectId(5)]).await.unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].id, &read[0].attributes), (bare.id, &bare.attributes));
    assert_eq!((read[1].id, &read[1].attributes), (full.id, &full.attributes));
}

async fn decimals_survive_at_their_extremes(db: Db) {
    let (store, plan) = db.open(model()).await;
    let numbers = [
        "99999999999999999999.99999999",
        "-99999999999999999999.99999999",
        "0.00000001",
        "-0.00000001",
        "0",
        "100",
        "12345678901234567890.12345678",
    ];
    let person = |(i, number): (usize, &&str)| row(&plan, PERSON, i as i64 + 1, &[(SCORE, d(number))]);
    let rows: Vec<_> = numbers.iter().enumerate().map(person).collect();
    store_rows(&store, &plan, &rows).await;
    let read = store.begin(plan).get(PERSON, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await.unwrap();
    for (row, number) in read.iter().zip(numbers) {
        assert_eq!(row.attributes[2], d(number));
    }
}

async fn decimals_are_rounded_half_even_when_stored(db: Db) {
    let (store, plan) = db.open(model()).await;
    let cases = [
        ("0.000000005", "0"),
        ("0.000000015", "0.00000002"),
        ("0.000000025", "0.00000002"),
        ("-0.0000000251", "-0.00000003"),
    ];
    let person = |(i, (number, _)): (usize, &(&str, &str))| row(&plan, PERSON, i as i64 + 1, &[(SCORE, d(number))]);
    let rows: Vec<_> = cases.iter().enumerate().map(person).collect();
    store_rows(&store, &plan, &rows).await;
    let read = store.begin(plan).get(PERSON, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await.unwrap();
    for (row, (_, stored)) in read.iter().zip(cases) {
        assert_eq!(row.attributes[2], d(stored));
    }
}

async fn decimals_that_are_too_great_are_refused(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    for number in ["100000000000000000000", "99999999999999999999.999999999"] {
        let error = at.insert(&[row(&plan, PERSON, 1, &[(SCORE, d(number))])]).await.unwrap_err();
        assert!(matches!(&error, StoreError::Value { member, .. } if member == "Shop.Person.Score"), "{error}");
    }
    assert!(!at.has_begun());
}

async fn a_value_of_another_type_is_refused(db: Db) {
    let (store, plan) = db.open(model()).await;
    let wrong = row(&plan, PERSON, 1, &[(AGE, t("seven"))]);
    assert!(matches!(store.begin(plan).insert(&[wrong]).await.unwrap_err(), StoreError::Value { .. }));
}
