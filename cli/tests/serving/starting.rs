//! A node that cannot start says why, and what to do.

use std::process::Command;

use brooklet_test_support::{Node, Postgres};

use crate::{MODEL, folder_with};

/// Starts a node that cannot start; answers its exit code and what it wrote to standard error.
fn refusal(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = folder_with(MODEL);
    let started = Node::start(env!("CARGO_BIN_EXE_brooklet"), arguments, |command| {
        command.current_dir(folder.path());
    });
    let refused = started.expect_err("it cannot start");
    (refused.status.and_then(|status| status.code()), refused.errors)
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let (code, errors) = refusal(&["model", "--store", "postgres://ann:s3cret@127.0.0.1:1/none"]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("127.0.0.1:1") || errors.contains("database"), "{errors}");
    assert!(!errors.contains("s3cret") && !errors.contains("panicked"), "{errors}");
}

#[test]
fn a_database_that_was_never_created_is_named() {
    let url = Postgres::shared().database().replace("/test_", "/missing_");
    let (code, errors) = refusal(&["model", "--store", &url]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("missing_"), "{errors}");
}

#[test]
fn wrong_words_on_the_command_line_are_explained() {
    for (arguments, part) in
        [(vec!["model", "--store", "mysql://somewhere"], "sqlite"), (vec!["no-such-folder"], "no-such-folder")]
    {
        let (code, errors) = refusal(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(part), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_model_with_errors_is_not_served() {
    let folder = folder_with("mdl 1; create microflow A.B () returns Integer begin return $X; end;");
    let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
    let output = command.args(["serve", "model"]).current_dir(folder.path()).output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("MDL0201") && errors.contains("sales.mdl:1"), "{errors}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = folder_with(MODEL);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address").to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
    command.args(["serve", "model", "--store", "sqlite::memory:", "--listen", &address]).current_dir(folder.path());
    let output = command.output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains(&address), "{errors}");
}
