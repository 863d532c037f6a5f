//! A saved change is live in the next request; a broken one leaves the model before it serving.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use brooklet_test_support::Node;

use crate::{MODEL, folder_with, serve};

/// How long a change may take to be live on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

fn greeting(node: &Node) -> String {
    let answer = node.call("Sales.Greet", "{\"Name\": \"Ada\"}");
    assert_eq!(answer.status, 200, "no request fails while models change: {}", answer.body);
    answer.json()["result"].as_str().unwrap_or_default().to_owned()
}

/// Waits until it holds; answers how long that took.
fn wait_until(what: &str, holds: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        thread::sleep(Duration::from_millis(5));
    }
    began.elapsed()
}

#[test]
fn a_saved_change_is_live() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    assert_eq!(greeting(&node), "Hello Ada");
    let file = folder.path().join("model/sales.mdl");
    fs::write(&file, MODEL.replace("'Hello '", "'Good day '")).expect("saved");
    let time = wait_until("the change", || greeting(&node) == "Good day Ada");
    eprintln!("live after {time:?}");

    // Editors write a new file and put it in the place of the old one.
    let new = folder.path().join("model/.sales.mdl.new");
    fs::write(&new, MODEL.replace("'Hello '", "'Welcome '")).expect("written");
    fs::rename(&new, &file).expect("put in its place");
    wait_until("the second change", || greeting(&node) == "Welcome Ada");

    // A new file is part of the model, too.
    let more = "mdl 1; create microflow Sales.Bye () returns String begin return 'Bye'; end;";
    fs::write(folder.path().join("model/more.mdl"), more).expect("saved");
    wait_until("the new file", || node.call("Sales.Bye", "{}").status == 200);
}

#[test]
fn a_broken_change_leaves_the_model_before_it_serving_and_says_what_is_wrong() {
    let folder = folder_with(MODEL);
    let node = serve(folder.path()).expect("the node starts");
    let file = folder.path().join("model/sales.mdl");
    fs::write(&file, MODEL.replace("'Hello ' + $Name", "'Hello ' + $Nmae")).expect("saved");
    // The helper asks for JSON, so that diagnostics are records on standard output.
    wait_until("a diagnostic", || node.output().contains("\"event\":\"rejected\""));
    let said = node.output();
    let diagnostic = said.lines().find(|line| line.contains("MDL0201")).expect("a diagnostic of the unknown variable");
    assert!(diagnostic.contains("sales.mdl") && diagnostic.contains("Nmae"), "{diagnostic}");
    assert_eq!(greeting(&node), "Hello Ada");

    fs::write(&file, MODEL.replace("'Hello '", "'Again '")).expect("saved");
    wait_until("the repaired change", || greeting(&node) == "Again Ada");
}
