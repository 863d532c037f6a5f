//! Validation rules, indexes, event handlers.

use brooklet_model::{Bound, DefaultValue, MicroflowKind, Moment, Operation, RuleKind, Type, ValidationRule};

use super::{Model, check, clean};
use brooklet_compiler::resolve::FlowBody;

const ORDER: &str = "create entity Shop.Base ( Code: String(20) );
    create entity Shop.Order extends Shop.Base (
      Title: String(80) not null error 'Title needed' unique error 'Exists', Total: Decimal, Least: Integer,
      Placed: DateTime, Number: AutoNumber not null
    );";

/// The rules of `Shop.Order` when a rule is added.
#[track_caller]
fn with_rule(rule: &str) -> Vec<ValidationRule> {
    clean(&format!("{ORDER} create validation rule Shop.R for Shop.Order {rule};")).entity("Shop.Order").rules.clone()
}

/// The kind and message of an added rule.
#[track_caller]
fn rule(rule: &str) -> (RuleKind, Option<String>) {
    let last = with_rule(rule).pop().unwrap();
    (last.kind, last.message)
}

#[test]
fn attributes_declare_rules() {
    let model = clean(ORDER);
    let rules = &model.entity("Shop.Order").rules;
    // An AutoNumber is never empty once it is committed.
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[0].kind, RuleKind::Required);
    assert_eq!(rules[0].message.as_deref(), Some("Title needed"));
    assert!(matches!(&rules[1].kind, RuleKind::Unique(attributes) if attributes.len() == 1));
    assert_eq!(rules[1].message.as_deref(), Some("Exists"));
}

#[test]
fn rules_are_documents_too() {
    let number = |value: &str| Bound::Value(DefaultValue::Decimal(value.to_owned()));
    assert_eq!(rule("required Total feedback 'Needed'"), (RuleKind::Required, Some("Needed".to_owned())));
    assert_eq!(
        rule("range Total >= 0 feedback 'Negative'").0,
        RuleKind::Range { minimum: Some(number("0")), maximum: None }
    );
    assert_eq!(rule("regex Title '^[A-Z].*' feedback 'Capital first'").0, RuleKind::Regex("^[A-Z].*".to_owned()));
    assert!(
        matches!(rule("unique Title, Total feedback 'Twice'").0, RuleKind::Unique(attributes) if attributes.len() == 2)
    );
    assert!(matches!(
        rule("range Total >= Least feedback 'Less'").0,
        RuleKind::Range { minimum: Some(Bound::Attribute(_)), .. }
    ));
}

#[test]
fn a_rule_with_an_expression_is_a_microflow() {
    let model: Model = clean(&format!(
        "{ORDER} create validation rule Shop.R for Shop.Order expression $currentObject/Total > 0 feedback 'No';"
    ));
    let rule = model.entity("Shop.Order").rules.last().unwrap();
    let RuleKind::Expression(id) = rule.kind else { panic!("{rule:?}") };
    assert_eq!(rule.attribute, None);
    let microflow = model.manifest().microflow(id);
    let order = model.manifest().entity_named("Shop.Order").unwrap();
    assert_eq!((microflow.name.as_str(), microflow.kind), ("Shop.R", MicroflowKind::Rule));
    assert_eq!(microflow.returns, Type::Boolean);
    assert_eq!(microflow.parameters[0].name, "currentObject");
    assert_eq!(microflow.parameters[0].kind, Type::Object(order));
    assert!(
        matches!(model.resolved.flows[id.index()].body, FlowBody::RuleExpression { entity, .. } if entity == order)
    );
}

#[test]
fn rules_must_fit() {
    let cases: &[(&str, &str)] = &[
        ("regex Total '.*' feedback 'x'", "MDL0127 a regular expression needs a text; 'Total' is none"),
        ("range Title >= 1 feedback 'x'", "MDL0127 a range needs a number or a moment; 'Title' is none"),
        (
            "required Titel feedback 'x'",
            "MDL0104 'Shop.Order' has no attribute or association 'Titel' (did you mean `Title`?)",
        ),
        (
            "unique Code feedback 'x'",
            "MDL0130 'Code' is inherited, and cannot be unique here \
             (write the rule for the entity that declares the attribute)",
        ),
        (
            "range Placed >= 5 feedback 'x'",
            "MDL0122 this value is not a moment \
          (write `[%CurrentDateTime%]`, or a moment in UTC as `'2026-12-31T23:59:59'`)",
        ),
    ];
    for (rule, found) in cases {
        check(&format!("{ORDER} create validation rule Shop.R for Shop.Order {rule};"), &[found]);
    }
    check(
        "create validation rule Shop.R for Shop.Nothing required A feedback 'x';",
        &["MDL0101 there is no entity 'Shop.Nothing'"],
    );
}

