//! What an evolution refuses or warns of, and who is refused to carry it out.

use std::{sync::Arc, time::Duration};

use brooklet_model::*;
use brooklet_store::{Refusal, Store, StoreError};
use brooklet_values::{ObjectId, Value};

use crate::{
    change::{TEXT, THING, dies_after, evolve, evolved, from_to, install, of, things, values},
    harness::{Db, NOW_MS},
    shop::{attribute, entity, row, store_rows, t, text},
};

on_both!(
    values_that_do_not_convert_are_refused_with_their_rows,
    what_has_no_conversion_is_refused,
    longs_must_fit_into_integers,
    a_unique_rule_looks_at_the_values_to_be,
    new_rules_warn_of_what_violates_them,
    a_migrator_without_its_lease_does_nothing,
    an_outdated_plan_is_refused,
);

const LEASE: &str = "migration";

async fn refusals(store: &Store, before: AttributeType, seed: &[Value], after: AttributeType) -> Vec<Refusal> {
    let (plan, evolution) = from_to(store, of(before), seed, &of(after)).await;
    let refused = store.expand(&evolution, None).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Refused(refusals) if *refusals == evolution.refusals), "{refused}");
    assert_eq!(values(store, &plan).await, seed, "nothing was changed");
    evolution.refusals
}

fn at(entity: EntityId, index: u32) -> AttributeRef {
    AttributeRef { entity, index }
}

async fn values_that_do_not_convert_are_refused_with_their_rows(db: Db) {
    let store = db.connect().await;
    let seed: Vec<_> = ["1", "1.5", "", "9223372036854775808", " 1", "1e3"].map(t).into();
    let [refusal] = &refusals(&store, TEXT, &seed, AttributeType::Long).await[..] else { panic!() };
    assert_eq!((refusal.member.as_str(), refusal.rows), ("M.Thing.A", 5));
    let shown: Vec<_> = refusal.examples.iter().map(|example| (example.id, example.value.as_str())).collect();
    let expected = [(2, "\"1.5\""), (3, "\"\""), (4, "\"9223372036854775808\""), (5, "\" 1\""), (6, "\"1e3\"")];
    assert_eq!(shown, expected);
    assert_eq!(refusal.remedy, "change these values, or give the new attribute another name");

    for (kind, stands) in [
        (AttributeType::Decimal, vec![3, 5, 6]),
        (AttributeType::Boolean, vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::DateTime { localize: true }, vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::Enumeration(EnumerationId(0)), vec![1, 2, 3, 4, 5, 6]),
        (AttributeType::Integer, vec![2, 3, 4, 5, 6]),
    ] {
        let evolution = store.evolve(None, &Arc::new(of(kind.clone())), NOW_MS).await.unwrap();
        let ids: Vec<_> = evolution.refusals[0].examples.iter().map(|example| example.id).collect();
        assert_eq!(ids, stands, "{kind:?}");
    }
}

async fn what_has_no_conversion_is_refused(db: Db) {
    let store = db.connect().await;
    let [refusal] = &refusals(&store, AttributeType::Boolean, &[Value::Boolean(true)], AttributeType::Long).await[..]
    else {
        panic!()
    };
    assert_eq!(refusal.reason, "there is no conversion from boolean to integer");
    // Without values nothing stands in the way.
    let manifest = of(AttributeType::Binary);
    let plan = store.plan(Arc::new(of(AttributeType::Boolean))).unwrap();
    let mut transaction = store.begin(plan.clone());
    transaction.delete(&[(THING, ObjectId(1))]).await.unwrap();
    transaction.commit().await.unwrap();
    let evolution = evolve(&store, &plan, &manifest).await;
    assert_eq!((evolution.refusals.len(), evolution.breaking.len()), (0, 1));
    store.expand(&evolution, None).await.unwrap();
}

async fn longs_must_fit_into_integers(db: Db) {
    let store = db.connect().await;
    let seed = [Value::Integer(i64::from(i32::MAX)), Value::Integer(i64::from(i32::MIN) - 1)];
    let [refusal] = &refusals(&store, AttributeType::Long, &seed, AttributeType::Integer).await[..] else { panic!() };
    assert_eq!((refusal.rows, refusal.examples[0].value.as_str()), (1, "-2147483649"));
}

