//! What is different between two versions of a model: each case is two texts and what is said of them.

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_model::{
    Manifest,
    difference::{Class, differences},
};

const SHOP: &str = "mdl 1;
    create module Shop;
    create module role Shop.Clerk;
    create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
    create entity Shop.Base ( Code: String(10) );
    create entity Shop.Order ( Number: Integer default 1, Note: String(100), State: enum Shop.State default Shop.State.Open );
    create entity Shop.Line ( Count: Integer, Price: Decimal );
    create association Shop.Line_Order from Shop.Line to Shop.Order;
    create microflow Shop.Total ( Order: Shop.Order, Rate: Decimal ) returns Decimal begin
      retrieve $Lines from $Order/Shop.Line_Order;
      $Sum = sum($Lines.Price);
      return $Sum * $Rate;
    end;
    create microflow Shop.Twice ( N: Integer ) returns Integer begin return $N * 2; end;";

fn compiled(text: &str) -> Manifest {
    let sources = [Source { name: "shop.mdl".to_owned(), text: text.to_owned() }];
    let compilation = compile(&sources, &Options::default());
    compilation.manifest.unwrap_or_else(|| panic!("{:#?}\n{text}", compilation.diagnostics))
}

/// The differences as lines: `breaking: entity Shop.Order is gone`.
fn lines(before: &Manifest, after: &Manifest) -> Vec<String> {
    differences(before, after).iter().map(|change| format!("{}: {change}", change.class)).collect()
}

/// What is said when statements come behind the model.
#[track_caller]
fn check(then: &str, expected: &[&str]) {
    let (before, after) = (compiled(SHOP), compiled(&format!("{SHOP}\n{then}")));
    assert_eq!(lines(&before, &after), expected, "{then}");
}

/// What is said when a part of the model is another.
#[track_caller]
fn check_replaced(part: &str, other: &str, expected: &[&str]) {
    assert!(SHOP.contains(part), "{part}");
    assert_eq!(lines(&compiled(SHOP), &compiled(&SHOP.replace(part, other))), expected, "{other}");
}

#[test]
fn the_same_model_is_not_different() {
    check("", &[]);
}

#[test]
fn where_things_stand_does_not_matter() {
    let (domain, flows) = SHOP.split_at(SHOP.find("create microflow").expect("there is one"));
    let text = format!(
        "{domain}
        -- A line that was not there.

        {flows}"
    );
    assert_eq!(lines(&compiled(SHOP), &compiled(&text)), Vec::<String>::new());
    let twice = "create microflow Shop.Twice ( N: Integer ) returns Integer begin return $N * 2; end;";
    let moved =
        SHOP.replace(twice, "").replace("create microflow Shop.Total", &format!("{twice} create microflow Shop.Total"));
    assert_eq!(lines(&compiled(SHOP), &compiled(&moved)), Vec::<String>::new());
}

#[test]
fn a_body_that_is_another_is_noticed() {
    check_replaced("return $N * 2;", "return $N * 3;", &["body-only: microflow Shop.Twice does something else"]);
    check_replaced(
        "sum($Lines.Price)",
        "minimum($Lines.Price)",
        &["body-only: microflow Shop.Total does something else"],
    );
}

#[test]
fn what_else_there_is_does_not_make_bodies_different() {
    check_replaced(
        "create entity Shop.Base",
        "create entity Shop.First ( A: Integer );
         create microflow Shop.New begin retrieve $All from Shop.First where [A = 1]; end;
         create entity Shop.Base",
        &["additive: entity Shop.First is new", "interface: microflow Shop.New is new"],
    );
    check_replaced(
        "Count: Integer, Price: Decimal",
        "Before: String(10), Price: Decimal, Count: Integer",
        &["additive: attribute Shop.Line.Before is new: String(10)"],
    );
}

#[test]
fn the_same_text_that_means_something_else_is_noticed() {
    // The numbers are the same, the attribute behind them is another.
    let model = |attributes: &str, read: &str| {
        compiled(&format!(
            "mdl 1; create module M; create entity M.E ( {attributes} );
             create microflow M.F ( E: M.E ) returns Integer begin return $E/{read}; end;"
        ))
    };
    let said = lines(&model("A: Integer, B: Integer", "A"), &model("B: Integer, A: Integer", "B"));
    assert_eq!(said, ["body-only: microflow M.F does something else"]);
    let query = |constraint: &str| {
        compiled(&format!(
            "mdl 1; create module M; create entity M.E ( A: Integer, B: Integer );
             create microflow M.F ( N: Integer ) begin retrieve $All from M.E where [{constraint} = $N]; end;"
        ))
    };
    assert_eq!(lines(&query("A"), &query("B")), ["body-only: microflow M.F does something else"]);
}

