//! Attributes, generalizations, associations, constants.

use brooklet_model::{
    Association, AssociationKind, AssociationOwner, Attribute, AttributeType, DefaultValue, DeleteBehavior,
};

use super::{check, clean, model};

/// The attribute that a declaration makes.
#[track_caller]
fn attribute(declaration: &str) -> Attribute {
    let model = clean(&format!(
        "create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
         create microflow Shop.Calculate ( $Order: Shop.Order ) returns Integer begin return 1; end;
         create entity Shop.Order ( {declaration} );"
    ));
    model.entity("Shop.Order").attributes[0].clone()
}

/// What is found in a declaration.
#[track_caller]
fn found(declaration: &str, found: &[&str]) {
    check(
        &format!(
            "create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
             create entity Shop.Line ( Count: Integer );
             create entity Shop.Order ( {declaration} );"
        ),
        found,
    );
}

#[test]
fn attributes_have_types() {
    let state = AttributeType::Enumeration(brooklet_model::EnumerationId(
        clean("").manifest().enumerations.len() as u32, // behind those of the prelude
    ));
    let cases = [
        ("A: String", AttributeType::String { length: Some(200) }),
        ("A: String(80)", AttributeType::String { length: Some(80) }),
        ("A: String(unlimited)", AttributeType::String { length: None }),
        ("A: Integer", AttributeType::Integer),
        ("A: Long", AttributeType::Long),
        ("A: Decimal", AttributeType::Decimal),
        ("A: Boolean", AttributeType::Boolean),
        ("A: DateTime", AttributeType::DateTime { localize: true }),
        ("A: Date", AttributeType::DateTime { localize: false }),
        ("A: AutoNumber", AttributeType::AutoNumber),
        ("A: Binary", AttributeType::Binary),
        ("A: HashedString", AttributeType::HashedString),
        ("A: enum Shop.State", state.clone()),
        ("A: enumeration(Shop.State)", state.clone()),
        ("A: Shop.State", state),
    ];
    for (declaration, kind) in cases {
        assert_eq!(attribute(declaration).kind, kind, "{declaration}");
    }
}

#[test]
fn attributes_have_defaults() {
    let text = |text: &str| Some(DefaultValue::Text(text.to_owned()));
    let decimal = |text: &str| Some(DefaultValue::Decimal(text.to_owned()));
    let paid = || Some(DefaultValue::Enumeration("Paid".to_owned()));
    let cases = [
        ("A: Boolean", Some(DefaultValue::Boolean(false))),
        ("A: Boolean default true", Some(DefaultValue::Boolean(true))),
        ("A: AutoNumber", Some(DefaultValue::Integer(1))),
        ("A: AutoNumber default 1000", Some(DefaultValue::Integer(1000))),
        ("A: Integer", None),
        ("A: Integer default 0", Some(DefaultValue::Integer(0))),
        ("A: Integer default -5", Some(DefaultValue::Integer(-5))),
        ("A: Long default 3000000000", Some(DefaultValue::Integer(3_000_000_000))),
        ("A: Decimal default 1.50", decimal("1.50")),
        ("A: Decimal default 0", decimal("0")),
        ("A: Decimal default -0.5", decimal("-0.5")),
        ("A: String", None),
        ("A: String default 'it''s'", text("it's")),
        ("A: DateTime default [%CurrentDateTime%]", Some(DefaultValue::CurrentDateTime)),
        ("A: DateTime default '2026-12-31'", Some(DefaultValue::DateTime(1_798_675_200_000))),
        ("A: enum Shop.State default Paid", paid()),
        ("A: enum Shop.State default 'Paid'", paid()),
        ("A: enum Shop.State default Shop.State.Paid", paid()),
        ("A: enum Shop.State", None),
    ];
    for (declaration, default) in cases {
        assert_eq!(attribute(declaration).default, default, "{declaration}");
    }
}

