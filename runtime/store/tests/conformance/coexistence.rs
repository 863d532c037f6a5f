//! What is added, removed, renamed or ruled while the old version serves.

use brooklet_model::*;
use brooklet_store::StoreError;

use crate::{
    change::*,
    harness::{Db, NOW_MS},
    shop::{attribute, entity, t, text, unique},
};

on_both!(
    an_attribute_is_added,
    an_attribute_with_a_default_is_added,
    a_boolean_is_added,
    an_autonumber_is_added,
    an_attribute_is_removed,
    an_autonumber_is_removed,
    an_attribute_is_renamed,
    an_attribute_is_renamed_and_its_former_name_is_given_away,
    an_entity_is_renamed,
    an_entity_and_its_attribute_are_renamed,
    an_attribute_is_renamed_and_converted,
    an_enumeration_gets_a_key,
    a_text_gets_shorter,
    a_rule_is_added,
    a_rule_is_dropped,
    a_unique_attribute_is_converted,
    an_index_is_added,
    an_index_is_dropped,
    an_entity_is_added,
    an_entity_is_removed,
);

fn renamed_attribute(mut manifest: Manifest, now: &str, before: &str) -> Manifest {
    manifest.former.attributes.insert(now.into(), vec![before.into()]);
    manifest
}

fn renamed_entity(mut manifest: Manifest, now: &str, before: &str) -> Manifest {
    manifest.former.entities.insert(now.into(), vec![before.into()]);
    manifest
}

fn with_unique(mut manifest: Manifest) -> Manifest {
    manifest.entities[0].rules = vec![unique(vec![AttributeRef { entity: THING, index: 0 }])];
    manifest
}

fn with_index(mut manifest: Manifest) -> Manifest {
    let attribute = AttributeRef { entity: THING, index: 0 };
    manifest.entities[0].indexes = vec![Index { columns: vec![IndexColumn { attribute, descending: false }] }];
    manifest
}

fn defaulting(default: DefaultValue, attribute: Attribute) -> Attribute {
    Attribute { default: Some(default), ..attribute }
}

/// A change of names needs no change of the database at all.
async fn is_done_by_names(change: Change, db: Db) {
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps, evolution.contract), (vec![], vec![]));
}

async fn an_attribute_is_added(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("B"), text("A")]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("new"), t("c")])],
        old_changes: vec![(3, 0, t("c2"))],
        new_changes: vec![(1, 0, t("added"))],
        old_reads: each([t("a"), t("b"), t("c2")]),
        new_reads: vec![(1, vec![t("added"), t("a")]), (2, vec![NONE, t("b")]), (3, vec![t("new"), t("c2")])],
    };
    change.check(&db).await;
}

async fn an_attribute_with_a_default_is_added(db: Db) {
    let b = defaulting(DefaultValue::Text("it's".into()), text("B"));
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), b]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c"), NONE])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: vec![(1, vec![t("a"), t("it's")]), (2, vec![t("b"), t("it's")]), (3, vec![t("c"), NONE])],
        ..Change::default()
    };
    change.check(&db).await;
}

async fn a_boolean_is_added(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), attribute("B", BOOLEAN)]),
        seed: vec![(1, vec![t("a")])],
        old_creates: vec![(2, vec![t("b")])],
        new_changes: vec![(1, 1, b(true))],
        old_reads: each([t("a"), t("b")]),
        new_reads: vec![(1, vec![t("a"), b(true)]), (2, vec![t("b"), b(false)])],
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_autonumber_is_added(db: Db) {
    let number = defaulting(DefaultValue::Integer(100), attribute("N", AttributeType::AutoNumber));
    let change = Change {
        before: things(vec![text("A")]),
        after: things(vec![text("A"), number]),
        seed: each([t("a"), t("b")]),
        old_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: vec![(1, vec![t("a"), i(100)]), (2, vec![t("b"), i(101)]), (3, vec![t("c"), i(102)])],
        ..Change::default()
    };
    let after = change.after.clone();
    let (evolution, store) = change.check(&db).await;
    let plan = evolved(&store, &evolution, &after);
    let drawn = store.begin(plan).draw_numbers(AttributeRef { entity: THING, index: 1 }, 1).await.unwrap();
    assert_eq!(drawn, [103]);
}

