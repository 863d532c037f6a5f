//! Logins at a real node: what stands in its log, and what does not.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use brooklet_test_support::Node;

use crate::{MODEL, folder_with, serve};

const ROLES: &str = "mdl 1;
create module role Sales.Clerk;
create user role Clerk ( ModuleRoles: (Sales.Clerk) );
create demo user 'ada' ( Password: 'Ada-of-sales-1', Entity: Administration.Account, UserRoles: (Clerk) );
alter app security ( SecurityLevel: Production, EnableDemoUsers: true );
";

fn log_in(node: &Node, password: &str) -> u16 {
    let body = format!(r#"{{"name": "ada", "password": "{password}"}}"#);
    node.send("POST", "/api/login", Some("application/json"), body.as_bytes()).status
}

/// What the node has written when a text is in it.
fn log_with(node: &Node, text: &str) -> String {
    for _ in 0..100 {
        if node.errors().contains(text) {
            return node.errors();
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("there is no `{text}` in {}", node.errors());
}

#[test]
fn logins_are_logged_with_user_and_address_and_never_with_a_password() {
    let folder = folder_with(MODEL);
    fs::write(folder.path().join("model/users.mdl"), ROLES).expect("a model");
    let node = serve(folder.path()).expect("the node starts");
    assert!(node.output().contains(r#""security":"production""#), "{}", node.output());
    assert_eq!((log_in(&node, "Guess-4711"), log_in(&node, "Ada-of-sales-1")), (401, 200));
    let log = log_with(&node, "a user has logged in");
    let line = |text: &str| log.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {log}"));
    for (text, level) in [("a login failed", "WARN"), ("a user has logged in", "INFO")] {
        let line = line(text);
        assert!(line.contains(level) && line.contains("ada") && line.contains("127.0.0.1"), "{line}");
    }
    assert!(!log.contains("4711") && !log.contains("Ada-of-sales-1"), "{log}");
    assert!(!node.output().contains("Ada-of-sales-1"));
}

#[test]
fn a_node_whose_security_is_off_says_so_loudly() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    assert!(node.output().contains(r#""security":"off""#), "{}", node.output());
    let log = log_with(&node, "security is OFF");
    assert_eq!(log.matches("security is OFF").count(), 1, "{log}");
    assert!(log.lines().any(|line| line.contains("WARN") && line.contains("security is OFF")), "{log}");
    fs::write(folder.path().join("model/users.mdl"), ROLES).expect("a model");
    log_with(&node, "has changed from off to production");
}

#[test]
fn demo_users_that_others_can_reach_are_warned_of() {
    let folder = folder_with(MODEL);
    fs::write(folder.path().join("model/users.mdl"), ROLES).expect("a model");
    let inside = serve(folder.path()).expect("the node starts");
    log_with(&inside, "security is production");
    assert!(!inside.errors().contains("demo users"), "{}", inside.errors());

    let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
    command.args(["serve", "model", "--store", "sqlite::memory:", "--listen", "0.0.0.0:0"]).current_dir(folder.path());
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    let lines = BufReader::new(child.stderr.take().expect("standard error")).lines().map_while(Result::ok);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        lines.filter(|line| line.contains("demo users can log in")).try_for_each(|line| sender.send(line))
    });
    let warning = receiver.recv_timeout(Duration::from_secs(60));
    child.kill().expect("it ends");
    child.wait().expect("it ends");
    let line = warning.expect("a warning");
    assert!(line.contains("WARN") && line.contains("ada") && !line.contains("Ada-of-sales-1"), "{line}");
}