#[test]
fn attributes_can_be_calculated() {
    assert!(attribute("A: Integer calculated by Shop.Calculate").calculated.is_some());
    found(
        "A: Integer calculated",
        &["MDL0128 nothing calculates 'A'; it is always empty (write `calculated by Module.Microflow`)"],
    );
    found("A: Integer calculated by Shop.Nothing", &["MDL0107 there is no microflow 'Shop.Nothing'"]);
}

#[test]
fn types_and_defaults_that_do_not_fit_are_reported() {
    found("A: Currency", &["MDL0120 the type 'Currency' is not supported (write `Decimal`, which is exact)"]);
    found("A: Float", &["MDL0120 the type 'Float' is not supported (write `Decimal`, which is exact)"]);
    found(
        "A: Shop.Line",
        &["MDL0121 an attribute cannot hold an object (write `create association … from … to Shop.Line`)"],
    );
    found("A: enumeration(Shop.Line)", &["MDL0102 there is no enumeration 'Shop.Line' ('Shop.Line' is an entity)"]);
    found("A: enum Shop.Stat", &["MDL0102 there is no enumeration 'Shop.Stat' (did you mean `Shop.State`?)"]);
    found(
        "A: enum Shop.State default Payd",
        &["MDL0103 the enumeration 'Shop.State' has no value 'Payd' (did you mean `Paid`?)"],
    );
    found("A: Integer default 'many'", &["MDL0122 this value is not a whole number of 32 bits (write `12`)"]);
    found("A: Integer default 3000000000", &["MDL0122 this value is not a whole number of 32 bits (write `12`)"]);
    found("A: Boolean default 1", &["MDL0122 this value is not a truth value (write `true` or `false`)"]);
    found(
        "A: DateTime default 'soon'",
        &["MDL0122 this value is not a moment \
         (write `[%CurrentDateTime%]`, or a moment in UTC as `'2026-12-31T23:59:59'`)"],
    );
}

#[test]
fn members_of_an_entity_have_different_names() {
    found(
        "Size: Integer, size: String",
        &["MDL0123 'Shop.Order' has two attributes 'size' (rename one of them; case does not tell them apart)"],
    );
    check(
        "create entity Shop.Base ( Size: Integer );
         create entity Shop.Special extends Shop.Base ( Size: String, Weight: Decimal );",
        &["MDL0123 'Shop.Special' inherits an attribute 'Size' from 'Shop.Base' \
           (rename one of them; case does not tell them apart)"],
    );
}

#[test]
fn generalizations_end() {
    let model = model(
        "create entity Shop.A extends Shop.B ( X: Integer );
         create entity Shop.B extends Shop.C ( Y: Integer );
         create entity Shop.C extends Shop.A ( Z: Integer );",
    );
    assert_eq!(model.found, ["MDL0124 the entity 'Shop.C' specializes itself (remove one `extends` of the circle)"]);
    assert_eq!(model.entity("Shop.C").generalization, None);
}

#[test]
fn persistability_is_inherited() {
    let model = model(
        "create non-persistent entity Shop.Form ( X: Integer );
         create persistent entity Shop.Special extends Shop.Form ( Y: Integer );",
    );
    assert_eq!(
        model.found,
        ["MDL0125 the entity 'Shop.Special' is not persistent, because 'Shop.Form' is \
         (write `create non-persistent entity`)",]
    );
    assert!(!model.entity("Shop.Special").persistable);
}

#[test]
fn view_entities_are_kept_but_not_filled() {
    let model =
        model("create view entity Shop.Totals ( Sum: Decimal ) as ( select sum(o.A) as Sum from Shop.Order as o );");
    assert_eq!(model.found, ["MDL0350 nothing fills the entity 'Shop.Totals' yet: OQL view entities come later"]);
    let entity = model.entity("Shop.Totals");
    assert!(!entity.persistable);
    assert_eq!(entity.unavailable.as_deref(), Some("OQL view entities come later"));
    assert_eq!(model.attributes("Shop.Totals"), ["Sum"]);
}

/// The association that some options make.
#[track_caller]
fn association(options: &str) -> Association {
    let model = clean(&format!(
        "create entity Shop.Line ( Count: Integer );
         create entity Shop.Order ( Number: Integer );
         create association Shop.Line_Order from Shop.Line to Shop.Order {options};"
    ));
    model.association("Shop.Line_Order").clone()
}

