//! The administration's interface and its commands.

use std::process::Command;

use crate::{BROOKLET, TOKEN, admin, folder, json, start, states, wait_until};

/// Runs a command against a cluster; answers whether it went well and what it printed.
fn brooklet(url: &str, words: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(BROOKLET);
    command.args(words).args(["--to", url]).env("BROOKLET_ADMIN_TOKEN", TOKEN);
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn only_who_knows_the_token_gets_in() {
    let folder = folder();
    let cluster = start(&folder, 1, &[]);
    let client = cluster.front();
    for authorization in [None, Some("Bearer wrong"), Some("Basic YTpi"), Some(TOKEN)] {
        let headers: Vec<_> = authorization.map(|value| ("authorization", value)).into_iter().collect();
        for (method, path) in [
            ("GET", "/admin/nodes"),
            ("GET", "/admin/sessions"),
            ("PUT", "/admin/log"),
            ("POST", "/admin/nodes/node-1/drain"),
        ] {
            let reply = client.send(method, path, &headers, "").expect("an answer");
            assert_eq!(reply.status(), 401, "{method} {path} {authorization:?}: {}", reply.body());
            assert!(reply.body().contains("admin-token-required"), "{}", reply.body());
        }
    }
    assert!(cluster.errors().contains("administration refused"), "it is in the log: {}", cluster.errors());
    assert_eq!(states(client)["node-1"], "ready", "nothing was drained");
}

#[test]
fn the_commands_say_what_there_is() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let url = cluster.front().url();
    let (well, text, errors) = brooklet(url, &["nodes"]);
    assert!(well, "{errors}");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("node") && lines[1].starts_with("node-1") && lines[2].contains("ready"), "{text}");

    // Something of a session that stays, so that there is a session at all.
    let visited = cluster.front().send("POST", "/api/session", &[], "").expect("an answer");
    assert!(visited.status().is_success(), "{} {}", visited.status(), visited.body());
    let (well, sessions, errors) = brooklet(url, &["sessions", "--format", "json"]);
    assert!(well, "{errors}");
    let sessions: serde_json::Value = serde_json::from_str(&sessions).expect("JSON");
    let session = &sessions["sessions"][0];
    assert_eq!(session["address"], "127.0.0.1", "{sessions}");
    assert!(session["node"].as_str().is_some_and(|node| node.starts_with("node-")), "{sessions}");
    let id = session["id"].as_str().expect("an id");
    assert!(brooklet(url, &["sessions", "end", id]).0);
    let (well, _, errors) = brooklet(url, &["sessions", "end", id]);
    assert!(!well && errors.contains("no session"), "{errors}");
    wait_until("the audit is in the log", || cluster.errors().contains(&format!("administration: end session {id}")));

    assert!(brooklet(url, &["drain", "node-2"]).0);
    wait_until("it drains", || states(cluster.front())["node-2"] == "draining");
    assert!(brooklet(url, &["undrain", "node-2"]).0);
    wait_until("it serves", || states(cluster.front())["node-2"] == "ready");
    let (well, _, errors) = brooklet("http://127.0.0.1:1", &["nodes"]);
    assert!(!well && errors.contains("does not answer"), "{errors}");
}

#[test]
fn the_level_of_the_log_changes_on_every_node_within_about_a_second() {
    let folder = folder();
    let cluster = start(&folder, 3, &[]);
    let url = cluster.front().url();
    let began = std::time::Instant::now();
    let (well, text, errors) = brooklet(url, &["log", "info,brooklet_runtime=debug"]);
    assert!(well && text == "info,brooklet_runtime=debug", "{text} {errors}");
    wait_until("all nodes have it", || {
        cluster.errors().matches("the log's filter is info,brooklet_runtime=debug").count() == 3
    });
    eprintln!("on three nodes after {:?}", began.elapsed());
    assert_eq!(brooklet(url, &["log"]).1, "info,brooklet_runtime=debug");
    assert!(brooklet(url, &["log", "own"]).0);
    wait_until("all nodes have their own", || {
        cluster.errors().matches("the log's filter is the node's own").count() == 3
    });

    let wrong = admin(cluster.front(), "PUT", "/admin/log", "{\"filter\": \"a=loud\"}");
    assert_eq!((wrong.status().as_u16(), json(&wrong)["code"].as_str()), (400, Some("invalid-log-filter")));
}
