//! Attributes whose values are of another kind in the new version, while the old one serves.

use crate::{
    change::*,
    harness::Db,
    shop::{d, t},
};

on_both!(
    text_becomes_integer,
    text_becomes_decimal,
    text_becomes_boolean,
    text_becomes_datetime,
    text_becomes_enumeration,
    integer_becomes_decimal,
    integer_becomes_text,
    decimal_becomes_integer,
    decimal_becomes_text,
    boolean_becomes_text,
    enumeration_becomes_text,
    datetime_becomes_text,
);

async fn text_becomes_integer(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(LONG),
        seed: each([t("007"), t("-12"), NONE, t("+9223372036854775807")]),
        old_creates: vec![(5, vec![t("5")]), (6, vec![t("five")])],
        new_creates: vec![(7, vec![i(7)]), (8, vec![NONE])],
        old_changes: vec![(2, 0, t("13")), (7, 0, NONE)],
        new_changes: vec![(3, 0, i(33)), (4, 0, NONE), (5, 0, i(55))],
        // What nobody writes stays as it was written: 007.
        old_reads: each([t("007"), t("13"), t("33"), NONE, t("55"), t("five"), NONE, NONE]),
        new_reads: each([i(7), i(13), i(33), NONE, i(55), NONE, NONE, NONE]),
    };
    change.check(&db).await;
}

async fn text_becomes_decimal(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(DECIMAL),
        seed: each([t("1.50"), t("-0.0"), t("+007"), t("-12.25"), NONE]),
        old_creates: vec![(6, vec![t("0.00000001")])],
        new_creates: vec![(7, vec![d("3.25")])],
        old_changes: vec![(4, 0, t("4.0")), (7, 0, t("1."))],
        new_changes: vec![(1, 0, d("2.50"))],
        old_reads: each([t("2.5"), t("-0.0"), t("+007"), t("4.0"), NONE, t("0.00000001"), t("1.")]),
        new_reads: each([d("2.5"), d("0"), d("7"), d("4"), NONE, d("0.00000001"), NONE]),
    };
    change.check(&db).await;
}

async fn text_becomes_boolean(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(BOOLEAN),
        seed: each([t("true"), t("false"), NONE]),
        old_creates: vec![(4, vec![t("true")]), (5, vec![NONE])],
        new_creates: vec![(6, vec![b(true)])],
        old_changes: vec![(1, 0, t("false"))],
        new_changes: vec![(2, 0, b(true))],
        old_reads: each([t("false"), t("true"), NONE, t("true"), NONE, t("true")]),
        new_reads: each([b(false), b(true), b(false), b(true), b(false), b(true)]),
    };
    change.check(&db).await;
}