#[test]
fn a_text_that_looks_like_a_number_of_something_stays_a_text() {
    let model = |text: &str| {
        compiled(&format!(
            "mdl 1; create module M; create entity M.E ( A: Integer );
             create microflow M.F () returns String begin return '{text}'; end;"
        ))
    };
    let (one, other) = (model("EntityId(99)\" \\"), model("EntityId(98)\" \\"));
    assert_eq!(lines(&one, &other), ["body-only: microflow M.F does something else"]);
    assert_eq!(lines(&one, &one), Vec::<String>::new());
}

#[test]
fn interfaces() {
    check("create microflow Shop.New begin end;", &["interface: microflow Shop.New is new"]);
    check("rename microflow Shop.Twice to Double;", &["interface: microflow Shop.Double was called Shop.Twice"]);
    check(
        "grant execute on microflow Shop.Twice to Shop.Clerk;",
        &["interface: microflow Shop.Twice may be called by others than before: Shop.Clerk"],
    );
    check_replaced(
        "( N: Integer )",
        "( N: Integer, M: String )",
        &["interface: microflow Shop.Twice has a new parameter M: String"],
    );
    check("create module role Shop.Boss;", &["interface: module role Shop.Boss is new"]);
    check("create constant Shop.Max type Integer default 3;", &["interface: constant Shop.Max is new"]);
    check("alter settings model (HashAlgorithm: 'x');", &["interface: setting model.HashAlgorithm is new"]);
    check_replaced(
        "Number: Integer default 1",
        "Number: Integer default 2",
        &["interface: attribute Shop.Order.Number has another default: 2"],
    );
    check_replaced("Paid 'Paid'", "Paid 'Settled'", &["interface: key Shop.State.Paid has another caption: 'Settled'"]);
    check(
        "alter association Shop.Line_Order set delete_behavior PREVENT;",
        &["interface: association Shop.Line_Order keeps what is referred to from being deleted"],
    );
}

#[test]
fn renames_are_no_losses() {
    check("rename entity Shop.Base to Root;", &["interface: entity Shop.Root was called Shop.Base"]);
    check(
        "alter entity Shop.Order rename attribute Note to Remark;",
        &["interface: attribute Shop.Order.Remark was called Note"],
    );
    check(
        "alter enumeration Shop.State rename value Open to Fresh;",
        &["interface: key Shop.State.Fresh was called Open"],
    );
    check("rename enumeration Shop.State to Phase;", &["interface: enumeration Shop.Phase was called Shop.State"]);
    // What speaks of it has other names in it, which is as good as another body.
    check(
        "rename association Shop.Line_Order to Line_Deal;",
        &[
            "interface: association Shop.Line_Deal was called Shop.Line_Order",
            "body-only: microflow Shop.Total does something else",
        ],
    );
}

#[test]
fn names_that_are_exchanged_are_renames() {
    check(
        "alter entity Shop.Order rename attribute Number to Spare;
         alter entity Shop.Order rename attribute Note to Number;
         alter entity Shop.Order rename attribute Spare to Note;",
        &[
            "interface: attribute Shop.Order.Note was called Number",
            "interface: attribute Shop.Order.Number was called Note",
        ],
    );
}

#[test]
fn a_module_that_is_renamed_is_all_renames() {
    let said = lines(&compiled(SHOP), &compiled(&format!("{SHOP} rename module Shop to Store;")));
    assert!(said.iter().all(|line| line.starts_with("interface") || line.starts_with("body-only")), "{said:#?}");
    assert!(said.contains(&"interface: entity Store.Order was called Shop.Order".to_owned()));
}

#[test]
fn additions() {
    check("create entity Shop.New ( A: Integer );", &["additive: entity Shop.New is new"]);
    check(
        "alter entity Shop.Order add attribute Due: DateTime;",
        &["additive: attribute Shop.Order.Due is new: DateTime"],
    );
    check(
        "create association Shop.Order_Base from Shop.Order to Shop.Base;",
        &["additive: association Shop.Order_Base is new"],
    );
    check("alter enumeration Shop.State add value Sent;", &["additive: key Shop.State.Sent is new"]);
    check("create enumeration Shop.Mood ( Good );", &["additive: enumeration Shop.Mood is new"]);
    check("alter entity Shop.Order add index (Number);", &["additive: entity Shop.Order has a new index: Number"]);
    check_replaced(
        "Note: String(100)",
        "Note: String(200)",
        &["additive: attribute Shop.Order.Note is wider: String(200); it was String(100)"],
    );
    check_replaced(
        "Number: Integer",
        "Number: Long",
        &["additive: attribute Shop.Order.Number is wider: Long; it was Integer"],
    );
    check(
        "grant read * on entity Shop.Order to Shop.Clerk;",
        &["additive: entity Shop.Order may be used in a new way: Shop.Clerk read all members, write nothing"],
    );
}

