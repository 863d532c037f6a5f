//! Any node serves any request of any session (R10, R11, R23, R26, R30).

use serde_json::json;

use super::world::{AGENT, Client, Desk, STORES};

const NODES: usize = 10;

/// Each request goes to another node than the one before, over a connection of its own, and sees what that one left: first
/// as a browser, then as a program with the same session.
#[test]
fn ten_requests_of_one_session_on_ten_nodes_each_see_the_state_before() {
    for store in STORES {
        let desk = Desk::start(NODES, store, &[]);
        let browser = Client::login(desk.url(NODES - 1), AGENT);
        for node in 0..NODES {
            let written = browser.result(desk.url(node), "Desk.ACT_Write", &json!({"Text": node.to_string()}));
            assert_eq!(written, json!(node + 1), "{store:?}, node {node}");
        }
        let program = browser.as_program();
        for node in (0..NODES).rev() {
            let read = program.result(desk.url(node), "Desk.ACT_Read", &json!({}));
            assert_eq!(read, json!("0 1 2 3 4 5 6 7 8 9"), "{store:?}, node {node}");
        }
    }
}

/// Visitors get a session when there is something to keep for them, and it is as good on every node.
#[test]
fn what_a_visitor_wrote_is_there_on_the_next_node() {
    for store in STORES {
        let desk = Desk::start(3, store, &[]);
        let (visitor, first) = Client::visitor().write_first(desk.url(0), "Desk.ACT_Write", &json!({"Text": "a"}));
        assert_eq!(first.body["result"], json!(1), "{store:?}: {first}");
        for node in [1, 2, 0] {
            let read = visitor.result(desk.url(node), "Desk.ACT_Read", &json!({}));
            assert_eq!(read, json!("a"), "{store:?}, node {node}");
        }
    }
}
