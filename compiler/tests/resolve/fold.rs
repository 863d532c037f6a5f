//! Statements in order: create, modify, alter, rename, move, drop, execute.

use brooklet_model::{AssociationKind, AssociationOwner, AttributeType, DeleteBehavior, MicroflowKind, RuleKind};

use super::{check, clean, model, models};

#[test]
fn modules_come_into_being_by_their_documents() {
    assert_eq!(clean("create entity Shop.Order ( Number: Integer );").entities("Shop"), ["Shop.Order"]);
}

#[test]
fn the_last_definition_counts() {
    let model = model(
        "create entity Shop.Order ( Number: Integer );
         create microflow Shop.F ( $A: Integer ) begin end;
         create entity Shop.Order ( Title: String );
         create microflow Shop.F ( $B: String ) returns Boolean begin return true; end;",
    );
    assert_eq!(
        model.found,
        [
            "MDL0110 the entity 'Shop.Order' is defined twice; the last definition counts \
         (it is first defined at model.mdl:1; write `create or modify` to replace it)",
            "MDL0110 the microflow 'Shop.F' is defined twice; the last definition counts \
         (it is first defined at model.mdl:2; write `create or modify` to replace it)",
        ]
    );
    assert_eq!(model.attributes("Shop.Order"), ["Title"]);
    let microflows = &model.manifest().microflows;
    assert_eq!(microflows.len(), 1);
    assert_eq!(microflows[0].parameters[0].name, "B");
    assert_eq!(microflows[0].place.line, 4);
}

#[test]
fn modify_replaces_a_definition_but_keeps_handlers_and_rights() {
    let model = clean(
        "create microflow Shop.Check ( $Order: Shop.Order ) returns Boolean begin return true; end;
         create module role Shop.Clerk;
         create entity Shop.Order ( Number: Integer ) on before commit call Shop.Check raise error;
         grant read * on entity Shop.Order to Shop.Clerk;
         create or modify entity Shop.Order ( Title: String );",
    );
    assert_eq!(model.attributes("Shop.Order"), ["Title"]);
    assert_eq!(model.entity("Shop.Order").handlers.len(), 1);
    let order = model.manifest().entity_named("Shop.Order").unwrap();
    assert!(model.manifest().security.access.iter().any(|rule| rule.entity == order));
}

#[test]
fn if_not_exists_leaves_what_exists() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         create entity if not exists Shop.Order ( Title: String );",
    );
    assert_eq!(model.attributes("Shop.Order"), ["Number"]);
}

#[test]
fn attributes_are_altered() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer not null, Title: String(10) not null, Note: String, Old: Integer );
         alter entity Shop.Order add attribute Due: DateTime;
         alter entity Shop.Order add attribute if not exists Due: Integer;
         alter entity Shop.Order rename attribute Note to Remark;
         alter entity Shop.Order modify attribute Title: String(20) nullable;
         alter entity Shop.Order modify attribute Number: Long;
         alter entity Shop.Order drop attribute Old;
         alter entity Shop.Order add index (Due);",
    );
    assert_eq!(model.attributes("Shop.Order"), ["Number", "Title", "Remark", "Due"]);
    let order = model.entity("Shop.Order");
    assert_eq!(order.attributes[0].kind, AttributeType::Long);
    assert_eq!(order.attributes[1].kind, AttributeType::String { length: Some(20) });
    // What `modify` does not mention stays: Number is still required, Title is not any more.
    let required: Vec<_> = order.rules.iter().filter(|rule| rule.kind == RuleKind::Required).collect();
    assert_eq!(required.len(), 1);
    assert_eq!(required[0].attribute.unwrap().index, 0);
    assert_eq!(order.indexes.len(), 1);
    let id = model.manifest().entity_named("Shop.Order").unwrap();
    let remark = model.manifest().attribute_named(id, "Remark");
    assert_eq!(model.resolved.names.attribute(id, "Note"), remark);
}

