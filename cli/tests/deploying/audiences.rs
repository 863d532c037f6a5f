//! A canary for chosen people: by role, by user, by a header; and what takes it back when it is slow.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::{Session, World, shown, version, wait_until};

/// A version with users of two roles.
fn with_users(number: u32) -> String {
    format!(
        "{}\
create module role Proof.Worker;
create user role Clerk ( ModuleRoles: (Proof.Worker) );
create user role Tester ( ModuleRoles: (Proof.Worker) );
create demo user 'ada' ( Password: 'Ada-of-proof-1', Entity: Administration.Account, UserRoles: (Clerk) );
create demo user 'bob' ( Password: 'Bob-of-proof-1', Entity: Administration.Account, UserRoles: (Clerk) );
create demo user 'tom' ( Password: 'Tom-of-proof-1', Entity: Administration.Account, UserRoles: (Tester) );
alter app security ( SecurityLevel: Prototype, EnableDemoUsers: true );
grant execute on microflow Proof.Which to Proof.Worker;
",
        version(number)
    )
}

/// What a session gets at each node.
fn seen(world: &World, session: &Session) -> Vec<Value> {
    world.cluster.nodes().iter().map(|node| session.at(node.client()).result("Proof.Which", &json!({}))).collect()
}

#[test]
fn roles_and_users_have_the_canary_on_every_node() {
    let world = World::start(2, &with_users(1));
    let [ada, bob, tom] =
        ["Ada", "Bob", "Tom"].map(|name| world.log_in(&name.to_lowercase(), &format!("{name}-of-proof-1")));
    let path = world.model("v2", &with_users(2));
    for wrong in [["--canary-role", "Testr"], ["--canary-header", "two words"]] {
        let output = world.brooklet(&["deploy", path.to_str().expect("a path"), wrong[0], wrong[1]]);
        assert!(!output.status.success() && shown(&output).contains(wrong[1]), "{}", shown(&output));
    }
    let printed = world.deploy("v2", &with_users(2), &["--canary-role", "Tester", "--canary-user", "ada"]);
    assert_eq!(printed.last().expect("a line")["event"], "canary");
    let (old, new) = (vec![json!("1 1"); 2], vec![json!("2 2"); 2]);
    assert_eq!((seen(&world, &ada), seen(&world, &bob), seen(&world, &tom)), (new.clone(), old.clone(), new.clone()));
    let output = world.brooklet(&["deploy", "--promote"]);
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!((seen(&world, &ada), seen(&world, &bob), seen(&world, &tom)), (new.clone(), new.clone(), new));
}

#[test]
fn a_header_asks_for_the_canary_and_the_session_keeps_it() {
    let world = World::start(2, &version(1));
    let (asks, does_not) = (world.session(), world.session());
    let asks = asks.saying("brooklet-canary", "new");
    world.deploy("v2", &version(2), &["--canary-header", "new"]);
    let (old, new) = (vec![json!("1 1"); 2], vec![json!("2 2"); 2]);
    assert_eq!((seen(&world, &asks), seen(&world, &does_not)), (new.clone(), old.clone()));
    let silent = asks.saying("brooklet-canary", "");
    assert_eq!(seen(&world, &silent), new, "a session keeps what it has");
    let output = world.brooklet(&["deploy", "--abort"]);
    assert!(output.status.success(), "{}", shown(&output));
    wait_until("it is gone", || seen(&world, &asks) == old);
}

#[test]
fn a_canary_that_is_slow_is_taken_back_by_itself() {
    let world = World::start(2, &version(1));
    let sessions: Vec<_> = (0..40).map(|_| world.session()).collect();
    let slow = version(2).replace(
        "create microflow Proof.Other () returns Integer begin return 2; end;",
        "create microflow Proof.Other () returns Integer begin
           declare $Round Integer = 0;
           while $Round < 3000000 begin set $Round = $Round + 1; end while;
           return 2;
         end;",
    );
    assert_ne!(slow, version(2));
    world.deploy("v2", &slow, &["--canary", "40%", "--max-latency", "3"]);
    let began = Instant::now();
    let is_over = || world.admin("deployments")["deployments"][0]["phase"].is_object();
    while !is_over() {
        assert!(began.elapsed() < Duration::from_secs(60), "it is still there");
        sessions.iter().for_each(|session| drop(session.result("Proof.Which", &json!({}))));
    }
    let reason = world.admin("deployments")["deployments"][0]["phase"]["taken-back"].clone();
    assert!(reason.as_str().is_some_and(|why| why.contains("95 % of its calls took up to")), "{reason}");
    wait_until("everybody is back", || {
        sessions.iter().all(|session| session.result("Proof.Which", &json!({})) == json!("1 1"))
    });
}
