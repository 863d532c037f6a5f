//! The platform's own modules.

use brooklet_model::{SecurityLevel, SystemAssociation, SystemAttribute};

use super::{clean, model};

#[test]
fn it_reads_without_a_finding() {
    let model = clean("");
    assert_eq!(model.manifest().sources, ["prelude.mdl", "model.mdl"]);
    assert_eq!(model.manifest().security.level, SecurityLevel::Off);
}

#[test]
fn accounts_are_users() {
    let model = clean("create entity Shop.Employee extends Administration.Account ( Grade: Integer );");
    let manifest = model.manifest();
    let employee = manifest.entity_named("Shop.Employee").unwrap();
    let user = manifest.entity_named("System.User").unwrap();
    assert!(manifest.is_a(employee, user));
    for attribute in
        ["Name", "Password", "LastLogin", "Blocked", "Active", "FailedLogins", "FullName", "Email", "Grade"]
    {
        assert!(manifest.attribute_named(employee, attribute).is_some(), "{attribute}");
    }
    assert!(model.entity("Shop.Employee").persistable);
}

#[test]
fn errors_and_requests_live_in_memory() {
    let model = clean("");
    for name in ["System.Error", "System.SoapFault", "System.HttpMessage", "System.HttpResponse", "System.HttpHeader"] {
        assert!(!model.entity(name).persistable, "{name}");
    }
    for name in ["System.User", "System.Session", "System.FileDocument", "System.Image", "System.Language"] {
        assert!(model.entity(name).persistable, "{name}");
    }
}

#[test]
fn system_members_have_their_stored_names() {
    let model = clean(
        "create entity Shop.Order (
           Number: Integer, Creator: AutoOwner, Changer: AutoChangedBy, Made: AutoCreatedDate, Touched: AutoChangedDate
         );",
    );
    assert_eq!(model.attributes("Shop.Order"), ["Number", "createdDate", "changedDate"]);
    let kept: Vec<_> = model.entity("Shop.Order").attributes.iter().map(|attribute| attribute.system).collect();
    assert_eq!(kept, [None, Some(SystemAttribute::CreatedDate), Some(SystemAttribute::ChangedDate)]);
    let manifest = model.manifest();
    let order = manifest.entity_named("Shop.Order").unwrap();
    let user = manifest.entity_named("System.User").unwrap();
    let owners: Vec<_> = manifest.associations.iter().filter(|one| one.from == order).collect();
    assert_eq!(owners.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["System.owner", "System.changedBy"]);
    assert_eq!(owners[0].system, Some(SystemAssociation::Owner));
    assert!(owners.iter().all(|one| one.to == user));
    // The script's own names go on to work.
    let names = &model.resolved.names;
    assert_eq!(names.attribute(order, "Made"), manifest.attribute_named(order, "createdDate"));
}

#[test]
fn inherited_system_members_are_not_repeated() {
    let model = clean(
        "create entity Shop.Base ( Owner: AutoOwner, Made: AutoCreatedDate );
         create entity Shop.Special extends Shop.Base ( Owner: AutoOwner, Made: AutoCreatedDate, Size: Integer );",
    );
    assert_eq!(model.attributes("Shop.Special"), ["Size"]);
    let manifest = model.manifest();
    let special = manifest.entity_named("Shop.Special").unwrap();
    assert!(manifest.associations.iter().all(|one| one.from != special));
}

#[test]
fn stock_definitions_may_be_replaced() {
    let model = clean(
        "create user role User ( ModuleRoles: (System.User) );
         create demo user 'demo_user' ( Password: 'Secret123!', UserRoles: (User) );
         drop demo user 'demo_administrator';
         drop module FeedbackModule;",
    );
    let security = &model.manifest().security;
    assert_eq!(security.demo_users.len(), 1);
    assert_eq!(security.demo_users[0].roles, ["User"]);
    let user = security.user_roles.iter().find(|role| role.name == "User").unwrap();
    assert_eq!(user.module_roles, ["System.User"]);
    let administrator = security.user_roles.iter().find(|role| role.name == "Administrator").unwrap();
    assert!(administrator.manage_all_roles);
    assert!(!administrator.module_roles.iter().any(|role| role == "FeedbackModule.User"));
}

#[test]
fn stock_demo_users_cannot_log_in() {
    assert!(model("").manifest().security.demo_users.is_empty());
}

#[test]
fn the_same_text_gives_the_same_manifest_and_findings() {
    let text = "create entity Shop.Order ( A: Integer, B: enum Shop.Stat, C: enum System.EventStatu );
        create entity Shop.Line extends Shop.Ordr ( D: Integer );
        create page Shop.P ( title: 'x' ) { }; create page Shop.Q ( title: 'x' ) { };";
    let first = model(text);
    for _ in 0..5 {
        let again = model(text);
        assert_eq!(again.manifest().to_bytes(), first.manifest().to_bytes());
        assert_eq!(again.found, first.found);
    }
}
