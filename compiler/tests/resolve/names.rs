//! Names as the checker asks for them.

use brooklet_compiler::diagnostics::Diagnostics;
use brooklet_compiler::resolve::{Member, Scope};
use brooklet_compiler::source::Span;
use brooklet_compiler::syntax::ast::{DataType, DataTypeKind, QualifiedName};
use brooklet_compiler::syntax::document::DocumentKind;
use brooklet_model::{SourceId, Type};

use super::{Model, clean, model};

const MODEL: &str = "create enumeration Shop.State ( Open 'Open', Paid 'Paid' );
    create entity Shop.Party ( Name: String );
    create entity Shop.Person extends Shop.Party ( Born: Date );
    create entity Shop.Order ( Number: Integer, Owner: AutoOwner );
    create association Shop.Order_Party from Shop.Order to Shop.Party;
    create association Shop.Party_Parent from Shop.Party to Shop.Party;
    create association Shop.Person_Party from Shop.Person to Shop.Party;
    create constant Shop.Limit type Integer default 5;
    create microflow Shop.F begin end;
    create java action Shop.J ( Entity: entity <pEntity> not null, Count: Integer ) returns Boolean as $$ return true; $$;
    create page Shop.Overview ( title: 'x' ) { };";

fn name(text: &str) -> QualifiedName {
    QualifiedName {
        parts: text.split('.').map(str::to_owned).collect(),
        span: Span { source: SourceId(1), start: 0, end: 0 },
    }
}

fn shop(model: &Model) -> Scope<'_> {
    model.resolved.names.scope("Shop")
}

/// What a look-up reports.
fn reported(look_up: impl FnOnce(&mut Diagnostics)) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    look_up(&mut diagnostics);
    let found = diagnostics.into_sorted();
    found.into_iter().map(|one| format!("{} {} ({})", one.code, one.message, one.help.unwrap_or_default())).collect()
}

#[test]
fn names_are_completed_by_the_module() {
    let model = clean(MODEL);
    let scope = shop(&model);
    assert_eq!(scope.try_entity(&name("Order")), scope.try_entity(&name("Shop.Order")));
    assert!(scope.try_entity(&name("Order")).is_some());
    assert_eq!(model.resolved.names.scope("Other").try_entity(&name("Order")), None);
}

#[test]
fn unknown_names_get_a_suggestion() {
    let model = clean(MODEL);
    let scope = shop(&model);
    assert_eq!(
        reported(|found| assert_eq!(scope.entity(&name("Shop.order"), found), None)),
        ["MDL0101 there is no entity 'Shop.order' (did you mean `Shop.Order`?)",]
    );
    assert_eq!(
        reported(|found| assert_eq!(scope.entity(&name("Shop.State"), found), None)),
        ["MDL0101 there is no entity 'Shop.State' ('Shop.State' is an enumeration)",]
    );
    assert_eq!(
        reported(|found| assert_eq!(scope.constant(&name("Shop.Limits"), found), None)),
        ["MDL0106 there is no constant 'Shop.Limits' (did you mean `Shop.Limit`?)",]
    );
    assert_eq!(
        reported(|found| assert_eq!(scope.enumeration_value(&name("Shop.State.Opn"), found), None)),
        ["MDL0103 there is no value 'Opn' in the enumeration of 'Shop.State.Opn' (did you mean `Open`?)",]
    );
}

#[test]
fn associations_know_their_direction() {
    let model = clean(MODEL);
    let scope = shop(&model);
    let entity = |text: &str| scope.try_entity(&name(text)).unwrap();
    let reversed = |from: &str, association: &str| {
        scope.association_of(entity(from), &name(association)).map(|(_, reversed)| reversed)
    };
    assert_eq!(reversed("Order", "Shop.Order_Party"), Some(false));
    assert_eq!(reversed("Party", "Shop.Order_Party"), Some(true));
    assert_eq!(reversed("Person", "Shop.Order_Party"), Some(true));
    // Of an entity with itself: forward.
    assert_eq!(reversed("Party", "Shop.Party_Parent"), Some(false));
    assert_eq!(reversed("Person", "Shop.Party_Parent"), Some(false));
    // Of a specialization with its generalization: by the nearer end.
    assert_eq!(reversed("Person", "Shop.Person_Party"), Some(false));
    assert_eq!(reversed("Party", "Shop.Person_Party"), Some(true));
    assert_eq!(reversed("Order", "Shop.Party_Parent"), None);
    // System associations, by their stored and their own names.
    assert_eq!(reversed("Order", "System.owner"), Some(false));
    assert_eq!(reversed("Order", "Owner"), Some(false));
    assert_eq!(reversed("Party", "System.owner"), None);
}

#[test]
fn members_are_attributes_or_associations() {
    let model = clean(MODEL);
    let scope = shop(&model);
    let person = scope.try_entity(&name("Person")).unwrap();
    let names = ["Name", "name", "Born", "Shop.Person.Born", "Shop.Party.Name"];
    for text in names {
        assert!(matches!(scope.try_member(person, &name(text)), Some(Member::Attribute(_))), "{text}");
    }
    assert!(matches!(scope.try_member(person, &name("Shop.Order_Party")), Some(Member::Association(_, true))));
    assert_eq!(
        reported(|found| assert_eq!(scope.member(person, &name("Nmae"), found), None)),
        ["MDL0104 'Shop.Person' has no attribute or association 'Nmae' (did you mean `Name`?)",]
    );
}

#[test]
fn members_with_errors_are_reported_once() {
    let model = model("create entity Shop.Order ( State: enum Shop.Nothing );");
    assert_eq!(model.found, ["MDL0102 there is no enumeration 'Shop.Nothing'"]);
    let scope = shop(&model);
    let order = scope.try_entity(&name("Order")).unwrap();
    assert_eq!(reported(|found| assert_eq!(scope.member(order, &name("State"), found), None)), Vec::<String>::new());
}

#[test]
fn types_are_resolved() {
    let model = clean(MODEL);
    let scope = shop(&model);
    let order = scope.try_entity(&name("Order")).unwrap();
    let state = scope.try_enumeration(&name("State")).unwrap();
    let cases = [
        (DataTypeKind::Long, Some(Type::Integer)),
        (DataTypeKind::Date, Some(Type::DateTime)),
        (DataTypeKind::Named(name("Shop.Order")), Some(Type::Object(order))),
        (DataTypeKind::Named(name("Shop.State")), Some(Type::Enumeration(state))),
        (DataTypeKind::List(name("Shop.Order")), Some(Type::List(order))),
        (DataTypeKind::Named(name("Shop.Nothing")), None),
        (DataTypeKind::Legacy("Float".to_owned()), None),
    ];
    for (kind, expected) in cases {
        let data_type = DataType { kind, span: name("x").span };
        let mut diagnostics = Diagnostics::default();
        assert_eq!(scope.data_type(&data_type, &mut diagnostics), expected, "{data_type:?}");
        assert_eq!(diagnostics.has_errors(), expected.is_none());
    }
}

#[test]
fn actions_and_documents_are_known() {
    let model = clean(MODEL);
    let scope = shop(&model);
    let action = scope.try_action(&name("Shop.J")).unwrap();
    let parameters: Vec<_> = action.parameters.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    assert_eq!(parameters, [("Entity", None), ("Count", Some(Type::Integer))]);
    assert_eq!(action.returns, Some(Type::Boolean));
    assert!(scope.has_document(&DocumentKind::Page, &name("Shop.Overview")));
    assert!(!scope.has_document(&DocumentKind::Page, &name("Shop.Other")));
}
