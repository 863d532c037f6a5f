//! Nodes: who is there, under which number, and what they are told.

use std::{collections::BTreeSet, time::Duration};

use brooklet_store::{Cluster, Membership, NodeDescription, NodeState, NodeStatus, Options, Store, Wanted};
use tokio::time::sleep;

use crate::harness::Db;

on_both!(
    tables_are_installed_by_many_at_once,
    nodes_get_the_lowest_free_numbers,
    nodes_that_join_at_once_get_different_numbers,
    a_beat_keeps_a_node_alive,
    a_number_rests_when_its_node_is_silent,
    a_number_is_anothers_when_it_has_rested,
    a_late_beat_holds_if_nobody_came,
    a_node_that_joins_again_replaces_itself,
    a_node_that_left_is_not_listed,
    a_node_learns_what_is_wanted_of_it,
    settings_reach_all_nodes,
);

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

fn described(name: &str) -> NodeDescription {
    NodeDescription {
        name: name.to_owned(),
        url: format!("http://{name}"),
        admin_url: Some(format!("http://{name}:9")),
        process: u32::MAX,
        started_ms: 1_700_000_000_000,
    }
}

async fn join(cluster: &Cluster, name: &str, lifetime: Duration) -> Membership {
    cluster.join(&described(name), lifetime).await.unwrap()
}

async fn beat(cluster: &Cluster, member: &Membership) -> bool {
    cluster.beat(member, &NodeStatus::default(), LONG).await.unwrap().is_some()
}

async fn listed(cluster: &Cluster) -> Vec<(u16, String, bool)> {
    let nodes = cluster.nodes().await.unwrap();
    nodes.into_iter().map(|node| (node.number, node.description.name, node.alive)).collect()
}

async fn tables_are_installed_by_many_at_once(db: Db) {
    let mut installs = Vec::new();
    for _ in 0..8 {
        let cluster = db.connect().await.cluster();
        installs.push(tokio::spawn(async move { cluster.install().await }));
    }
    for install in installs {
        install.await.unwrap().unwrap();
    }
    let cluster = db.connect().await.cluster();
    cluster.install().await.unwrap();
    assert_eq!(join(&cluster, "a", LONG).await.number, 1);
}

async fn nodes_get_the_lowest_free_numbers(db: Db) {
    let [store] = db.nodes().await;
    let cluster = store.cluster();
    let mut members = Vec::new();
    for name in ["a", "b", "c"] {
        members.push(join(&cluster, name, LONG).await);
    }
    assert_eq!(members.iter().map(|member| member.number).collect::<Vec<_>>(), [1, 2, 3]);
    cluster.leave(&members[1]).await.unwrap();
    assert!(!beat(&cluster, &members[1]).await);
    let next = join(&cluster, "d", LONG).await;
    assert_eq!(next.number, 4, "clocks differ: ids of the former owner may bear a time that is yet to come");
}

async fn a_number_is_anothers_when_it_has_rested(db: Db) {
    let options = Options { number_rest: SHORT, ..Options::default() };
    let cluster = Store::connect(&db.url, options).await.unwrap().cluster();
    cluster.install().await.unwrap();
    let left = join(&cluster, "left", LONG).await;
    let silent = join(&cluster, "silent", Duration::ZERO).await;
    cluster.leave(&left).await.unwrap();
    sleep(2 * SHORT).await;
    let next = join(&cluster, "a", LONG).await;
    assert_eq!((next.number, left.number), (1, 1));
    assert_ne!(next, left);
    cluster.leave(&left).await.unwrap();
    assert!(beat(&cluster, &next).await, "a former owner does not end its successor's membership");
    assert_eq!(join(&cluster, "b", LONG).await.number, silent.number);
    assert!(!beat(&cluster, &silent).await);
    assert_eq!(listed(&cluster).await, [(1, "a".to_owned(), true), (2, "b".to_owned(), true)]);
}

async fn nodes_that_join_at_once_get_different_numbers(db: Db) {
    let stores: [Store; 4] = db.nodes().await;
    let joining = |(index, store): (usize, &Store)| {
        let cluster = store.cluster();
        tokio::spawn(async move { join(&cluster, &format!("node {index}"), LONG).await })
    };
    let joining: Vec<_> = stores.iter().cycle().take(20).enumerate().map(joining).collect();
    let mut numbers = BTreeSet::new();
    for member in joining {
        numbers.insert(member.await.unwrap().number);
    }
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
}