#[test]
fn a_dropped_attribute_leaves_the_indexes() {
    let model = clean(
        "create entity Shop.Order ( A: Integer, B: Integer ) index (A, B) index (B);
         alter entity Shop.Order drop attribute B;",
    );
    let indexes = &model.entity("Shop.Order").indexes;
    assert_eq!(indexes.len(), 1);
    assert_eq!(indexes[0].columns.len(), 1);
}

#[test]
fn system_members_are_dropped_by_their_stored_names() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer, Made: AutoCreatedDate, Owner: AutoOwner );
         alter entity Shop.Order drop attribute CreatedDate;
         alter entity Shop.Order drop attribute owner;",
    );
    assert_eq!(model.attributes("Shop.Order"), ["Number"]);
}

#[test]
fn enumerations_and_associations_are_altered() {
    let model = clean(
        "create enumeration Shop.State ( Open 'Open', Paid 'Paid', Void 'Void' );
         alter enumeration Shop.State add value Sent caption 'Sent';
         alter enumeration Shop.State rename value Void to Cancelled;
         alter enumeration Shop.State drop value Open;
         create entity Shop.Line ( State: enum Shop.State default Shop.State.Void );
         create entity Shop.Order ( Number: Integer );
         create association Shop.Line_Order from Shop.Line to Shop.Order;
         alter association Shop.Line_Order set delete_behavior PREVENT;
         alter association Shop.Line_Order set owner both;",
    );
    let keys: Vec<_> =
        model.manifest().enumerations.last().unwrap().values.iter().map(|value| value.key.as_str()).collect();
    assert_eq!(keys, ["Paid", "Cancelled", "Sent"]);
    let association = model.association("Shop.Line_Order");
    assert_eq!(association.on_delete, DeleteBehavior::Prevent);
    assert_eq!(association.owner, AssociationOwner::Both);
    assert_eq!(association.kind, AssociationKind::Reference);
}

#[test]
fn a_renamed_thing_is_still_known_by_its_former_name() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         create enumeration Shop.State ( Open 'Open' );
         rename entity Shop.Order to Purchase;
         rename enumeration Shop.State to Phase;
         create entity Shop.Line ( State: enum Shop.State default Shop.State.Open );
         create association Shop.Line_Order from Shop.Line to Shop.Order;
         rename entity Shop.Purchase to Deal;",
    );
    assert_eq!(model.entities("Shop"), ["Shop.Deal", "Shop.Line"]);
    let association = model.association("Shop.Line_Order");
    assert_eq!(model.manifest().entity(association.to).name, "Shop.Deal");
}

#[test]
fn a_former_name_may_be_defined_anew() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         rename entity Shop.Order to Purchase;
         create entity Shop.Order ( Title: String );
         create entity Shop.Line extends Shop.Order ( Count: Integer );",
    );
    let line = model.entity("Shop.Line").generalization.unwrap();
    assert_eq!(model.manifest().entity(line).name, "Shop.Order");
}

#[test]
fn a_module_is_renamed_with_all_that_is_in_it() {
    let model = clean(
        "create module Shop;
         create entity Shop.Order ( Number: Integer );
         create module role Shop.Clerk;
         create microflow Shop.F ( $Order: Shop.Order ) begin end;
         grant execute on microflow Shop.F to Shop.Clerk;
         rename module Shop to Store;
         alter entity Store.Order add attribute Title: String;",
    );
    assert_eq!(model.entities("Store"), ["Store.Order"]);
    let microflow = &model.manifest().microflows[0];
    assert_eq!(microflow.name, "Store.F");
    assert_eq!(microflow.allowed_roles, ["Store.Clerk"]);
}

#[test]
fn an_entity_moves_with_the_associations_that_it_owns() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         create entity Shop.Line ( Count: Integer );
         create association Shop.Line_Order from Shop.Line to Shop.Order;
         move entity Shop.Line to Stock;
         move microflow Shop.F to folder 'Some/Folder';",
    );
    assert_eq!(model.entities("Stock"), ["Stock.Line"]);
    assert_eq!(model.association("Stock.Line_Order").from, model.manifest().entity_named("Stock.Line").unwrap());
}