#[test]
fn associations_have_options() {
    let plain = association("");
    assert_eq!((plain.kind, plain.owner), (AssociationKind::Reference, AssociationOwner::Default));
    assert_eq!(plain.on_delete, DeleteBehavior::KeepReferences);
    assert_eq!(association("type reference_set owner both").kind, AssociationKind::ReferenceSet);
    assert_eq!(association("type ReferenceSet owner both").owner, AssociationOwner::Both);
    let cases = [
        ("delete_behavior DELETE_AND_REFERENCES", DeleteBehavior::Cascade),
        ("delete_behavior DELETE_BUT_KEEP_REFERENCES", DeleteBehavior::KeepReferences),
        ("delete_behavior DELETE_IF_NO_REFERENCES", DeleteBehavior::Prevent),
        ("on delete cascade", DeleteBehavior::Cascade),
        ("on delete restrict", DeleteBehavior::Prevent),
        ("on delete set null", DeleteBehavior::KeepReferences),
    ];
    for (options, behavior) in cases {
        assert_eq!(association(options).on_delete, behavior, "{options}");
    }
}

#[test]
fn associations_cross_modules_and_come_back() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         create association Shop.Order_Next from Shop.Order to Shop.Order;
         create association Shop.Order_Buyer from Shop.Order to Administration.Account;",
    );
    let next = model.association("Shop.Order_Next");
    assert_eq!(next.from, next.to);
    let buyer = model.association("Shop.Order_Buyer");
    assert_eq!(model.manifest().entity(buyer.to).name, "Administration.Account");
}

#[test]
fn associations_need_their_ends() {
    let model = model(
        "create entity Shop.Order ( Number: Integer );
         create association Shop.Line_Order from Shop.Line to Shop.Ordr;",
    );
    assert_eq!(
        model.found,
        [
            "MDL0101 there is no entity 'Shop.Line'",
            "MDL0101 there is no entity 'Shop.Ordr' (did you mean `Shop.Order`?)",
        ]
    );
    assert!(model.manifest().associations.iter().all(|one| one.name != "Shop.Line_Order"));
    check(
        "create entity Shop.Order ( Number: Integer );
         create non-persistent entity Shop.Form ( Number: Integer );
         create association Shop.Order_Form from Shop.Order to Shop.Form;",
        &["MDL0132 'Shop.Order_Form' refers from a persistent entity to one that is not; it is never stored \
           (exchange `from` and `to`)"],
    );
}

#[test]
fn constants_have_types_and_values() {
    let model = clean(
        "create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
         create constant Shop.Lines type Integer default 50;
         create constant Shop.Rate type Decimal default 0.5;
         create constant Shop.Url type String default 'http://localhost';
         create constant Shop.Debug type Boolean default true;
         create constant Shop.First type enumeration(Shop.State) default 'Open';",
    );
    let constants = &model.manifest().constants;
    let values: Vec<_> = constants.iter().map(|constant| (constant.name.as_str(), constant.value.clone())).collect();
    assert_eq!(
        values,
        [
            ("Shop.Lines", DefaultValue::Integer(50)),
            ("Shop.Rate", DefaultValue::Decimal("0.5".to_owned())),
            ("Shop.Url", DefaultValue::Text("http://localhost".to_owned())),
            ("Shop.Debug", DefaultValue::Boolean(true)),
            ("Shop.First", DefaultValue::Enumeration("Open".to_owned())),
        ]
    );
    assert_eq!(constants[2].kind, AttributeType::String { length: None });
    check(
        "create constant Shop.Lines type Integer default 'x';",
        &["MDL0122 this value is not a whole number of 32 bits (write `12`)"],
    );
}

#[test]
fn an_enumeration_has_each_value_once() {
    check(
        "create enumeration Shop.State ( Open 'Open', Open 'Again' );",
        &["MDL0126 the enumeration 'Shop.State' has the value 'Open' twice (remove one of them)"],
    );
}