async fn an_attribute_is_removed(db: Db) {
    let change = Change {
        before: things(vec![text("A"), attribute("B", BOOLEAN), text("C")]),
        after: things(vec![text("A")]),
        seed: vec![(1, vec![t("a"), b(true), t("c")])],
        old_creates: vec![(2, vec![t("b"), b(true), t("c")])],
        new_creates: vec![(3, vec![t("c")])],
        new_changes: vec![(1, 0, t("a2"))],
        old_reads: vec![
            (1, vec![t("a2"), b(true), t("c")]),
            (2, vec![t("b"), b(true), t("c")]),
            (3, vec![t("c"), b(false), NONE]),
        ],
        new_reads: each([t("a2"), t("b"), t("c")]),
        ..Change::default()
    };
    let before = change.before.clone();
    let (evolution, store) = change.check(&db).await;
    // What comes back finds what it had.
    let fewer = evolved(&store, &evolution, &things(vec![text("A")]));
    let back = evolve(&store, &fewer, &before).await;
    assert!(back.steps.iter().all(|step| step.sql.is_empty()), "{:?}", back.steps);
    store.expand(&back, None).await.unwrap();
    let read = read(&store, &evolved(&store, &back, &before)).await;
    assert_eq!(read[0], (1, vec![t("a2"), b(true), t("c")]));
}

