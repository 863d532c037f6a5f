//! Roles, demo users and the first administrator: there when a version is active, once, and left as they are.

use std::sync::Arc;

use crate::club::{ADA, BEA, Club, PRODUCTION, Setup, component};
use brooklet_runtime::{Node, NodeOptions, clock::Clock, users::FirstAdministrator};
use brooklet_test_support::Postgres;
use serde_json::json;

fn in_a_file(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("club.sqlite").display())
}

fn setup(store: &str) -> Setup {
    Setup { store: store.to_owned(), ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_demo_users_are_made_once_and_left_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = in_a_file(&folder);
    let first = Club::open_with(PRODUCTION, setup(&store)).await;
    // Guest, Member, Board, and the two that every application starts with.
    assert_eq!(
        (first.system("Club.Users", json!({})).await, first.system("Club.Roles", json!({})).await),
        (json!(2), json!(5))
    );
    first.system("Club.SetPassword", json!({"Name": "ada", "Password": "my own"})).await;
    first.system("Club.Assign", json!({"Name": "bea", "Role": "Guest"})).await;
    first.node.close().await;

    let second = Club::open_with(PRODUCTION, setup(&store)).await;
    assert_eq!(
        (second.system("Club.Users", json!({})).await, second.system("Club.Roles", json!({})).await),
        (json!(2), json!(5))
    );
    assert_eq!(second.log_in(ADA).await.code(), (401, "login-failed"));
    assert_eq!(second.log_in(("ada", "my own")).await.status, 200);
    assert_eq!(second.about("bea").await, "Board Guest 0 never", "missing roles are added");
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_users_that_are_switched_off_cannot_log_in_with_the_models_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = in_a_file(&folder);
    let club = Club::open_with(PRODUCTION, setup(&store)).await;
    club.system("Club.SetPassword", json!({"Name": "bea", "Password": "my own"})).await;
    let off = component("alter app security ( SecurityLevel: Production, EnableDemoUsers: false );");
    club.node.activate(off, None).await.expect("the model is accepted");
    assert_eq!(club.log_in(ADA).await.code(), (401, "login-failed"));
    assert_eq!(club.log_in(("bea", "my own")).await.status, 200, "who chose a password is nobody's demo user");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_are_gone_from_the_model_grant_nothing() {
    let club = Club::open(PRODUCTION).await;
    let bea = club.program(BEA).await;
    assert_eq!(bea.status("Club.Decide").await, 200);
    let without = component(&format!("{PRODUCTION} drop demo user 'bea'; drop user role Board;"));
    club.node.activate(without, None).await.expect("the model is accepted");
    assert_eq!(club.about("bea").await, "Board 0 in", "the row stays");
    assert_eq!(bea.call("Club.Decide", json!({})).await.code(), (403, "execute-denied"));
    assert_eq!(club.log_in(BEA).await.code(), (401, "login-failed"), "no role of the model is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_and_gets_the_password_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = in_a_file(&folder);
    let with = |password| Setup { administrator: Some(("root", password)), ..setup(&store) };
    // Even where security is off: it may be switched on.
    let first = Club::open_with(crate::club::OFF, with("first")).await;
    assert_eq!(first.log_in(("root", "first")).await.json["roles"], json!(["Administrator", "Board"]));
    first.node.close().await;

    let second = Club::open_with(PRODUCTION, with("second")).await;
    assert_eq!(second.log_in(("root", "first")).await.code(), (401, "login-failed"));
    let root = second.program(("root", "second")).await;
    assert_eq!((root.status("Club.Decide").await, second.system("Club.Users", json!({})).await), (200, json!(3)));
    // Nothing of it differs: nobody is logged out by a reload.
    second.node.activate(component(&format!("{PRODUCTION} create module Other;")), None).await.expect("it is accepted");
    assert_eq!(root.status("Club.Decide").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_that_start_at_once_make_everything_once() {
    let store = Postgres::shared().database();
    let start = |number: u16| {
        let options = NodeOptions {
            store: store.clone(),
            clock: Clock::system(number),
            administrator: Some(FirstAdministrator { name: "root".to_owned(), password: "secret".to_owned() }),
            ..NodeOptions::default()
        };
        async move {
            let node = Arc::new(Node::start(options).await.expect("the node starts"));
            node.activate(component(PRODUCTION), None).await.expect("the model is accepted");
            node
        }
    };
    let nodes = [tokio::spawn(start(1)), tokio::spawn(start(2)), tokio::spawn(start(3))];
    let mut started = Vec::new();
    for node in nodes {
        started.push(node.await.expect("nothing panics"));
    }
    let club = Club::join(PRODUCTION, setup(&store), 4).await;
    assert_eq!(
        (club.system("Club.Users", json!({})).await, club.system("Club.Roles", json!({})).await),
        (json!(3), json!(5))
    );
    assert_eq!(club.about("root").await, "Administrator Board 0 never");
    assert_eq!(club.about("ada").await, "Member 0 never");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_user_may_be_of_an_entity_with_rules_of_its_own() {
    let script = format!(
        "{PRODUCTION} create demo user 'cleo' ( Password: 'Cleo-1', Entity: Club.Person, UserRoles: (Member) );"
    );
    let club = Club::open(&script).await;
    assert_eq!(club.program(("cleo", "Cleo-1")).await.call("Club.Hello", json!({})).await.json["result"], "hello cleo");
}