async fn a_beat_keeps_a_node_alive(db: Db) {
    let [one, other] = db.nodes().await;
    let cluster = one.cluster();
    let member = join(&cluster, "a", SHORT).await;
    let status = NodeStatus { state: NodeState::Ready, version: "abc".to_owned(), requests: 7 };
    let beat = cluster.beat(&member, &status, LONG).await.unwrap().unwrap();
    assert_eq!((beat.wanted, beat.settings.len()), (Wanted::Serve, 0));
    sleep(2 * SHORT).await;
    let nodes = other.cluster().nodes().await.unwrap();
    assert_eq!((nodes.len(), nodes[0].number, nodes[0].alive), (1, 1, true));
    assert_eq!((&nodes[0].description, &nodes[0].status), (&described("a"), &status));
    assert!((90..20_000).contains(&nodes[0].seen_ms_ago), "{}", nodes[0].seen_ms_ago);
    assert_eq!(join(&other.cluster(), "b", LONG).await.number, 2);
}

async fn a_number_rests_when_its_node_is_silent(db: Db) {
    let [store] = db.nodes().await;
    let cluster = store.cluster();
    let silent = join(&cluster, "silent", SHORT).await;
    join(&cluster, "b", LONG).await;
    sleep(2 * SHORT).await;
    assert_eq!(listed(&cluster).await, [(1, "silent".to_owned(), false), (2, "b".to_owned(), true)]);
    assert_eq!(join(&cluster, "c", LONG).await.number, 3);
    assert!(beat(&cluster, &silent).await, "nobody came");
}

async fn a_late_beat_holds_if_nobody_came(db: Db) {
    let [store] = db.nodes().await;
    let cluster = store.cluster();
    let member = join(&cluster, "a", SHORT).await;
    sleep(2 * SHORT).await;
    assert!(beat(&cluster, &member).await);
    assert_eq!(listed(&cluster).await, [(1, "a".to_owned(), true)]);
}

async fn a_node_that_joins_again_replaces_itself(db: Db) {
    let [store] = db.nodes().await;
    let cluster = store.cluster();
    let former = join(&cluster, "a", LONG).await;
    let member = join(&cluster, "a", LONG).await;
    assert_eq!(member.number, 2, "the former process may still draw ids under its number");
    assert!(!beat(&cluster, &former).await);
    assert!(beat(&cluster, &member).await);
    assert_eq!(listed(&cluster).await, [(2, "a".to_owned(), true)]);

    let silent = join(&cluster, "b", SHORT).await;
    sleep(2 * SHORT).await;
    assert_ne!(join(&cluster, "b", LONG).await.number, silent.number);
    assert!(!beat(&cluster, &silent).await);
    assert_eq!(listed(&cluster).await.len(), 2);
}

async fn a_node_that_left_is_not_listed(db: Db) {
    let [store] = db.nodes().await;
    let cluster = store.cluster();
    let member = join(&cluster, "a", LONG).await;
    cluster.leave(&member).await.unwrap();
    assert!(listed(&cluster).await.is_empty());
}

async fn a_node_learns_what_is_wanted_of_it(db: Db) {
    let [one, other] = db.nodes().await;
    let (cluster, member) = (one.cluster(), join(&one.cluster(), "a", LONG).await);
    assert!(!other.cluster().want("b", Wanted::Drain).await.unwrap());
    for wanted in [Wanted::Drain, Wanted::Serve] {
        assert!(other.cluster().want("a", wanted).await.unwrap());
        let beat = cluster.beat(&member, &NodeStatus::default(), LONG).await.unwrap().unwrap();
        assert_eq!(beat.wanted, wanted);
        assert_eq!(cluster.nodes().await.unwrap()[0].wanted, wanted);
    }
    assert!(other.cluster().want("a", Wanted::Drain).await.unwrap());
    let again = join(&cluster, "a", LONG).await;
    let beat = cluster.beat(&again, &NodeStatus::default(), LONG).await.unwrap().unwrap();
    assert_eq!(beat.wanted, Wanted::Serve, "a process that begins anew serves");
}

async fn settings_reach_all_nodes(db: Db) {
    let [one, other] = db.nodes().await;
    let (cluster, member) = (one.cluster(), join(&one.cluster(), "a", LONG).await);
    for (name, value) in [("log.store", Some("debug")), ("log.http", Some("")), ("log.store", Some("trace"))] {
        other.cluster().set(name, value).await.unwrap();
    }
    let beat = cluster.beat(&member, &NodeStatus::default(), LONG).await.unwrap().unwrap();
    let expected = [("log.http".to_owned(), String::new()), ("log.store".to_owned(), "trace".to_owned())];
    assert_eq!(beat.settings.into_iter().collect::<Vec<_>>(), expected);
    other.cluster().set("log.store", None).await.unwrap();
    other.cluster().set("never set", None).await.unwrap();
    assert_eq!(cluster.settings().await.unwrap().into_keys().collect::<Vec<_>>(), ["log.http"]);
}
