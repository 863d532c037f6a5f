//! Whoever carries a deployment on dies, in each of its phases, and another node carries it on to its end.

use std::{
    process::{Child, Output},
    thread::sleep,
    time::Duration,
};

use brooklet_test_support::{Locked, Postgres, Signal};
use serde_json::json;

use super::world::{Session, World, shown, version, wait_until};

/// Version `number`, which needs a column more than the one before, and something before it serves.
fn needing(number: u32) -> String {
    let columns: String = (1..=number).map(|column| format!(", Column{column}: String(20)")).collect();
    let entity = "Version: Integer";
    let model = version(3 * number).replacen(entity, &format!("{entity}{columns}"), 1);
    format!(
        "{model}\
create persistent entity Proof.Started ( Version: Integer );
create microflow Proof.Start () returns Boolean
begin
  $Started = create Proof.Started ( Version = {number} ) commit;
  return true;
end;
alter settings model ( AfterStartupMicroflow: 'Proof.Start', AfterStartupScope: 'version' );
"
    )
}

fn answer(number: u32) -> serde_json::Value {
    json!(format!("{0} {0}", 3 * number))
}

/// What holds a deployment up in a phase: a lock that whoever carries it on has to wait for.
fn hold(world: &World, phase: &str) -> Locked {
    let lock = |what: &str| Postgres::shared().lock(world.database(), what);
    match phase {
        // Nodes cannot say how far they have come.
        "preparing" => lock("\"brooklet$report\" IN EXCLUSIVE MODE"),
        // A table that is read cannot get a column.
        "expanding" => lock("\"proof$entry\" IN ACCESS SHARE MODE"),
        "starting" => lock("\"proof$started\" IN EXCLUSIVE MODE"),
        _ => lock("\"brooklet$release\" IN EXCLUSIVE MODE"),
    }
}

fn phase(world: &World) -> String {
    world.admin("deployments")["deployments"][0]["phase"].as_str().unwrap_or_default().to_owned()
}

/// The index of the node that carries the deployment on.
fn driver(world: &World) -> usize {
    let mut found = None;
    wait_until("somebody carries it on", || {
        let holders = world.rows(
            "SELECT holder FROM \"brooklet$lease\" WHERE name = 'brooklet deployment' \
             AND expires > extract(epoch FROM clock_timestamp()) * 1000",
        );
        let holder = holders.first().cloned().unwrap_or_default();
        found = world.cluster.nodes().iter().position(|node| node.name == holder);
        found.is_some()
    });
    found.expect("a node")
}

fn ended(deploying: Child) -> Output {
    deploying.wait_with_output().expect("the command ends")
}

/// The version must serve everywhere, also on the node that has died when it is back.
fn check(world: &mut World, session: &Session, node: usize, deploying: Child, number: u32) {
    let output = ended(deploying);
    assert!(output.status.success(), "{}", shown(&output));
    world.cluster.wait_until_ended(node);
    world.cluster.restart(node);
    world.cluster.wait_until_ready(node);
    for node in world.cluster.nodes() {
        let here = session.at(node.client());
        wait_until("it serves", || here.result("Proof.Which", &json!({})) == answer(number));
    }
    let started = world.rows(&format!("SELECT count(*) FROM \"proof$started\" WHERE version = {number}"));
    assert_eq!(started, ["1"], "it was started once");
    session.result("Proof.Add", &json!({ "Client": 1, "Number": number }));
    assert_eq!(world.rows("SELECT count(*) FROM \"proof$entry\""), [number.to_string()], "no write was lost");
}

#[test]
fn another_node_carries_on_from_every_phase() {
    let mut world = World::start(3, &needing(1));
    let session = world.session();
    session.result("Proof.Add", &json!({ "Client": 1, "Number": 1 }));
    for (number, wanted) in (2..).zip(["preparing", "expanding", "starting", "activating", "spreading"]) {
        let mut held = hold(&world, wanted);
        let deploying = world.begin(&needing(number), &[]);
        if wanted == "spreading" {
            // Let the release be written, but nobody say that it follows.
            wait_until("activating", || phase(&world) == "activating");
            let release = std::mem::replace(&mut held, hold(&world, "preparing"));
            drop(release);
        }
        wait_until(wanted, || phase(&world) == wanted);
        // It is in the midst of it, not at its beginning.
        sleep(Duration::from_millis(200));
        let node = driver(&world);
        eprintln!("{wanted}: node {} dies", node + 1);
        world.cluster.signal(node, Signal::Kill);
        drop(held);
        check(&mut world, &session, node, deploying, number);
    }
    // While a canary is watched; then it is promoted.
    let number = 7;
    let canary = world.begin(&needing(number), &["--canary", "20%"]);
    let output = ended(canary);
    assert!(output.status.success(), "{}", shown(&output));
    let node = driver(&world);
    world.cluster.signal(node, Signal::Kill);
    world.cluster.wait_until_ended(node);
    let promoting = world.spawn(&["deploy", "--promote"]);
    check(&mut world, &session, node, promoting, number);
}
