//! Nodes that stop, die, drain and come back, under load.

use std::{thread, time::Duration};

use brooklet_test_support::{Postgres, Signal};

use super::load;
use crate::{admin, folder, start, states, wait_until};

/// How long there is load before and after something happens.
const CALM: Duration = Duration::from_millis(700);

#[test]
fn a_node_that_is_asked_to_stop_costs_no_request() {
    let folder = folder();
    let store = Postgres::shared().database();
    let mut cluster = start(&folder, 3, &["--store", &store]);
    let url = cluster.front().url().to_owned();
    let calls = load::during(&url, || {
        for node in 0..3 {
            thread::sleep(CALM);
            cluster.signal(node, Signal::Terminate);
            cluster.wait_until_ended(node);
            cluster.restart(node);
            cluster.wait_until_ready(node);
        }
        thread::sleep(CALM);
    });
    assert!(calls.bad.is_empty(), "{} good, and: {:#?}", calls.good, &calls.bad[..calls.bad.len().min(5)]);
    assert!(calls.good > 100, "there was no load: {calls:?}");
    let counted = cluster.call("Work.Count", "{}");
    assert_eq!(counted.json()["result"], calls.good, "each call was done once: {}", counted.body);
}

#[test]
fn a_node_that_is_killed_is_left_out_and_taken_back() {
    let folder = folder();
    let store = Postgres::shared().database();
    let mut cluster = start(&folder, 2, &["--store", &store]);
    let url = cluster.front().url().to_owned();
    let calls = load::during(&url, || {
        thread::sleep(CALM);
        cluster.signal(0, Signal::Kill);
        cluster.wait_until_ended(0);
        thread::sleep(CALM);
    });
    // Six clients: no more than six calls were under way on it.
    assert!(calls.bad.len() <= 6, "{} good, and: {:#?}", calls.good, &calls.bad);
    assert!(calls.bad.iter().all(|one| one.starts_with("502") && one.contains("node-failed")), "{:#?}", calls.bad);
    let name = cluster.nodes()[0].name.clone();
    wait_until("the cluster knows", || states(cluster.front()).get(&name).is_some_and(|state| state == "dead"));

    cluster.restart(0);
    cluster.wait_until_ready(0);
    wait_until("the front takes it back", || cluster.errors().matches("the node takes part").count() >= 3);
    assert_eq!(states(cluster.front()).get(&name).map(String::as_str), Some("ready"));
}

#[test]
fn a_drained_node_gets_no_more_calls_and_goes_on_living() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let url = cluster.front().url().to_owned();
    let drained = &cluster.nodes()[1];
    let calls = load::during(&url, || {
        thread::sleep(CALM);
        // Through the other node: each steers all.
        let answer = admin(cluster.nodes()[0].client(), "POST", &format!("/admin/nodes/{}/drain", drained.name), "");
        assert_eq!(answer.status(), 200, "{}", answer.body());
        let time = wait_until("it is not ready", || drained.client().get("/ready").status == 503);
        eprintln!("not ready after {time:?}");
        thread::sleep(CALM);
    });
    assert!(calls.bad.is_empty(), "{:#?}", calls.bad);
    assert_eq!(states(cluster.front())[&drained.name], "draining");
    assert_eq!(drained.client().get("/live").status, 200);
    assert_eq!(drained.client().call("Work.Long", "{\"Rounds\": 10}").status, 200, "it answers whoever insists");

    admin(cluster.front(), "POST", &format!("/admin/nodes/{}/undrain", drained.name), "");
    wait_until("it is ready again", || drained.client().get("/ready").status == 200);
    let missing = admin(cluster.front(), "POST", "/admin/nodes/nobody/drain", "");
    assert_eq!(missing.status(), 404);
    assert!(missing.body().contains("node-not-found"), "{}", missing.body());
}

#[test]
fn a_call_under_way_is_finished_when_its_node_stops() {
    let folder = folder();
    let mut cluster = start(&folder, 2, &["--drain-time", "20s", "--limit-cpu-time", "15s"]);
    let (client, process) = (cluster.nodes()[0].client().clone(), cluster.nodes()[0].process());
    // Find out how much takes about two seconds here.
    let mut rounds = 2_000_000_u64;
    let mut time = Duration::ZERO;
    while time < Duration::from_millis(1500) && rounds < 2_000_000_000 {
        rounds *= 2;
        let began = std::time::Instant::now();
        assert_eq!(client.call("Work.Long", &format!("{{\"Rounds\": {rounds}}}")).status, 200);
        time = began.elapsed();
    }
    let answer = thread::scope(|scope| {
        let call = scope.spawn(|| client.call("Work.Long", &format!("{{\"Rounds\": {rounds}}}")));
        thread::sleep(Duration::from_millis(100));
        Signal::Terminate.send(process);
        call.join().expect("no panic")
    });
    assert_eq!((answer.status, answer.json()["result"].as_u64()), (200, Some(rounds)), "{}", answer.body);
    cluster.wait_until_ended(0);
}