async fn a_unique_rule_looks_at_the_values_to_be(db: Db) {
    let store = db.connect().await;
    let mut after = of(AttributeType::Long);
    after.entities[0].rules = vec![crate::shop::unique(vec![at(THING, 0)])];
    let (_, evolution) = from_to(&store, of(TEXT), &[t("7"), t("8"), t("007")], &after).await;
    assert_eq!(evolution.refusals.len(), 1);
    assert_eq!(evolution.refusals[0].rows, 2);
    assert_eq!(evolution.refusals[0].examples[0].value, "A = 7 (2 objects)");
}

async fn new_rules_warn_of_what_violates_them(db: Db) {
    let store = db.connect().await;
    let rule = |kind| ValidationRule { attribute: Some(at(THING, 0)), kind, message: None };
    let bound = |number| Some(Bound::Value(DefaultValue::Integer(number)));
    let mut after = of(AttributeType::Long);
    after.entities[0].rules = vec![
        rule(RuleKind::Required),
        rule(RuleKind::Range { minimum: bound(5), maximum: bound(7) }),
        rule(RuleKind::Regex("x".into())),
    ];
    let seed = [Value::Integer(4), Value::Integer(5), Value::Integer(8), Value::Empty];
    let (_, evolution) = from_to(&store, of(AttributeType::Long), &seed, &after).await;
    let warned: Vec<_> = evolution.warnings.iter().map(|warning| (warning.rule.as_str(), warning.rows)).collect();
    assert_eq!(warned, [("a value", Some(1)), ("a value in the range", Some(2)), ("a text that matches x", None)]);
    let kept = evolve(&store, &evolved(&store, &evolution, &after), &after).await;
    assert_eq!(kept.warnings, [], "rules that are not new warn of nothing");
    let mut fewer = of(AttributeType::Enumeration(EnumerationId(1)));
    fewer.enumerations[1].values.truncate(1);
    let keys = of(AttributeType::Enumeration(EnumerationId(1)));
    let second = install(
        &store,
        Manifest { entities: vec![entity("M.Keyed", None, keys.entities[0].attributes.clone())], ..keys.clone() },
    )
    .await;
    let keyed = |id, key: &str| row(&second, THING, id, &[(at(THING, 0), Value::Enumeration(key.into()))]);
    store_rows(&store, &second, &[keyed(1, "Red"), keyed(2, "Blue")]).await;
    fewer.entities[0].name = "M.Keyed".into();
    let evolution = evolve(&store, &second, &fewer).await;
    assert_eq!((evolution.warnings[0].rule.as_str(), evolution.warnings[0].rows), ("a key of M.Hue", Some(1)));
}

async fn a_migrator_without_its_lease_does_nothing(db: Db) {
    let [store, other] = db.nodes().await;
    let after = of(AttributeType::Long);
    let (old, evolution) = from_to(&store, of(TEXT), &[t("7")], &after).await;
    let token = store.cluster().acquire(LEASE, "one", Duration::from_millis(200)).await.unwrap().unwrap();
    let died = store.migrator(Some((LEASE, token))).on_step(dies_after(2)).expand(&evolution).await;
    assert!(matches!(died, Err(StoreError::Stopped { .. })));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let next = other.cluster().acquire(LEASE, "other", Duration::from_secs(60)).await.unwrap().unwrap();
    let fence = Some((LEASE, token));
    for outcome in [
        store.expand(&evolution, fence).await,
        store.contract(&evolution, fence, NOW_MS).await,
        store.take_back(&evolution, fence).await,
    ] {
        assert!(matches!(&outcome, Err(StoreError::Fenced { lease }) if lease == LEASE), "{outcome:?}");
    }
    assert_eq!(values(&store, &old).await, [t("7")]);
    assert!(!other.expand(&evolution, Some((LEASE, next))).await.unwrap().is_empty());
    assert_eq!(values(&store, &evolved(&store, &evolution, &after)).await, [Value::Integer(7)]);
}

async fn an_outdated_plan_is_refused(db: Db) {
    let store = db.connect().await;
    let after = things(vec![text("A"), text("B")]);
    let (old, evolution) = from_to(&store, things(vec![text("A")]), &[t("a")], &after).await;
    let other = evolve(&store, &old, &things(vec![attribute("B", AttributeType::Long), text("A")])).await;
    store.expand(&other, None).await.unwrap();
    let error = store.expand(&evolution, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Outdated { .. }), "{error}");
    assert_eq!(values(&store, &old).await, [t("a")]);
}
