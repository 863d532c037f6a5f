//! Microflows around the service: after startup and before shutdown, once for the cluster, once for a version, or on each node.

use super::world::{World, version, wait_until};

/// A model whose lifecycle microflows leave a row each.
fn model(number: u32, startup: &str, shutdown: &str) -> String {
    format!(
        "{}\
create persistent entity Proof.Event ( What: String(20), Version: Integer );
create microflow Proof.Start () returns Boolean
begin
  $Event = create Proof.Event ( What = 'start', Version = {number} ) commit;
  return true;
end;
create microflow Proof.Stop () returns Boolean
begin
  $Event = create Proof.Event ( What = 'stop', Version = {number} ) commit;
  return true;
end;
alter settings model ( AfterStartupMicroflow: 'Proof.Start', AfterStartupScope: '{startup}',
  BeforeShutdownMicroflow: 'Proof.Stop', BeforeShutdownScope: '{shutdown}' );
",
        version(number)
    )
}

fn events(world: &World, what: &str) -> Vec<String> {
    world.rows(&format!("SELECT version FROM \"proof$event\" WHERE what = '{what}' ORDER BY version"))
}

#[test]
fn on_each_node() {
    let mut world = World::start(3, &model(1, "node", "node"));
    assert_eq!(events(&world, "start"), ["1", "1", "1"]);
    world.deploy("v2", &model(2, "node", "node"), &[]);
    assert_eq!(events(&world, "start"), ["1", "1", "1", "2", "2", "2"]);
    world.cluster.signal(0, brooklet_test_support::Signal::Terminate);
    world.cluster.wait_until_ended(0);
    assert_eq!(events(&world, "stop"), ["2"]);
    world.cluster.restart(0);
    world.cluster.wait_until_ready(0);
    assert_eq!(events(&world, "start"), ["1", "1", "1", "2", "2", "2", "2"]);
}

#[test]
fn once_for_each_version() {
    let mut world = World::start(3, &model(1, "version", "node"));
    assert_eq!(events(&world, "start"), ["1"]);
    world.deploy("v2", &model(2, "version", "node"), &[]);
    assert_eq!(events(&world, "start"), ["1", "2"]);
    world.cluster.signal(1, brooklet_test_support::Signal::Terminate);
    world.cluster.wait_until_ended(1);
    world.cluster.restart(1);
    world.cluster.wait_until_ready(1);
    assert_eq!(events(&world, "start"), ["1", "2"]);
}

#[test]
fn once_for_the_cluster() {
    let mut world = World::start(3, &model(1, "cluster", "cluster"));
    assert_eq!(events(&world, "start"), ["1"]);
    for node in 0..3 {
        world.cluster.signal(node, brooklet_test_support::Signal::Terminate);
        world.cluster.wait_until_ended(node);
    }
    assert_eq!(events(&world, "stop"), ["1"], "the last one");
    for node in 0..3 {
        world.cluster.restart(node);
    }
    wait_until("the cluster has started again", || events(&world, "start").len() > 1);
    for node in 0..3 {
        world.cluster.wait_until_ready(node);
    }
    assert_eq!(events(&world, "start"), ["1", "1"]);
}
