//! A node that is stopped for too long, and two of one name.

use std::{thread, time::Duration};

use brooklet_test_support::Signal;

use crate::{folder, json, start, states, wait_until};

#[test]
fn a_node_that_was_stopped_is_missed_and_comes_back() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let (stopped, other) = (&cluster.nodes()[0], &cluster.nodes()[1]);
    assert_eq!(states(other.client())[&stopped.name], "ready");
    cluster.signal(0, Signal::Stop);
    wait_until("it is taken for dead", || states(other.client())[&stopped.name] == "dead");
    for _ in 0..10 {
        assert_eq!(cluster.call("Work.Do", "{\"Number\": 1}").status, 200, "the front leaves it out");
    }
    cluster.signal(0, Signal::Continue);
    wait_until("it is there again", || states(other.client())[&stopped.name] == "ready");
    wait_until("it is ready again", || stopped.client().get("/ready").status == 200);
    assert_eq!(stopped.client().call("Work.Do", "{\"Number\": 2}").status, 200);
}

#[test]
fn a_node_whose_name_is_taken_is_not_ready_and_comes_back_under_another_number() {
    let folder = folder();
    let cluster = start(&folder, 1, &[]);
    let node = &cluster.nodes()[0];
    let number = || {
        let nodes = json(&crate::admin(node.client(), "GET", "/admin/nodes", ""));
        let nodes = nodes["nodes"].as_array().cloned().unwrap_or_default();
        nodes
            .iter()
            .find(|one| one["name"] == node.name.as_str() && one["state"] != "dead")
            .map(|one| one["number"].clone())
    };
    let before = number();
    let store = format!("sqlite:{}", folder.path().join("data/model.sqlite").display());
    let arguments = ["model", "--store", store.as_str(), "--name", &node.name];
    let usurper = brooklet_test_support::Node::start(crate::BROOKLET, arguments, |command| {
        command.current_dir(folder.path());
    });
    let usurper = usurper.unwrap_or_else(|error| panic!("{error}"));
    wait_until("the first notices", || node.client().get("/ready").status == 503);
    wait_until("it says why", || cluster.errors().contains("another node has this one's name"));
    drop(usurper);
    wait_until("it is ready again", || node.client().get("/ready").status == 200);
    thread::sleep(Duration::from_millis(50));
    assert_ne!(number(), before, "its ids bear another number");
    assert_eq!(node.client().call("Work.Do", "{\"Number\": 2}").status, 200);
}
