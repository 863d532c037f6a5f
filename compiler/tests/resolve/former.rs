//! What things were called before, as the manifest says it.

use std::collections::BTreeMap;

use brooklet_model::{Former, Origins};

use super::{clean, model};

const SHOP: &str = "create module Shop;
    create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
    create entity Shop.Order ( Number: Integer, Note: String, State: enum Shop.State );
    create entity Shop.Line ( Count: Integer );
    create association Shop.Line_Order from Shop.Line to Shop.Order;
    create microflow Shop.F ( $Order: Shop.Order ) begin end;";

/// Former names as lines: `entities Shop.Deal: Shop.Purchase, Shop.Order`.
fn lines(former: &Former) -> Vec<String> {
    let Former { entities, attributes, enumerations, associations, keys, microflows, origins: _ } = former;
    let kinds: [(&str, &BTreeMap<String, Vec<String>>); 6] = [
        ("entity", entities),
        ("attribute", attributes),
        ("enumeration", enumerations),
        ("association", associations),
        ("key", keys),
        ("microflow", microflows),
    ];
    kinds
        .into_iter()
        .flat_map(|(kind, names)| {
            names.iter().map(move |(present, former)| format!("{kind} {present}: {}", former.join(", ")))
        })
        .collect()
}

/// Origins as lines: `entities Shop.Deal: 2. Shop.Order`.
fn origins(former: &Former) -> Vec<String> {
    let Origins { entities, attributes, associations, keys } = &former.origins;
    let kinds = [("entity", entities), ("attribute", attributes), ("association", associations), ("key", keys)];
    let all = kinds.into_iter().flat_map(|(kind, origins)| origins.iter().map(move |origin| (kind, origin)));
    all.map(|(kind, (present, origin))| format!("{kind} {present}: {}. {}", origin.number, origin.name)).collect()
}

#[track_caller]
fn check_origins(then: &str, expected: &[&str]) {
    assert_eq!(origins(&clean(&format!("{SHOP} {then}")).manifest().former), expected, "{then}");
}

#[track_caller]
fn check(then: &str, expected: &[&str]) {
    assert_eq!(lines(&clean(&format!("{SHOP} {then}")).manifest().former), expected, "{then}");
}

#[test]
fn a_model_without_renames_has_no_former_names() {
    check("", &[]);
}

#[test]
fn each_rename_is_kept() {
    check("rename entity Shop.Order to Deal;", &["entity Shop.Deal: Shop.Order"]);
    check("rename microflow Shop.F to G;", &["microflow Shop.G: Shop.F"]);
    check("rename association Shop.Line_Order to Line_Deal;", &["association Shop.Line_Deal: Shop.Line_Order"]);
    check("rename enumeration Shop.State to Phase;", &["enumeration Shop.Phase: Shop.State"]);
    check("alter entity Shop.Order rename attribute Note to Remark;", &["attribute Shop.Order.Remark: Note"]);
    check("alter enumeration Shop.State rename value Open to Fresh;", &["key Shop.State.Fresh: Open"]);
}

#[test]
fn chains_have_the_latest_name_first() {
    check(
        "rename entity Shop.Order to Purchase; rename entity Shop.Purchase to Deal;
         alter entity Shop.Deal rename attribute Note to Remark;
         alter entity Shop.Deal rename attribute Remark to Comment;
         alter enumeration Shop.State rename value Open to Fresh;
         alter enumeration Shop.State rename value Fresh to New;",
        &[
            "entity Shop.Deal: Shop.Purchase, Shop.Order",
            "attribute Shop.Deal.Comment: Remark, Note",
            "key Shop.State.New: Fresh, Open",
        ],
    );
}

#[test]
fn keys_of_members_go_with_what_they_belong_to() {
    check(
        "alter entity Shop.Order rename attribute Note to Remark;
         alter enumeration Shop.State rename value Open to Fresh;
         rename entity Shop.Order to Deal; rename enumeration Shop.State to Phase;",
        &[
            "entity Shop.Deal: Shop.Order",
            "attribute Shop.Deal.Remark: Note",
            "enumeration Shop.Phase: Shop.State",
            "key Shop.Phase.Fresh: Open",
        ],
    );
}

#[test]
fn an_entity_that_moves_takes_its_associations_along() {
    check(
        "move entity Shop.Line to Stock;",
        &["entity Stock.Line: Shop.Line", "association Stock.Line_Order: Shop.Line_Order"],
    );
}

#[test]
fn a_module_that_is_renamed_renames_all_that_is_in_it() {
    check(
        "alter entity Shop.Order rename attribute Note to Remark; rename module Shop to Store;",
        &[
            "entity Store.Line: Shop.Line",
            "entity Store.Order: Shop.Order",
            "attribute Store.Order.Remark: Note",
            "enumeration Store.State: Shop.State",
            "association Store.Line_Order: Shop.Line_Order",
            "microflow Store.F: Shop.F",
        ],
    );
}