async fn text_becomes_datetime(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(DATETIME),
        seed: each([t("2024-02-29"), t("1969-12-31T23:59:59.999Z"), NONE]),
        old_creates: vec![(4, vec![t("1970-01-02T00:00:01Z")]), (5, vec![t("2023-02-29")])],
        new_creates: vec![(6, vec![at(1)])],
        new_changes: vec![(1, 0, at(0))],
        old_reads: each([
            t("1970-01-01T00:00:00.000Z"),
            t("1969-12-31T23:59:59.999Z"),
            NONE,
            t("1970-01-02T00:00:01Z"),
            t("2023-02-29"),
            t("1970-01-01T00:00:00.001Z"),
        ]),
        new_reads: each([at(0), at(-1), NONE, at(86_401_000), NONE, at(1)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn text_becomes_enumeration(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(COLOR),
        seed: each([t("Red"), NONE]),
        old_creates: vec![(3, vec![t("Green")]), (4, vec![t("Mauve")])],
        new_creates: vec![(5, vec![k("Green")])],
        new_changes: vec![(1, 0, k("Green"))],
        old_reads: each([t("Green"), NONE, t("Green"), t("Mauve"), t("Green")]),
        new_reads: each([k("Green"), NONE, k("Green"), NONE, k("Green")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn integer_becomes_decimal(db: Db) {
    let change = Change {
        before: of(INTEGER),
        after: of(DECIMAL),
        seed: each([i(7), NONE]),
        old_creates: vec![(3, vec![i(-3)])],
        new_creates: vec![(4, vec![d("4")]), (5, vec![d("5.5")])],
        old_changes: vec![(4, 0, i(44))],
        new_changes: vec![(1, 0, d("7.25"))],
        // What is no integer is empty for the old version, and stays with the new one.
        old_reads: each([NONE, NONE, i(-3), i(44), NONE]),
        new_reads: each([d("7.25"), NONE, d("-3"), d("44"), d("5.5")]),
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!(
        evolution.breaking,
        ["M.Thing.A: the old version finds it empty where the new one writes what is no integer"]
    );
}

async fn integer_becomes_text(db: Db) {
    let change = Change {
        before: of(INTEGER),
        after: of(TEXT),
        seed: each([i(7), NONE]),
        old_creates: vec![(3, vec![i(-3)])],
        new_creates: vec![(4, vec![t("4")]), (5, vec![t("five")])],
        old_changes: vec![(5, 0, i(55))],
        new_changes: vec![(1, 0, t("seven"))],
        old_reads: each([NONE, NONE, i(-3), i(4), i(55)]),
        new_reads: each([t("seven"), NONE, t("-3"), t("4"), t("55")]),
    };
    change.check(&db).await;
}

async fn decimal_becomes_integer(db: Db) {
    let change = Change {
        before: of(DECIMAL),
        after: of(LONG),
        seed: each([d("7.00"), d("-3"), NONE]),
        old_creates: vec![(4, vec![d("4.5")])],
        new_creates: vec![(5, vec![i(5)])],
        old_changes: vec![(2, 0, d("100"))],
        old_reads: each([d("7"), d("100"), NONE, d("4.5"), d("5")]),
        new_reads: each([i(7), i(100), NONE, NONE, i(5)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn decimal_becomes_text(db: Db) {
    let change = Change {
        before: of(DECIMAL),
        after: of(TEXT),
        seed: each([d("7.50"), NONE]),
        new_creates: vec![(3, vec![t("1.20")]), (4, vec![t("x")])],
        old_changes: vec![(1, 0, d("8"))],
        old_reads: each([d("8"), NONE, d("1.2"), NONE]),
        new_reads: each([t("8"), NONE, t("1.20"), t("x")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn boolean_becomes_text(db: Db) {
    let change = Change {
        before: of(BOOLEAN),
        after: of(TEXT),
        seed: each([b(true), b(false)]),
        old_creates: vec![(3, vec![b(true)])],
        new_creates: vec![(4, vec![t("true")])],
        new_changes: vec![(1, 0, t("false"))],
        old_reads: each([b(false), b(false), b(true), b(true)]),
        new_reads: each([t("false"), t("false"), t("true"), t("true")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn enumeration_becomes_text(db: Db) {
    let change = Change {
        before: of(COLOR),
        after: of(TEXT),
        seed: each([k("Red"), NONE]),
        old_creates: vec![(3, vec![k("Green")])],
        new_changes: vec![(2, 0, t("Red"))],
        old_reads: each([k("Red"), k("Red"), k("Green")]),
        new_reads: each([t("Red"), t("Red"), t("Green")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn datetime_becomes_text(db: Db) {
    let change = Change {
        before: of(DATETIME),
        after: of(TEXT),
        seed: each([at(86_399_999), NONE]),
        new_creates: vec![(3, vec![t("2000-01-01")]), (4, vec![t("soon")])],
        old_reads: each([at(86_399_999), NONE, at(946_684_800_000), NONE]),
        new_reads: each([t("1970-01-01T23:59:59.999Z"), NONE, t("2000-01-01"), t("soon")]),
        ..Change::default()
    };
    change.check(&db).await;
}
