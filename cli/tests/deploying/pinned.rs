//! Sessions that are there stay on the version before; those that come get the new one.

use serde_json::json;

use super::world::{World, version, wait_until};

#[test]
fn sessions_stay_on_their_version_and_new_ones_get_the_new_one() {
    let world = World::start(2, &version(1));
    let old: Vec<_> = (0..6).map(|_| world.session()).collect();
    old[0].result("Proof.Count", &json!({}));
    world.deploy("v2", &version(2), &["--pin-sessions", "4s"]);
    let new: Vec<_> = (0..6).map(|_| world.session()).collect();
    for node in world.cluster.nodes() {
        for session in &old {
            assert_eq!(session.at(node.client()).result("Proof.Which", &json!({})), json!("1 1"));
        }
        for session in &new {
            assert_eq!(session.at(node.client()).result("Proof.Which", &json!({})), json!("2 2"));
        }
    }
    // Both write to the same tables.
    old[1].result("Proof.Add", &json!({"Client": 1, "Number": 1}));
    new[1].result("Proof.Add", &json!({"Client": 2, "Number": 1}));
    assert_eq!(world.rows("SELECT version FROM \"proof$entry\" ORDER BY version"), ["1", "2"]);
    // Their time is over.
    wait_until("everybody has the new version", || {
        old.iter().all(|session| session.result("Proof.Which", &json!({})) == json!("2 2"))
    });
    assert_eq!(old[0].result("Proof.Count", &json!({})), json!(2));
}