#[test]
fn a_name_that_something_else_has_taken_is_no_former_name() {
    check("rename entity Shop.Order to Deal; create entity Shop.Order ( Title: String );", &[]);
    check(
        "alter entity Shop.Order rename attribute Note to Remark; alter entity Shop.Order add attribute Note: String;",
        &[],
    );
    check("alter enumeration Shop.State rename value Open to Fresh; alter enumeration Shop.State add value Open;", &[]);
    let model = clean(&format!(
        "{SHOP} alter entity Shop.Order rename attribute Note to Remark;
         alter entity Shop.Order add attribute Note: String;"
    ));
    assert_eq!(model.attributes("Shop.Order"), ["Number", "Remark", "State", "Note"]);
    // Even when that something is no more, or is called something else by now: then the name is its own former one.
    check("rename microflow Shop.F to G; create microflow Shop.F begin end; drop microflow Shop.F;", &[]);
    check(
        "rename entity Shop.Order to Deal; create entity Shop.Order ( Title: String );
         rename entity Shop.Order to Purchase;",
        &["entity Shop.Purchase: Shop.Order"],
    );
}

#[test]
fn names_can_be_exchanged() {
    check(
        "alter entity Shop.Order rename attribute Note to Spare;
         alter entity Shop.Order rename attribute Number to Note;
         alter entity Shop.Order rename attribute Spare to Number;",
        // What is found under one of the two names is taken for what has the name now: a former name that is in use says
        // nothing.
        &["attribute Shop.Order.Number: Spare"],
    );
}

#[test]
fn a_thing_that_has_its_first_name_again_remembers_the_one_between() {
    check("rename entity Shop.Order to Deal; rename entity Shop.Deal to Order;", &["entity Shop.Order: Shop.Deal"]);
}

#[test]
fn what_was_dropped_leaves_no_names_to_what_comes_after_it() {
    check(
        "rename entity Shop.Line to Item; drop entity Shop.Item; rename entity Shop.Order to Item;",
        &["entity Shop.Item: Shop.Order"],
    );
    check(
        "alter entity Shop.Order rename attribute Note to Remark; alter entity Shop.Order drop attribute Remark;
         alter entity Shop.Order add attribute Remark: String;",
        &[],
    );
}

#[test]
fn a_modified_entity_keeps_what_its_attributes_were_called() {
    check(
        "alter entity Shop.Order rename attribute Note to Remark;
         create or modify entity Shop.Order ( Number: Integer, Remark: String );",
        &["attribute Shop.Order.Remark: Note"],
    );
    check(
        "alter entity Shop.Order rename attribute Note to Remark;
         create or modify entity Shop.Order ( Number: Integer, Note: String );",
        &[],
    );
}

#[test]
fn an_entity_with_a_former_name_of_another_is_no_change_of_that_other() {
    let model = model(&format!(
        "{SHOP} rename entity Shop.Order to Deal; create or modify entity Shop.Order ( Title: String );"
    ));
    assert_eq!(model.attributes("Shop.Order"), ["Title"]);
    assert_eq!(model.attributes("Shop.Deal"), ["Number", "Note", "State"]);
    let former = &model.manifest().former;
    assert_eq!(lines(former), [""; 0]);
    assert_eq!(origins(former), ["entity Shop.Deal: 1. Shop.Order", "entity Shop.Order: 2. Shop.Order"]);
}

#[test]
fn origins_are_told_where_former_names_are_not() {
    check_origins("rename entity Shop.Order to Purchase; rename entity Shop.Purchase to Deal;", &[]);
    check_origins(
        "alter entity Shop.Order rename attribute Note to Spare;
         alter entity Shop.Order rename attribute Number to Note;
         alter entity Shop.Order rename attribute Spare to Number;",
        &["attribute Shop.Order.Note: 1. Number", "attribute Shop.Order.Number: 1. Note"],
    );
    check_origins(
        "rename entity Shop.Order to Deal; create entity Shop.Order ( Title: String );",
        &["entity Shop.Deal: 1. Shop.Order", "entity Shop.Order: 2. Shop.Order"],
    );
    check_origins(
        "rename entity Shop.Order to Deal; create entity Shop.Order ( Title: String ); drop entity Shop.Deal;",
        &["entity Shop.Order: 2. Shop.Order"],
    );
    // What was renamed and is dropped leaves no place for another of its first name.
    check_origins(
        "rename entity Shop.Order to Deal; create entity Shop.Order ( Note: String ); drop entity Shop.Deal;
         rename entity Shop.Order to Purchase; create entity Shop.Order ( Note: String );",
        &["entity Shop.Order: 3. Shop.Order", "entity Shop.Purchase: 2. Shop.Order"],
    );
    check_origins("drop entity Shop.Line; create entity Shop.Line ( Count: Integer );", &[]);
    check_origins(
        "alter enumeration Shop.State rename value Open to X; alter enumeration Shop.State rename value Paid to Open;
         alter enumeration Shop.State rename value X to Paid;",
        &["key Shop.State.Open: 1. Paid", "key Shop.State.Paid: 1. Open"],
    );
}
