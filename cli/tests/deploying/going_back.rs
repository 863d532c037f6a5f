//! Going back to the version before, with what was written since.

use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{World, shown, version};

#[test]
fn a_rollback_takes_less_than_a_second_and_keeps_what_was_written() {
    let world = World::start(3, &version(1));
    let session = world.session();
    session.result("Proof.Add", &json!({"Client": 1, "Number": 1}));
    assert_eq!(session.result("Proof.Count", &json!({})), json!(1));
    world.deploy("v2", &version(2), &[]);
    assert_eq!(session.result("Proof.Add", &json!({"Client": 1, "Number": 2})), json!(2));
    assert_eq!(session.result("Proof.Count", &json!({})), json!(2));

    let began = Instant::now();
    let output = world.brooklet(&["rollback"]);
    let took = began.elapsed();
    assert!(output.status.success(), "{}", shown(&output));
    eprintln!("rolled back in {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    for node in world.cluster.nodes() {
        let here = session.at(node.client());
        assert_eq!(here.result("Proof.Which", &json!({})), json!("1 1"), "{}", node.name);
    }
    assert_eq!(session.result("Proof.Count", &json!({})), json!(3));
    assert_eq!(world.rows("SELECT count(*) FROM \"proof$entry\""), ["2"]);

    // Forth again, by name.
    let known = world.admin("versions");
    let second = known["versions"].as_array().expect("a list").iter().find(|one| one["role"] == "previous");
    let second = second.expect("the version before")["version"].as_str().expect("a hash").to_owned();
    let output = world.brooklet(&["rollback", &second[..15]]);
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(session.result("Proof.Which", &json!({})), json!("2 2"));
    let releases = world.admin("versions")["releases"].as_array().expect("a list").len();
    assert_eq!(releases, 4, "start, deploy, rollback, rollback");
    let records = world.admin("audit")["records"].as_array().expect("a list").clone();
    let done: Vec<_> = records.iter().filter_map(|record| record["what"].as_str()).collect();
    assert_eq!(done, ["roll back: deployment 4", "roll back: deployment 3", "deploy: deployment 2"]);
}

#[test]
fn a_cluster_that_starts_again_serves_what_was_deployed_last() {
    let mut world = World::start(2, &version(1));
    world.deploy("v2", &version(2), &[]);
    let session = world.session();
    assert_eq!(session.result("Proof.Count", &json!({})), json!(1));
    for node in [0, 1] {
        world.cluster.signal(node, brooklet_test_support::Signal::Kill);
    }
    for node in [0, 1] {
        world.cluster.wait_until_ended(node);
        // With the folder of version 1, as before.
        world.cluster.restart(node);
    }
    for node in [0, 1] {
        world.cluster.wait_until_ready(node);
        let here = session.at(world.cluster.nodes()[node].client());
        assert_eq!(here.result("Proof.Which", &json!({})), json!("2 2"));
    }
    let here = session.at(world.cluster.nodes()[0].client());
    assert_eq!(here.result("Proof.Count", &json!({})), json!(2));
    assert!(world.cluster.errors().contains("the cluster serves another version"), "{}", world.cluster.errors());
}