#[test]
fn what_breaks() {
    check(
        "drop entity Shop.Base;",
        &["breaking: entity Shop.Base is gone; its objects stay in the database, out of reach"],
    );
    check(
        "alter entity Shop.Order drop attribute Note;",
        &["breaking: attribute Shop.Order.Note is gone; its values stay in the database, out of reach"],
    );
    check("drop microflow Shop.Twice;", &["breaking: microflow Shop.Twice is gone"]);
    check(
        "alter enumeration Shop.State drop value Paid;",
        &["breaking: key Shop.State.Paid is gone; data that has it keeps it"],
    );
    check_replaced(
        "Note: String(100)",
        "Note: String(50)",
        &["breaking: attribute Shop.Order.Note is narrower: String(50); it was String(100)"],
    );
    check_replaced(
        "Note: String(100)",
        "Note: Integer",
        &["breaking: attribute Shop.Order.Note has another type: Integer; it was String(100)"],
    );
    check_replaced(
        "Note: String(100)",
        "Note: String(100) not null",
        &["breaking: entity Shop.Order demands more of its objects: Note is required"],
    );
    check_replaced(
        "Note: String(100)",
        "Note: String(100) unique",
        &["breaking: entity Shop.Order demands more of its objects: Note is unique"],
    );
    check(
        "alter entity Shop.Order set generalization Shop.Base;",
        &["breaking: entity Shop.Order specializes Shop.Base; it specialized nothing"],
    );
    let associated = format!("{SHOP} create association Shop.Order_Base from Shop.Order to Shop.Base;");
    let other = format!("{associated} alter association Shop.Order_Base set owner both;");
    assert_eq!(
        lines(&compiled(&associated), &compiled(&other)),
        ["breaking: association Shop.Order_Base can be set from both sides"]
    );
}

#[test]
fn signatures_that_change_say_so_and_not_that_the_body_did() {
    check_replaced(
        "( N: Integer ) returns Integer begin return $N * 2;",
        "( M: Integer ) returns Integer begin return $M * 2;",
        &[
            "breaking: microflow Shop.Twice has no parameter N any more",
            "interface: microflow Shop.Twice has a new parameter M: Integer",
        ],
    );
    check_replaced(
        "( N: Integer ) returns Integer",
        "( N: Decimal ) returns Decimal",
        &[
            "breaking: microflow Shop.Twice takes N as Decimal; it was Integer",
            "breaking: microflow Shop.Twice returns Decimal; it returned Integer",
        ],
    );
}

#[test]
fn looser_demands_are_no_reason_to_worry() {
    let strict = SHOP.replace("Note: String(100)", "Note: String(100) not null");
    assert_eq!(
        lines(&compiled(&strict), &compiled(SHOP)),
        ["interface: entity Shop.Order demands no more: Note is required"]
    );
}

#[test]
fn the_name_of_what_was_dropped_goes_to_what_took_it_over() {
    check(
        "drop microflow Shop.Twice; drop entity Shop.Base; create entity Shop.Spare ( A: Integer );",
        &[
            "breaking: entity Shop.Base is gone; its objects stay in the database, out of reach",
            "breaking: microflow Shop.Twice is gone",
            "additive: entity Shop.Spare is new",
        ],
    );
    check(
        "drop entity Shop.Base; rename entity Shop.Line to Base;",
        &[
            "breaking: entity Shop.Base is gone; its objects stay in the database, out of reach",
            "interface: entity Shop.Base was called Shop.Line",
            "body-only: microflow Shop.Total does something else",
        ],
    );
}

#[test]
fn an_unknown_body_is_not_taken_for_the_same() {
    let before = compiled(SHOP);
    let mut after = before.clone();
    for microflow in &mut after.microflows {
        microflow.body.clear();
    }
    let said = lines(&before, &after);
    assert!(!said.is_empty() && said.iter().all(|line| line.contains("may do something else")), "{said:#?}");
}

#[test]
fn classes_are_ordered_and_written_in_one_way() {
    let classes = [Class::BodyOnly, Class::Interface, Class::Additive, Class::Breaking];
    assert!(classes.is_sorted());
    for class in classes {
        assert_eq!(serde_json::to_value(class).expect("it can be written"), class.to_string());
    }
}
