//! Live, ready, healthy: on the application's port and on the administration's.

use std::fs;

use brooklet_test_support::{Client, Node};

use crate::{BROOKLET, TOKEN, folder, wait_until};

/// A node with a port for its administration; answers a client of that port.
fn node(folder: &tempfile::TempDir, more: &[&str]) -> (Node, Client) {
    let arguments = ["model", "--store", "sqlite::memory:", "--admin-listen", "127.0.0.1:0"];
    let node = Node::start(BROOKLET, arguments.iter().chain(more), |command| {
        command.current_dir(folder.path());
    });
    let node = node.unwrap_or_else(|error| panic!("{error}"));
    let ready = node.output().lines().find_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        event["adminAddress"].as_str().map(str::to_owned)
    });
    let client = Client::new(&format!("http://{}", ready.expect("it says where its administration is")));
    (node, client)
}

#[test]
fn health_is_answered_on_both_ports_and_the_application_has_its_say() {
    let folder = folder();
    let (node, administration) = node(&folder, &[]);
    let application = Client::new(&format!("http://{}", node.address()));
    for client in [&application, &administration] {
        for path in ["/live", "/ready", "/health"] {
            assert_eq!(client.get(path).status, 200, "{path} on {}", client.url());
        }
    }
    assert_eq!(application.call("Work.Ail", "{\"What\": \"the printer is on fire\"}").status, 200);
    for client in [&application, &administration] {
        wait_until("it is unwell", || client.get("/health").status == 503);
        let answer = client.get("/health");
        assert_eq!(
            (answer.code().as_str(), answer.json()["detail"].as_str()),
            ("unhealthy", Some("the printer is on fire"))
        );
        assert_eq!(client.get("/ready").status, 200, "being unwell is for people, not for whoever chooses nodes");
    }
    application.call("Work.Ail", "{}");
    wait_until("it is well", || administration.get("/health").status == 200);
}

#[test]
fn the_administrations_port_has_no_application_and_needs_a_token_to_have_an_administration() {
    let folder = folder();
    let (node, administration) = node(&folder, &["--api-docs", "admin"]);
    assert_eq!(administration.call("Work.Count", "{}").status, 404);
    assert_eq!(administration.get("/admin/nodes").code(), "not-found", "there is no token");
    let application = Client::new(&format!("http://{}", node.address()));
    assert_eq!(application.get("/admin/nodes").code(), "not-found");
    assert_eq!(application.get("/api/openapi.json").status, 404, "it is for the administration only");
    assert_eq!(administration.get("/api/openapi.json").status, 200);

    fs::write(folder.path().join("token"), format!("{TOKEN}\n")).expect("written");
    let (_node, administration) = self::node(&folder, &["--admin-token-file", "token", "--api-docs", "off"]);
    assert_eq!(administration.get("/admin/nodes").code(), "admin-token-required");
    assert_eq!(crate::states(&administration).len(), 1);
    assert_eq!(administration.get("/api/openapi.json").status, 404);
}