#[test]
fn a_dropped_entity_takes_its_associations_along() {
    let model = clean(
        "create entity Shop.Order ( Number: Integer );
         create entity Shop.Line ( Count: Integer );
         create association Shop.Line_Order from Shop.Line to Shop.Order;
         create microflow Shop.F begin end;
         drop entity Shop.Order;
         drop microflow Shop.F;",
    );
    assert_eq!(model.entities("Shop"), ["Shop.Line"]);
    assert!(model.manifest().associations.iter().all(|one| one.name != "Shop.Line_Order"));
    assert!(model.manifest().microflows.is_empty());
}

#[test]
fn changes_of_unknown_things_are_reported_with_a_suggestion() {
    check(
        "create entity Shop.Order ( Number: Integer ); alter entity Shop.Ordr add attribute A: Integer;",
        &["MDL0111 there is no entity 'Shop.Ordr' to change (did you mean `Shop.Order`?)"],
    );
    check(
        "create entity Shop.Order ( Number: Integer ); alter entity Shop.Order rename attribute Numbr to N;",
        &["MDL0111 there is no attribute 'Numbr' to change (did you mean `Number`?)"],
    );
    check(
        "create microflow Shop.F begin end; rename microflow Shop.G to H;",
        &["MDL0111 there is no microflow 'Shop.G' to change (did you mean `Shop.F`?)"],
    );
    check(
        "drop entity Shop.Nothing; drop user role Nobody;",
        &["MDL0112 there is no entity 'Shop.Nothing' to drop", "MDL0112 there is no user role 'Nobody' to drop"],
    );
}

#[test]
fn a_new_name_must_be_free() {
    check(
        "create entity Shop.A ( N: Integer ); create entity Shop.B ( N: Integer ); rename entity Shop.A to B;",
        &["MDL0115 the name 'Shop.B' is taken by another entity (choose another name, or drop the other one first)"],
    );
}

#[test]
fn definitions_need_a_module() {
    check(
        "create entity Order ( Number: Integer );",
        &["MDL0116 'Order' is not a name in a module (write `Module.Name`)"],
    );
}

#[test]
fn excluded_documents_are_left_out() {
    let model = model("@excluded create microflow Shop.F begin end; create microflow Shop.G begin end;");
    assert_eq!(model.found, ["MDL0114 this document is excluded and left out"]);
    assert_eq!(model.manifest().microflows.len(), 1);
}

#[test]
fn a_script_runs_where_it_is_executed_first_and_once() {
    let model = models(&[
        ("app/main.mdl", "execute script 'parts/a.mdl'; alter entity Shop.Order add attribute Title: String;"),
        ("app/parts/a.mdl", "create entity Shop.Order ( Number: Integer ); execute script '../main.mdl';"),
    ]);
    assert_eq!(model.found, Vec::<String>::new());
    assert_eq!(model.attributes("Shop.Order"), ["Number", "Title"]);
}

#[test]
fn a_script_that_is_not_there_is_reported() {
    check(
        "execute script 'other.mdl';",
        &["MDL0113 there is no script 'other.mdl' among the sources (add the file to what is compiled)"],
    );
}

#[test]
fn flows_stand_beside_their_signatures() {
    let model = models(&[
        ("old.mdl", "create nanoflow Shop.N ( $A: Integer ) returns String begin return 'x'; end;"),
        ("new.mdl", "mdl 1;\ncreate microflow Shop.M ( $A: Shop.Nothing ) begin end;"),
    ]);
    assert_eq!(model.found, ["MDL0108 there is no entity or enumeration 'Shop.Nothing'"]);
    let kinds: Vec<_> = model.manifest().microflows.iter().map(|microflow| microflow.kind).collect();
    assert_eq!(kinds, [MicroflowKind::Nanoflow, MicroflowKind::Microflow]);
    let flows: Vec<_> =
        model.resolved.flows.iter().map(|flow| (flow.version, flow.broken, flow.module.as_str())).collect();
    assert_eq!(flows, [(0, false, "Shop"), (1, true, "Shop")]);
}
