//! Roles, users, rights, settings.

use brooklet_model::{AccessRule, MemberAccess, SecurityLevel};

use super::{check, clean};

const MODEL: &str = "create module role Shop.Clerk;
    create module role Shop.Boss description 'Decides';
    create entity Shop.Base ( Code: String );
    create entity Shop.Order extends Shop.Base ( Number: Integer, Title: String );
    create association Shop.Order_Buyer from Shop.Order to System.User;";

/// The access rules of `Shop.Order` after some statements.
#[track_caller]
fn access(statements: &str) -> Vec<AccessRule> {
    let model = clean(&format!("{MODEL} {statements}"));
    let order = model.manifest().entity_named("Shop.Order").unwrap();
    model.manifest().security.access.iter().filter(|rule| rule.entity == order).cloned().collect()
}

fn some(names: &[&str]) -> MemberAccess {
    MemberAccess::Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn rights_of_the_same_roles_are_one_rule() {
    let rules = access(
        "grant Shop.Clerk on Shop.Order (create, read (Number));
         grant Shop.Clerk on Shop.Order (delete, write (Title, Shop.Order_Buyer));",
    );
    assert_eq!(rules.len(), 1);
    assert!(rules[0].create && rules[0].delete);
    assert_eq!(rules[0].roles, ["Shop.Clerk"]);
    // What may be written may be read.
    assert_eq!(rules[0].read, some(&["Number", "Title", "Shop.Order_Buyer"]));
    assert_eq!(rules[0].write, some(&["Title", "Shop.Order_Buyer"]));
}

#[test]
fn another_constraint_is_another_rule() {
    let rules = access(
        "grant Shop.Clerk on Shop.Order (read *) where '[Number > 5]';
         grant Shop.Clerk on Shop.Order (read *) where '[Title = ''x'']';",
    );
    let constraints: Vec<_> = rules.iter().map(|rule| rule.constraint.as_deref().unwrap()).collect();
    assert_eq!(constraints, ["[Number > 5]", "[Title = 'x']"]);
}

#[test]
fn rights_can_be_taken_away() {
    let rules = access(
        "grant Shop.Clerk on Shop.Order (create, delete, read *, write *);
         revoke Shop.Clerk on Shop.Order (delete, write (Title));",
    );
    assert!(rules[0].create && !rules[0].delete);
    assert_eq!(rules[0].read, MemberAccess::All);
    assert_eq!(rules[0].write, some(&["Code", "Number", "Shop.Order_Buyer"]));
    assert_eq!(access("grant Shop.Clerk on Shop.Order (read *); revoke Shop.Clerk on Shop.Order;"), []);
}

#[test]
fn other_roles_keep_their_rights() {
    let rules = access(
        "grant Shop.Clerk, Shop.Boss on Shop.Order (create, read *);
         revoke Shop.Clerk on Shop.Order (create);",
    );
    assert_eq!(rules.len(), 2);
    assert_eq!((rules[0].roles[0].as_str(), rules[0].create), ("Shop.Boss", true));
    assert_eq!((rules[1].roles[0].as_str(), rules[1].create), ("Shop.Clerk", false));
}

#[test]
fn rights_name_what_is_there() {
    check(
        &format!(
            "{MODEL}
             grant Shop.Clrk on Shop.Order (read *);
             grant Shop.Clerk on Shop.Ordr (read *);
             grant Shop.Clerk on Shop.Order (read (Titel));
             grant execute on microflow Shop.Nothing to Shop.Clerk;"
        ),
        &[
            "MDL0118 there is no module role 'Shop.Clrk' (did you mean `Shop.Clerk`?)",
            "MDL0101 there is no entity 'Shop.Ordr' (did you mean `Shop.Order`?)",
            "MDL0104 'Shop.Order' has no attribute or association 'Titel' (did you mean `Title`?)",
            "MDL0107 there is no microflow 'Shop.Nothing'",
        ],
    );
}

#[test]
fn microflows_know_who_may_call_them() {
    let model = clean(&format!(
        "{MODEL}
         create microflow Shop.F begin end;
         grant execute on microflow Shop.F to Shop.Clerk, Shop.Boss;
         revoke execute on microflow Shop.F from Shop.Clerk;"
    ));
    assert_eq!(model.manifest().microflows[0].allowed_roles, ["Shop.Boss"]);
}

#[test]
fn users_have_roles() {
    let model = clean(&format!(
        "{MODEL}
         create user role Clerk (Shop.Clerk, System.User);
         create user role Boss (Shop.Boss) manage all roles;
         alter user role Clerk add module roles (Shop.Boss);
         alter user role Clerk remove module roles (System.User);
         alter project security level production;
         alter project security demo users on;
         create demo user 'ann' password 'LongEnough123!' entity Administration.Account (Clerk, Boss);"
    ));
    let security = &model.manifest().security;
    assert_eq!(security.level, SecurityLevel::Production);
    assert!(security.demo_users_enabled);
    let clerk = security.user_roles.iter().find(|role| role.name == "Clerk").unwrap();
    assert_eq!(clerk.module_roles, ["Shop.Clerk", "Shop.Boss"]);
    assert!(security.user_roles.iter().find(|role| role.name == "Boss").unwrap().manage_all_roles);
    let ann = &security.demo_users[0];
    assert_eq!((ann.name.as_str(), ann.password.as_str()), ("ann", "LongEnough123!"));
    assert_eq!(ann.roles, ["Clerk", "Boss"]);
    assert_eq!(ann.entity.as_deref(), Some("Administration.Account"));
    assert_eq!(security.module_roles.iter().find(|role| role.name == "Shop.Boss").unwrap().description, "Decides");
}

#[test]
fn anonymous_users_have_a_role_when_they_are_let_in() {
    let text = |access| {
        format!("alter app security ( SecurityLevel: Prototype, EnableGuestAccess: {access}, GuestUserRole: User );")
    };
    assert_eq!(clean(&text("true")).manifest().security.guest_role.as_deref(), Some("User"));
    assert_eq!(clean(&text("false")).manifest().security.guest_role, None);
}

#[test]
fn settings_are_kept_and_their_microflows_checked() {
    let model = clean(
        "create microflow Shop.Start returns Boolean begin return true; end;
         alter settings model AfterStartupMicroflow = 'Shop.Start', RoundingMode = 'HalfUp';
         alter settings language DefaultLanguageCode = 'en_US';
         rename microflow Shop.Start to Begin;",
    );
    let manifest = model.manifest();
    assert_eq!(manifest.setting("model", "AfterStartupMicroflow"), Some("Shop.Begin"));
    assert_eq!(manifest.setting("model", "RoundingMode"), Some("HalfUp"));
    assert_eq!(manifest.setting("language", "DefaultLanguageCode"), Some("en_US"));
    check(
        "alter settings model HealthCheckMicroflow = 'Shop.Nothing';",
        &["MDL0107 there is no microflow 'Shop.Nothing'"],
    );
}

#[test]
fn configurations_have_their_own_values() {
    let model = clean(
        "create constant Shop.Limit type Integer default 5;
         create constant Shop.Url type String default 'x';
         alter settings constant 'Shop.Limit' value '80' in configuration 'Default';
         alter settings constant 'Shop.Limit' value '90' in configuration 'Acceptance';
         alter settings constant 'Shop.Url' value 'y' in configuration 'Default';
         alter settings drop constant 'Shop.Url' in configuration 'Default';
         alter settings configuration 'Default' HttpPortNumber = 8080;
         rename constant Shop.Limit to Most;",
    );
    let manifest = model.manifest();
    assert_eq!(manifest.setting("constant", "Shop.Most"), Some("80"));
    assert_eq!(manifest.setting("constant", "Acceptance.Shop.Most"), Some("90"));
    assert_eq!(manifest.setting("constant", "Shop.Url"), None);
    assert_eq!(manifest.setting("configuration", "HttpPortNumber"), Some("8080"));
    check(
        "alter settings constant 'Shop.Nothing' value '80' in configuration 'Default';",
        &["MDL0106 there is no constant 'Shop.Nothing'"],
    );
}
