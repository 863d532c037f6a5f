//! What cannot be deployed leaves everything as it was.

use serde_json::json;

use super::world::{World, shown, version};

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
    let plan = &super::world::records(&output)[0];
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
