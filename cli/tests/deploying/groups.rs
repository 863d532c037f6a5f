//! A group of nodes has a version of its own, on the same database.

use brooklet_test_support::Signal;
use serde_json::json;

use super::world::{World, shown, version, wait_until};

/// A version that differs from another in what its microflows do, and not in its entities.
fn other_bodies(number: u32) -> String {
    let (same, other) = (version(number), format!("return {}; end;", number + 100));
    same.replace(&format!("return {number}; end;"), &other)
}

#[test]
fn the_nodes_of_a_group_keep_their_version_whatever_the_others_get() {
    let mut world = World::start(3, &version(3));
    let output =
        world.brooklet(&["deploy", "--group", "batch", world.model("nobody", &version(3)).to_str().expect("a path")]);
    assert!(!output.status.success() && shown(&output).contains("no node is in group batch"), "{}", shown(&output));

    world.cluster.signal(2, Signal::Terminate);
    world.cluster.wait_until_ended(2);
    world.cluster.restart_with(2, &["--group", "batch"]);
    world.cluster.wait_until_ready(2);
    wait_until("its group is known", || world.admin("nodes")["nodes"][2]["group"] == json!("batch"));

    world.deploy("batch", &other_bodies(3), &["--group", "batch"]);
    let session = world.session_at(world.cluster.nodes()[0].client().clone());
    let says = |node: usize| session.at(world.cluster.nodes()[node].client()).result("Proof.Which", &json!({}));
    assert_eq!([says(0), says(1), says(2)], ["3 3", "3 3", "103 103"].map(|text| json!(text)));
    // Both write to the same tables, and a session goes with it.
    for node in [0, 2] {
        let here = session.at(world.cluster.nodes()[node].client());
        here.result("Proof.Add", &json!({ "Client": 1, "Number": node }));
        here.result("Proof.Count", &json!({}));
    }
    assert_eq!(session.result("Proof.Count", &json!({})), json!(3));
    assert_eq!(world.rows("SELECT version FROM \"proof$entry\" ORDER BY version"), ["3", "103"]);
    let roles: Vec<_> =
        world.admin("versions")["versions"].as_array().expect("a list").iter().map(|one| one["role"].clone()).collect();
    assert!(roles.contains(&json!("active")) && roles.contains(&json!("group batch")), "{roles:?}");

    // The others get another version with the same entities; the group keeps its own, after a restart, too.
    world.deploy("bodies", &version(3).replace("return 3; end;", "return 4; end;"), &[]);
    assert_eq!([says(0), says(1), says(2)], ["4 4", "4 4", "103 103"].map(|text| json!(text)));
    world.cluster.signal(2, Signal::Kill);
    world.cluster.wait_until_ended(2);
    world.cluster.restart_with(2, &["--group", "batch"]);
    world.cluster.wait_until_ready(2);
    let says = |node: usize| session.at(world.cluster.nodes()[node].client()).result("Proof.Which", &json!({}));
    assert_eq!(says(2), json!("103 103"));

    // Other entities are refused on either side, and the remedy is said.
    let path = world.model("entities", &version(4));
    let path = path.to_str().expect("a path");
    for (arguments, remedy) in [
        (vec!["deploy", path], "--ungroup batch"),
        (vec!["deploy", path, "--group", "batch"], "deploy it to all nodes"),
    ] {
        let output = world.brooklet(&arguments);
        assert!(!output.status.success() && shown(&output).contains(remedy), "{arguments:?}: {}", shown(&output));
    }
    // So are others that only sessions keep.
    let drafts = version(3).replace("( Count: Integer )", "( Count: Integer, Note: String(20) )");
    let path = world.model("drafts", &drafts);
    let output = world.brooklet(&["deploy", path.to_str().expect("a path"), "--group", "batch"]);
    assert!(!output.status.success() && shown(&output).contains("Proof.Counter.Note"), "{}", shown(&output));
    let output = world.brooklet(&["deploy", "--ungroup", "batch"]);
    assert!(output.status.success(), "{}", shown(&output));
    wait_until("the group has the active version", || says(2) == json!("4 4"));
    world.deploy("entities", &version(4), &[]);
    let output = world.brooklet(&["deploy", "--ungroup", "batch"]);
    assert!(!output.status.success() && shown(&output).contains("no version of its own"), "{}", shown(&output));
}
