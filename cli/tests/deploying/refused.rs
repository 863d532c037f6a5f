//! What cannot be deployed leaves everything as it was.

use brooklet_test_support::Signal;
use serde_json::json;

use super::world::{World, records, shown, version};

#[test]
fn what_does_not_load_or_is_not_the_plan_is_refused() {
    let world = World::start(2, &version(1));
    let session = world.session();
    let path = world.model("v2", &version(2));
    let path = path.to_str().expect("a path");
    let output = world.brooklet(&["deploy", path, "--plan", "0000000000000000"]);
    assert!(!output.status.success() && shown(&output).contains("brooklet plan"), "{}", shown(&output));

    let output = world.brooklet(&["plan", path]);
    assert!(output.status.success(), "{}", shown(&output));
    let plan = &records(&output)[0];
    let hash = plan["hash"].as_str().expect("a hash");
    assert_eq!(session.result("Proof.Which", &json!({})), json!("1 1"), "planning changes nothing");
    let output = world.brooklet(&["deploy", path, "--plan", hash]);
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(session.result("Proof.Which", &json!({})), json!("2 2"));

    let file = world.model("rest", "").join("no.wasm");
    std::fs::write(&file, b"\0asm\x0d\0\x01\0").expect("a file");
    let output = world.brooklet(&["deploy", file.to_str().expect("a path")]);
    assert!(!output.status.success() && shown(&output).contains("brooklet build"), "{}", shown(&output));
    assert_eq!(session.result("Proof.Which", &json!({})), json!("2 2"));
}

#[test]
fn a_startup_that_fails_leaves_the_old_version_serving() {
    let world = World::start(2, &version(1));
    let session = world.session();
    let failing = format!(
        "{}create microflow Proof.Start () returns Boolean begin return false; end;\n\
         alter settings model ( AfterStartupMicroflow: 'Proof.Start' );\n",
        version(2)
    );
    let path = world.model("v2", &failing);
    let output = world.brooklet(&["deploy", path.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("Proof.Start"), "{}", shown(&output));
    assert_eq!(session.result("Proof.Which", &json!({})), json!("1 1"));
    world.deploy("v3", &version(3), &[]);
    assert_eq!(session.result("Proof.Which", &json!({})), json!("3 3"));
}

#[test]
fn a_node_that_cannot_load_a_version_is_named_and_nothing_changes() {
    let mut world = World::start(3, &version(1));
    let session = world.session();
    world.cluster.signal(2, Signal::Terminate);
    world.cluster.wait_until_ended(2);
    world.cluster.restart_with(2, &["--limit-memory-bytes", "256KiB"]);
    world.cluster.wait_until_ready(2);
    let text = "no less than this ".repeat(30_000);
    let large = format!("{}create microflow Proof.Long () returns String begin return '{text}'; end;\n", version(2));
    let path = world.model("large", &large);
    let output = world.brooklet(&["deploy", path.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    let said = records(&output).pop().expect("a line");
    let reason = said["reason"].as_str().unwrap_or_default();
    assert!(said["event"] == "taken-back" && reason.starts_with("node-3: "), "{said}");
    for node in world.cluster.nodes() {
        assert_eq!(session.at(node.client()).result("Proof.Which", &json!({})), json!("1 1"));
    }
    // Without that node it goes.
    world.cluster.signal(2, Signal::Terminate);
    world.cluster.wait_until_ended(2);
    world.deploy("large", &large, &[]);
    // And the node does not serve what it cannot: it says why and ends.
    world.cluster.restart_with(2, &["--limit-memory-bytes", "256KiB"]);
    world.cluster.wait_until_ended(2);
    assert!(world.cluster.errors().contains("cannot follow"), "{}", world.cluster.errors());
    assert_eq!(session.result("Proof.Which", &json!({})), json!("2 2"));
}
