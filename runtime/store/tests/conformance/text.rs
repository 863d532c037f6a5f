//! Texts: matches ignore case as Unicode defines it, `=` and order do not.

use brooklet_model::*;
use brooklet_store::QueryParameter;

use crate::{harness::Db, shop::*};

on_both!(
    matches_ignore_case_in_every_script,
    wildcards_are_plain_characters,
    every_text_contains_the_empty_text,
    a_missing_text_matches_nothing,
    equality_sees_case,
    length_counts_characters,
    long_texts_and_odd_characters_survive,
    the_character_zero_is_refused,
);

async fn people_named(db: &Db, names: &[Option<&str>]) -> brooklet_store::Transaction {
    let (store, plan) = db.open(model()).await;
    store_rows(&store, &plan, &people(&plan, names)).await;
    store.begin(plan)
}

fn matching(how: TextMatch, needle: &str) -> Condition {
    Condition::Match { operand: own(NAME), how, needle: literal(needle) }
}

async fn matches_ignore_case_in_every_script(db: Db) {
    let names = ["Straße", "ÄRGER", "ΟΔΟΣ", "Привет", "naïve", "日本語", "K", "ı"];
    let names: Vec<_> = names.into_iter().map(Some).collect();
    let mut at = people_named(&db, &names).await;
    for (needle, expected) in
        [("STRASSE", 1), ("straẞe", 1), ("ärg", 2), ("δος", 3), ("ΔΟΣ", 3), ("ПРИВЕТ", 4), ("NAÏ", 5), ("本語", 6)]
    {
        let found = split(&mut at, PERSON, matching(TextMatch::Contains, needle)).await;
        assert_eq!(found, [expected], "{needle}");
    }
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::StartsWith, "οδ")).await, [3]);
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::EndsWith, "SSE")).await, [1]);
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::EndsWith, "ΟΣ")).await, [3]);
}

async fn wildcards_are_plain_characters(db: Db) {
    let mut at = people_named(&db, &[Some("100%"), Some("a_b"), Some(r"c\d"), Some("axb"), Some("1000")]).await;
    for (needle, expected) in [("0%", 1), ("a_", 2), (r"c\", 3), ("%", 1), ("_", 2)] {
        assert_eq!(split(&mut at, PERSON, matching(TextMatch::Contains, needle)).await, [expected], "{needle}");
    }
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::StartsWith, "a_b")).await, [2]);
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::EndsWith, "%")).await, [1]);
}

async fn every_text_contains_the_empty_text(db: Db) {
    let mut at = people_named(&db, &[Some("a"), Some(""), None]).await;
    for how in [TextMatch::Contains, TextMatch::StartsWith, TextMatch::EndsWith] {
        assert_eq!(split(&mut at, PERSON, matching(how, "")).await, [1, 2]);
    }
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::EndsWith, "aa")).await, [0; 0]);
    assert_eq!(split(&mut at, PERSON, eq(own(NAME), literal(""))).await, [2]);
}

async fn a_missing_text_matches_nothing(db: Db) {
    let mut at = people_named(&db, &[Some("a"), None]).await;
    assert_eq!(split(&mut at, PERSON, matching(TextMatch::Contains, "a")).await, [1]);
    let by_parameter = Condition::Match { operand: own(NAME), how: TextMatch::Contains, needle: Operand::Parameter(0) };
    let by_parameter = Query { parameters: vec![Type::Text], ..query(PERSON, by_parameter) };
    assert_eq!(ids_with(&mut at, &by_parameter, &[QueryParameter::Value(t("A"))]).await, [1]);
    assert_eq!(ids_with(&mut at, &by_parameter, &[QueryParameter::Value(Default::default())]).await, [0; 0]);
    let in_itself = Condition::Match { operand: own(NAME), how: TextMatch::EndsWith, needle: own(NAME) };
    assert_eq!(split(&mut at, PERSON, in_itself).await, [1]);
}

async fn equality_sees_case(db: Db) {
    let mut at = people_named(&db, &[Some("a"), Some("A"), Some("a ")]).await;
    assert_eq!(split(&mut at, PERSON, eq(own(NAME), literal("a"))).await, [1]);
    assert_eq!(split(&mut at, PERSON, ne(own(NAME), literal("A"))).await, [1, 3]);
}

async fn length_counts_characters(db: Db) {
    let mut at = people_named(&db, &[Some("äöü"), Some("😀"), Some(""), None]).await;
    let length = || Operand::Function(XPathFunction::Length, Box::new(own(NAME)));
    assert_eq!(split(&mut at, PERSON, eq(length(), literal(3))).await, [1]);
    assert_eq!(split(&mut at, PERSON, compare(length(), CompareOperator::LessOrEqual, literal(1))).await, [2, 3]);
}

async fn long_texts_and_odd_characters_survive(db: Db) {
    let long = "é😀".repeat(400);
    let names = [Some(long.as_str()), Some("'; DROP TABLE \"shop$person\"; --"), Some("\u{1}\u{7f}\r\n\t\"$1?")];
    let mut at = people_named(&db, &names).await;
    for (index, name) in names.iter().flatten().enumerate() {
        assert_eq!(split(&mut at, PERSON, eq(own(NAME), literal(*name))).await, [index as i64 + 1]);
    }
}

async fn the_character_zero_is_refused(db: Db) {
    let (store, plan) = db.open(model()).await;
    let mut at = store.begin(plan.clone());
    let error = at.insert(&people(&plan, &[Some("a\0b")])).await.unwrap_err();
    assert!(error.client_message().starts_with("Shop.Person.Name: "), "{error}");
    // Nothing was sent: the transaction goes on.
    at.insert(&people(&plan, &[Some("ab")])).await.unwrap();
    at.commit().await.unwrap();
}