#[test]
fn rules_of_objects_in_memory_are_not_checked() {
    check(
        "create non-persistent entity Shop.Form ( A: String not null );",
        &["MDL0127 the rules of 'A' are not checked: 'Shop.Form' is not stored"],
    );
}

#[test]
fn indexes_have_columns() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer, Placed: DateTime, Made: AutoCreatedDate )
         index (Number desc, Placed) index (Made);",
    );
    let indexes = &model.entity("Shop.Order").indexes;
    let columns: Vec<_> = indexes[0].columns.iter().map(|column| (column.attribute.index, column.descending)).collect();
    assert_eq!(columns, [(0, true), (1, false)]);
    assert_eq!(indexes[1].columns[0].attribute.index, 2);
    check(
        "create entity Shop.A ( Number: Integer ) index (Numbr);",
        &["MDL0104 'Shop.A' has no attribute or association 'Numbr' (did you mean `Number`?)"],
    );
    check(
        "create entity Shop.A ( N: Integer ); create entity Shop.B extends Shop.A ( M: Integer ) index (N);",
        &["MDL0130 'N' is inherited from 'Shop.A', and cannot be in an index here (write the index for 'Shop.A')"],
    );
}

#[test]
fn handlers_know_whether_they_get_the_object() {
    let model = clean(
        "create microflow Shop.BCO ( $Order: Shop.Order ) returns Boolean begin return true; end;
         create microflow Shop.BCR returns Boolean begin return true; end;
         create microflow Shop.ADE begin end;
         create entity Shop.Order ( Number: Integer )
         on before commit call Shop.BCO($currentObject) raise error
         on after delete call Shop.ADE
         on before create call Shop.BCR;
         alter entity Shop.Order add event handler on after commit call Shop.BCO;",
    );
    let handlers: Vec<_> = model
        .entity("Shop.Order")
        .handlers
        .iter()
        .map(|handler| (handler.moment, handler.operation, handler.passes_object))
        .collect();
    assert_eq!(
        handlers,
        [
            (Moment::Before, Operation::Commit, true),
            (Moment::After, Operation::Delete, false),
            (Moment::Before, Operation::Create, false),
            (Moment::After, Operation::Commit, true),
        ]
    );
    assert!(model.entity("Shop.Order").handlers[0].raise_error);
}

#[test]
fn handlers_must_fit() {
    let flows = "create entity Shop.Other ( A: Integer );
        create microflow Shop.Nothing ( $Order: Shop.Order ) begin end;
        create microflow Shop.Wrong ( $Other: Shop.Other ) returns Boolean begin return true; end;
        create microflow Shop.Two ( $A: Shop.Order, $B: Shop.Order ) begin end;
        create entity Shop.Order ( Number: Integer )";
    let cases: &[(&str, &str)] = &[
        (
            "on before commit call Shop.Nothing",
            "MDL0129 'Shop.Nothing' runs before an event, but does not say whether it may happen (write `returns Boolean`)",
        ),
        (
            "on before commit call Shop.Wrong",
            "MDL0129 the parameter of 'Shop.Wrong' is not of the entity 'Shop.Order' (give it one parameter: the object)",
        ),
        (
            "on after commit call Shop.Two",
            "MDL0129 'Shop.Two' has more than one parameter (give it one parameter: the object)",
        ),
        (
            "on after commit call Shop.Nothin",
            "MDL0107 there is no microflow 'Shop.Nothin' (did you mean `Shop.Nothing`?)",
        ),
        (
            "on before create call Shop.Wrong",
            "MDL0129 there is no object yet that 'Shop.Wrong' could get before it is created (remove the parameter)",
        ),
    ];
    for (handler, found) in cases {
        check(&format!("{flows} {handler};"), &[found]);
    }
}
