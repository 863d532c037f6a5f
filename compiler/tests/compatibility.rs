//! Whether clients of one version of a model can go on with another.

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_model::{
    Manifest,
    compatibility::{Compatibility, Fate},
};

const SHOP: &str = "mdl 1;
    create module Shop;
    create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
    create entity Shop.Base ( Code: String(10) );
    create entity Shop.Order extends Shop.Base ( Number: Integer, Note: String(100), State: enum Shop.State );
    create entity Shop.Line ( Count: Integer );
    create association Shop.Line_Order from Shop.Line to Shop.Order;
    create microflow Shop.Find ( Number: Integer ) returns Shop.Base begin
      retrieve $Order from Shop.Order where [Number = $Number] first;
      return $Order;
    end;
    create microflow Shop.Twice ( N: Integer, How: enum Shop.State ) returns Integer begin return 2; end;";

fn compiled(text: &str) -> Manifest {
    let sources = [Source { name: "shop.mdl".to_owned(), text: text.to_owned() }];
    let compilation = compile(&sources, &Options::default());
    compilation.manifest.unwrap_or_else(|| panic!("{:#?}\n{text}", compilation.diagnostics))
}

/// The model, and what is the case when statements come behind it.
fn after(then: &str) -> Compatibility {
    Compatibility::new(&compiled(SHOP), &compiled(&format!("{SHOP}\n{then}")))
}

fn replaced(part: &str, other: &str) -> Compatibility {
    assert!(SHOP.contains(part), "{part}");
    Compatibility::new(&compiled(SHOP), &compiled(&SHOP.replace(part, other)))
}

/// A fate in one line.
fn said(fate: Fate) -> String {
    match fate {
        Fate::Same(name) => format!("same: {name}"),
        Fate::Changed(changes) => format!("changed: {}", changes.join("; ")),
        Fate::Gone => "gone".to_owned(),
    }
}

#[test]
fn calls_that_are_not_touched_go_on() {
    for then in [
        "",
        "create microflow Shop.New begin end;",
        "create entity Shop.Other ( A: Integer );",
        "alter entity Shop.Order add attribute Due: DateTime;",
        "alter enumeration Shop.State add value Sent;",
        "alter entity Shop.Line drop attribute Count;",
        "alter entity Shop.Line rename attribute Count to Amount;",
        "rename entity Shop.Line to Item;",
    ] {
        let compatibility = after(then);
        assert_eq!(said(compatibility.microflow("Shop.Find")), "same: Shop.Find", "{then}");
        assert_eq!(said(compatibility.microflow("Shop.Twice")), "same: Shop.Twice", "{then}");
    }
    assert_eq!(said(replaced("return 2", "return 3").microflow("Shop.Twice")), "same: Shop.Twice");
}

#[test]
fn renamed_things_are_found() {
    assert_eq!(said(after("rename microflow Shop.Twice to Double;").microflow("Shop.Twice")), "same: Shop.Double");
    let compatibility = after("rename entity Shop.Order to Deal;");
    assert_eq!(said(compatibility.microflow("Shop.Find")), "same: Shop.Find");
    assert_eq!(said(compatibility.objects("Shop.Order", ["Note"])), "same: Shop.Deal");
}

#[test]
fn what_is_gone_is_gone() {
    assert_eq!(said(after("drop microflow Shop.Twice;").microflow("Shop.Twice")), "gone");
    assert_eq!(said(after("drop entity Shop.Line;").objects("Shop.Line", [])), "gone");
    let anew = "drop microflow Shop.Find; rename microflow Shop.Twice to Find;";
    let compatibility = after(anew);
    assert_eq!(said(compatibility.microflow("Shop.Find")), "gone", "another has its name");
    assert_eq!(said(compatibility.microflow("Shop.Twice")), "same: Shop.Find");
}

#[test]
fn signatures_that_change_are_no_calls_of_before() {
    let twice = |part: &str, other: &str| said(replaced(part, other).microflow("Shop.Twice"));
    assert_eq!(twice("( N: Integer,", "( N: Decimal,"), "changed: parameter N is Decimal; it was Integer");
    assert_eq!(twice("( N: Integer,", "( N: Integer, M: String,"), "changed: there is a new parameter M");
    assert_eq!(twice(", How: enum Shop.State )", " )"), "changed: there is no parameter How any more");
    assert_eq!(
        twice("returns Integer begin return 2;", "returns String begin return 'x';"),
        "changed: the result is String; it was Integer"
    );
    let keys = after("alter enumeration Shop.State drop value Paid;");
    assert_eq!(said(keys.microflow("Shop.Twice")), "changed: parameter How has no key Paid any more");
    let keys = after("alter enumeration Shop.State rename value Paid to Settled;");
    assert_eq!(said(keys.microflow("Shop.Twice")), "changed: parameter How has the key Settled; it was Paid");
}

#[test]
fn the_shapes_of_objects_are_part_of_a_signature_with_those_of_specializations() {
    let find = |then: &str| said(after(then).microflow("Shop.Find"));
    assert_eq!(find("alter entity Shop.Order drop attribute Note;"), "changed: attribute Note of Shop.Order is gone");
    assert_eq!(
        find("alter entity Shop.Order rename attribute Note to Remark;"),
        "changed: attribute Note of Shop.Order is called Remark"
    );
    assert_eq!(
        said(replaced("Number: Integer, Note", "Number: Decimal, Note").microflow("Shop.Find")),
        "changed: attribute Number of Shop.Order is Decimal; it was Integer"
    );
    assert_eq!(
        find("alter association Shop.Line_Order set owner both;"),
        "changed: association Shop.Line_Order is set from other sides"
    );
}

#[test]
fn requests_about_objects_are_held_to_the_members_that_they_name() {
    let compatibility = after("alter entity Shop.Order drop attribute Note;");
    assert_eq!(said(compatibility.objects("Shop.Order", [])), "same: Shop.Order");
    assert_eq!(said(compatibility.objects("Shop.Order", ["Number", "code"])), "same: Shop.Order");
    assert_eq!(
        said(compatibility.objects("Shop.Order", ["Number", "note"])),
        "changed: attribute Note of Shop.Order is gone"
    );
    assert_eq!(
        said(compatibility.objects("Shop.Base", ["Note"])),
        "changed: attribute Note of Shop.Order is gone",
        "the object may be an order"
    );
    assert_eq!(compatibility.doubtful(["Number", "Shop.Line_Order"]), Vec::<String>::new());
    assert_eq!(compatibility.doubtful(["Number", "Note"]), ["a member `Note` is not what it was"]);
}

#[test]
fn wider_types_go_on_when_their_values_look_the_same() {
    let compatibility = replaced("Number: Integer, Note: String(100)", "Number: Long, Note: String(200)");
    assert_eq!(said(compatibility.microflow("Shop.Find")), "same: Shop.Find");
}

#[test]
fn what_the_version_of_the_client_does_not_have_cannot_be_compared() {
    let compatibility = after("create microflow Shop.New begin end;");
    assert_eq!(
        said(compatibility.microflow("Shop.New")),
        "changed: the version that the client knows has no microflow `Shop.New`"
    );
}

#[test]
fn a_client_that_is_ahead_of_its_node_is_told() {
    let (old, new) = (compiled(SHOP), compiled(&format!("{SHOP} rename microflow Shop.Twice to Double;")));
    let compatibility = Compatibility::new(&new, &old);
    assert_eq!(said(compatibility.microflow("Shop.Double")), "gone");
    assert_eq!(said(compatibility.microflow("Shop.Find")), "same: Shop.Find");
}