async fn an_autonumber_is_removed(db: Db) {
    let change = Change {
        before: things(vec![attribute("N", AttributeType::AutoNumber), text("A")]),
        after: things(vec![text("A")]),
        // The sequence has not been drawn from.
        seed: vec![(1, vec![i(50), t("a")])],
        new_creates: vec![(2, vec![t("b")])],
        old_reads: vec![(1, vec![i(50), t("a")]), (2, vec![i(1), t("b")])],
        new_reads: each([t("a"), t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_attribute_is_renamed(db: Db) {
    let change = Change {
        before: things(vec![text("A"), text("B")]),
        after: renamed_attribute(things(vec![text("B"), text("Z")]), "M.Thing.Z", "A"),
        seed: vec![(1, vec![t("a"), t("b")])],
        old_creates: vec![(2, vec![t("c"), t("d")])],
        new_creates: vec![(3, vec![t("e"), t("f")])],
        old_changes: vec![(1, 0, t("a2"))],
        new_changes: vec![(2, 1, t("c2"))],
        old_reads: vec![(1, vec![t("a2"), t("b")]), (2, vec![t("c2"), t("d")]), (3, vec![t("f"), t("e")])],
        new_reads: vec![(1, vec![t("b"), t("a2")]), (2, vec![t("d"), t("c2")]), (3, vec![t("e"), t("f")])],
    };
    is_done_by_names(change, db).await;
}

/// A was renamed to Z in an earlier version; a new attribute A is another thing.
async fn an_attribute_is_renamed_and_its_former_name_is_given_away(db: Db) {
    let store = db.connect().await;
    let first = install(&store, things(vec![text("A")])).await;
    create(&store, &first, &each([t("a")])).await;
    let second = renamed_attribute(things(vec![text("Z")]), "M.Thing.Z", "A");
    let renaming = evolve(&store, &first, &second).await;
    store.expand(&renaming, None).await.unwrap();
    store.contract(&renaming, None, NOW_MS).await.unwrap();
    let second = evolved(&store, &renaming, &second);
    let third = renamed_attribute(things(vec![text("Z"), text("A")]), "M.Thing.Z", "A");
    let adding = evolve(&store, &second, &third).await;
    store.expand(&adding, None).await.unwrap();
    let third = evolved(&store, &adding, &third);
    create(&store, &third, &vec![(2, vec![t("z"), t("new")])]).await;
    assert_eq!(read(&store, &third).await, [(1, vec![t("a"), NONE]), (2, vec![t("z"), t("new")])]);
    assert_eq!(read(&store, &second).await, each([t("a"), t("z")]));
}

async fn an_entity_is_renamed(db: Db) {
    let change = Change {
        before: things(vec![text("A")]),
        after: renamed_entity(named("N.Item", vec![text("A")]), "N.Item", "M.Thing"),
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: each([t("a"), t("b"), t("c")]),
        ..Change::default()
    };
    is_done_by_names(change, db).await;
}

async fn an_entity_and_its_attribute_are_renamed(db: Db) {
    let after = renamed_entity(named("N.Item", vec![text("Z")]), "N.Item", "M.Thing");
    let change = Change {
        before: things(vec![text("A")]),
        after: renamed_attribute(after, "N.Item.Z", "A"),
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        new_creates: vec![(3, vec![t("c")])],
        old_reads: each([t("a"), t("b"), t("c")]),
        new_reads: each([t("a"), t("b"), t("c")]),
        ..Change::default()
    };
    is_done_by_names(change, db).await;
}

async fn an_attribute_is_renamed_and_converted(db: Db) {
    let after = renamed_attribute(things(vec![attribute("Z", LONG)]), "M.Thing.Z", "A");
    let change = Change {
        before: of(TEXT),
        after,
        seed: each([t("7")]),
        old_creates: vec![(2, vec![t("8")])],
        new_creates: vec![(3, vec![i(9)])],
        old_reads: each([t("7"), t("8"), t("9")]),
        new_reads: each([i(7), i(8), i(9)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_enumeration_gets_a_key(db: Db) {
    let change = Change {
        before: of(COLOR),
        after: of(HUE),
        seed: each([k("Red")]),
        new_creates: vec![(2, vec![k("Blue")])],
        old_reads: each([k("Red"), k("Blue")]),
        new_reads: each([k("Red"), k("Blue")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps, evolution.warnings), (vec![], vec![]));
}

async fn a_text_gets_shorter(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: of(AttributeType::String { length: Some(3) }),
        seed: each([t("abc"), t("abcd")]),
        old_reads: each([t("abc"), t("abcd")]),
        new_reads: each([t("abc"), t("abcd")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    let warnings: Vec<_> = evolution.warnings.iter().map(|warning| (warning.rule.as_str(), warning.rows)).collect();
    assert_eq!(warnings, [("at most 3 characters", Some(1))]);
}

async fn a_rule_is_added(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: with_unique(of(TEXT)),
        seed: each([t("a"), NONE, NONE]),
        old_creates: vec![(4, vec![t("b")])],
        old_reads: each([t("a"), NONE, NONE, t("b")]),
        new_reads: each([t("a"), NONE, NONE, t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn a_rule_is_dropped(db: Db) {
    let store = db.connect().await;
    let old = install(&store, with_unique(of(TEXT))).await;
    let after = of(TEXT);
    let evolution = evolve(&store, &old, &after).await;
    store.expand(&evolution, None).await.unwrap();
    let new = evolved(&store, &evolution, &after);
    create(&store, &new, &each([t("a")])).await;
    let twice = [new_row(&new, &(2, vec![t("a")]))];
    let bound = store.begin(new.clone()).insert(&twice).await.unwrap_err();
    assert!(matches!(bound, StoreError::Unique { .. }), "the old version counts on it: {bound}");
    store.contract(&evolution, None, NOW_MS).await.unwrap();
    crate::shop::store_rows(&store, &new, &twice).await;
}

async fn a_unique_attribute_is_converted(db: Db) {
    let change = Change {
        before: with_unique(of(TEXT)),
        after: with_unique(of(LONG)),
        seed: each([t("1"), t("2")]),
        old_creates: vec![(3, vec![t("3")])],
        new_creates: vec![(4, vec![i(4)])],
        old_reads: each([t("1"), t("2"), t("3"), t("4")]),
        new_reads: each([i(1), i(2), i(3), i(4)]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_index_is_added(db: Db) {
    let change = Change {
        before: of(TEXT),
        after: with_index(of(TEXT)),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps.len(), evolution.steps[0].rows), (1, 1));
}

async fn an_index_is_dropped(db: Db) {
    let change = Change {
        before: with_index(of(TEXT)),
        after: of(TEXT),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, _) = change.check(&db).await;
    assert_eq!((evolution.steps.len(), evolution.contract.len()), (0, 1));
}

async fn an_entity_is_added(db: Db) {
    let mut after = of(TEXT);
    after.entities.push(entity("M.Special", Some(THING), vec![text("B")]));
    let change = Change {
        before: of(TEXT),
        after,
        seed: each([t("a")]),
        old_creates: vec![(2, vec![t("b")])],
        old_reads: each([t("a"), t("b")]),
        new_reads: each([t("a"), t("b")]),
        ..Change::default()
    };
    change.check(&db).await;
}

async fn an_entity_is_removed(db: Db) {
    let mut before = of(TEXT);
    before.entities.push(entity("M.Other", None, vec![text("B")]));
    let change = Change {
        before,
        after: of(TEXT),
        seed: each([t("a")]),
        old_reads: each([t("a")]),
        new_reads: each([t("a")]),
        ..Change::default()
    };
    let (evolution, store) = change.check(&db).await;
    assert!(evolution.steps.is_empty());
    assert_eq!(store.purge(NOW_MS).await.unwrap(), [""; 0], "it was parked at that moment, not before");
    let dropped = store.purge(NOW_MS + 1).await.unwrap();
    assert!(dropped.contains(&"table m$other".to_owned()), "{dropped:?}");
}
