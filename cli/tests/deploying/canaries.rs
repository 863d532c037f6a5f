//! A share of the sessions gets the new version first, and keeps it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{Session, World, shown, version, wait_until};

const SESSIONS: usize = 200;

/// Which sessions have version 2, asked at every node.
fn on_canary(world: &World, sessions: &[Session]) -> Vec<bool> {
    let nodes = world.cluster.nodes();
    sessions
        .iter()
        .map(|session| {
            let said: Vec<_> =
                nodes.iter().map(|node| session.at(node.client()).result("Proof.One", &json!({}))).collect();
            assert!(said.iter().all(|one| *one == said[0]), "nodes do not agree: {said:?}");
            said[0] == json!(2)
        })
        .collect()
}

#[test]
fn a_share_of_sessions_has_the_canary_on_every_node_until_it_is_promoted() {
    let world = World::start(3, &version(1));
    let sessions: Vec<_> = (0..SESSIONS).map(|_| world.session()).collect();
    let printed = world.deploy("v2", &version(2), &["--canary", "10%"]);
    assert_eq!(printed.last().expect("a line")["event"], "canary");
    let first = on_canary(&world, &sessions);
    let share = first.iter().filter(|has| **has).count();
    eprintln!("{share} of {SESSIONS} sessions have the canary");
    assert!((5..45).contains(&share), "{share} of {SESSIONS} sessions");
    assert_eq!(on_canary(&world, &sessions), first, "sessions changed sides");

    // Nothing else is deployed meanwhile.
    let path = world.model("v3", &version(3));
    let output = world.brooklet(&["deploy", path.to_str().expect("a path")]);
    assert!(!output.status.success() && shown(&output).contains("is under way"), "{}", shown(&output));

    let output = world.brooklet(&["deploy", "--promote"]);
    assert!(output.status.success(), "{}", shown(&output));
    assert!(on_canary(&world, &sessions).iter().all(|has| *has));
}

#[test]
fn a_canary_that_an_administrator_aborts_is_gone_from_all_nodes() {
    let world = World::start(2, &version(1));
    let sessions: Vec<_> = (0..50).map(|_| world.session()).collect();
    world.deploy("v2", &version(2), &["--canary", "50%"]);
    assert!(on_canary(&world, &sessions).iter().any(|has| *has));
    let output = world.brooklet(&["deploy", "--abort"]);
    assert!(output.status.success(), "{}", shown(&output));
    wait_until("everybody is back", || on_canary(&world, &sessions).iter().all(|has| !has));
    world.deploy("v3", &version(3), &[]);
}

#[test]
fn a_canary_that_fails_is_taken_back_by_itself() {
    let world = World::start(3, &version(1));
    let sessions: Vec<_> = (0..60).map(|_| world.session()).collect();
    let broken = version(2).replace(
        "create microflow Proof.Other () returns Integer begin return 2; end;",
        "create microflow Proof.Other () returns Integer begin declare $Zero Integer = 0; return round(1 div $Zero); end;",
    );
    assert_ne!(broken, version(2));
    world.deploy("v2", &broken, &["--canary", "30%"]);
    let began = Instant::now();
    let (mut failed, mut calls) = (0, 0);
    let is_over = || world.admin("deployments")["deployments"][0]["phase"].is_object();
    while !is_over() {
        assert!(began.elapsed() < Duration::from_secs(60), "it is still there after {calls} calls");
        for session in &sessions {
            let reply = session.call("Proof.Which", &json!({})).expect("an answer");
            calls += 1;
            failed += usize::from(!reply.status().is_success());
        }
    }
    let took = began.elapsed();
    eprintln!("taken back after {took:?}: {failed} of {calls} calls had failed");
    assert!(failed > 0);
    let phase = world.admin("deployments")["deployments"][0]["phase"]["taken-back"].to_string();
    assert!(phase.contains("of its") && phase.contains("failed"), "{phase}");
    wait_until("everybody is back", || {
        sessions.iter().all(|session| session.call("Proof.Which", &json!({})).expect("an answer").status() == 200)
    });
}

/// A version with two entities, of which one may be the other's generalization.
fn with_lineage(number: u32, extends: &str) -> String {
    format!(
        "{}\
create persistent entity Proof.Base ( Label: String(20) );
create persistent entity Proof.Special {extends} ( Note: String(20) );
create microflow Proof.AddSpecial () returns Integer
begin
  $Special = create Proof.Special ( Note = 'there' ) commit;
  retrieve $All from Proof.Special;
  return count($All);
end;
",
        version(number)
    )
}

#[test]
fn what_an_aborted_canary_did_to_the_database_stands_in_nobodys_way() {
    let world = World::start(2, &with_lineage(1, ""));
    let session = world.session();
    assert_eq!(session.result("Proof.AddSpecial", &json!({})), json!(1));
    for (round, number) in [2, 4].into_iter().enumerate() {
        world.deploy("canary", &with_lineage(number, "extends Proof.Base"), &["--canary", "50%"]);
        let output = world.brooklet(&["deploy", "--abort"]);
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(session.result("Proof.AddSpecial", &json!({})), json!(2 + 2 * round));
        world.deploy("next", &with_lineage(number + 1, ""), &[]);
        assert_eq!(session.result("Proof.AddSpecial", &json!({})), json!(3 + 2 * round));
    }
    world.deploy("special", &with_lineage(6, "extends Proof.Base"), &[]);
    assert_eq!(session.result("Proof.AddSpecial", &json!({})), json!(6), "nothing was lost");
}
