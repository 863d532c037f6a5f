//! `brooklet new` starts a model that is whole.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use brooklet_test_support::Node;

const BROOKLET: &str = env!("CARGO_BIN_EXE_brooklet");

fn brooklet(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(BROOKLET).args(arguments).current_dir(folder).output().expect("it runs")
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_new_model_builds_passes_its_tests_and_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = brooklet(folder.path(), &["new", "apps/time-sheet"]);
    assert!(made.status.success() && shown(&made).contains("module TimeSheet"), "{}", shown(&made));
    for (arguments, says) in [
        (vec!["check", "apps/time-sheet"], "3 microflows compiled, 0 left out"),
        (vec!["test", "apps/time-sheet"], "4 passed, 0 failed"),
        (vec!["build", "apps/time-sheet", "--strict"], "sha256:"),
    ] {
        let output = brooklet(folder.path(), &arguments);
        assert!(output.status.success() && shown(&output).contains(says), "{arguments:?}: {}", shown(&output));
    }
    let node = Node::start(BROOKLET, ["apps/time-sheet", "--store", "sqlite::memory:"], |command| {
        command.current_dir(folder.path());
    });
    let node = node.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(node.call("TimeSheet.CountOpen", "{}").json()["result"], 0);
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/notes.txt"), "mine").expect("a file");
    let refused = brooklet(folder.path(), &["new", "mine"]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert!(shown(&refused).contains("something in it"), "{}", shown(&refused));
    assert_eq!(fs::read_dir(folder.path().join("mine")).expect("it is there").count(), 1);
    let wrong = brooklet(folder.path(), &["new", "7up"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", shown(&wrong));
    assert!(!folder.path().join("7up").exists());
}
