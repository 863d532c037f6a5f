//! Whose word about the client is taken.

use brooklet_test_support::{Client, Node};

use crate::{BROOKLET, TOKEN, folder, json, start};

const SAID: [(&str, &str); 4] = [
    ("x-forwarded-for", "192.0.2.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "shop.example"),
    ("x-forwarded-prefix", "/shop"),
];

fn node(folder: &tempfile::TempDir, more: &[&str]) -> Node {
    let arguments = ["model", "--store", "sqlite::memory:", "--admin-token", TOKEN];
    let node = Node::start(BROOKLET, arguments.iter().chain(more), |command| {
        command.current_dir(folder.path());
    });
    node.unwrap_or_else(|error| panic!("{error}"))
}

/// The address that a node takes a visitor's to be, and the address of the application that it tells clients.
fn seen(client: &Client) -> (String, String) {
    let visit = client.send("POST", "/api/session", &SAID, "").expect("an answer");
    assert!(visit.status().is_success(), "{}", visit.body());
    let sessions = json(&crate::admin(client, "GET", "/admin/sessions", ""));
    let described = client.send("GET", "/api/openapi.json", &SAID, "").expect("an answer");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (text(&sessions["sessions"][0]["address"]), text(&json(&described)["servers"][0]["url"]))
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let folder = folder();
    let stranger = node(&folder, &[]);
    let client = Client::new(&format!("http://{}", stranger.address()));
    assert_eq!(seen(&client), ("127.0.0.1".to_owned(), format!("http://{}", stranger.address())));

    let trusting = node(&folder, &["--trusted-proxy", "10.0.0.0/8,127.0.0.0/8"]);
    let client = Client::new(&format!("http://{}", trusting.address()));
    assert_eq!(seen(&client), ("192.0.2.7".to_owned(), "https://shop.example/shop".to_owned()));
    let visit = client.send("POST", "/api/session", &SAID, "").expect("an answer");
    let cookie = visit.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
    assert!(cookie.contains("; Path=/shop") && cookie.contains("; Secure"), "{cookie}");

    let rooted = node(&folder, &["--root-url", "https://www.example/app", "--trusted-proxy", "127.0.0.1"]);
    let client = Client::new(&format!("http://{}", rooted.address()));
    assert_eq!(seen(&client), ("192.0.2.7".to_owned(), "https://www.example/app".to_owned()));
}

#[test]
fn the_front_is_a_proxy_that_passes_on_no_lies() {
    let folder = folder();
    let cluster = start(&folder, 2, &[]);
    let (address, url) = seen(cluster.front());
    assert_eq!((address.as_str(), url.as_str()), ("127.0.0.1", cluster.front().url()));
}
