//! Trap 33: an after-startup microflow that fails or answers false stops the start, and nothing of it is stored.

use std::process::{Command, Output};

use brooklet_test_support::root;

/// Runs `Startup.CountTraces` of one of the models on a database file.
fn count_traces(model: &str, data: &tempfile::TempDir) -> Output {
    let model = root().join("tests/conformance/startup").join(model);
    let store = format!("sqlite:{}", data.path().join("startup.sqlite").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
    command.arg("run").arg(model).args(["Startup.CountTraces", "--store", &store]).output().expect("it runs")
}

/// The traces that are stored when the model that starts has left its own.
fn traces_after(model: &str, said: &str) -> String {
    let data = tempfile::tempdir().expect("a folder");
    let refused = count_traces(model, &data);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{errors}");
    assert!(errors.contains("Startup.Start") && errors.contains(said), "{errors}");
    let started = count_traces("answers-true.mdl", &data);
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    String::from_utf8_lossy(&started.stdout).trim().to_owned()
}

#[test]
fn a_start_that_answers_false_leaves_nothing_behind() {
    assert_eq!(traces_after("answers-false.mdl", "did not answer true"), r#"{"result":1,"effects":[]}"#);
}

#[test]
fn a_start_that_fails_leaves_nothing_behind() {
    assert_eq!(traces_after("fails.mdl", "not today"), r#"{"result":1,"effects":[]}"#);
}
