//! However the command ends, its nodes end too.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use brooklet_test_support::Signal;

use crate::{PATIENCE, folder, start};

fn is_running(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

fn wait_until_gone(processes: &[u32]) {
    let began = Instant::now();
    while processes.iter().any(|process| is_running(*process)) {
        assert!(began.elapsed() < PATIENCE, "nodes are left behind");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_that_ends_well_ends_its_nodes_well() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let processes: Vec<_> = cluster.nodes().iter().map(|node| node.process()).collect();
    let status = cluster.end();
    assert!(status.success(), "{status}");
    assert!(!processes.iter().any(|process| is_running(*process)), "they ended before it");
}

#[test]
fn a_command_that_is_killed_leaves_no_node_behind() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let processes: Vec<_> = cluster.nodes().iter().map(|node| node.process()).collect();
    Signal::Kill.send(cluster.process());
    wait_until_gone(&processes);
}
