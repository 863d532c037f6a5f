//! Clients of one version of a model that meet another: over HTTP, on a node that changes its version under them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{Node, NodeOptions, http};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

const SHOP: &str = "mdl 1;
    create module Shop;
    create entity Shop.Item ( Name: String, Price: Decimal, Pieces: Integer );
    create microflow Shop.Twice ( N: Integer ) returns Integer begin return $N * 2; end;
    create microflow Shop.First () returns Shop.Item begin
      retrieve $Item from Shop.Item first;
      return $Item;
    end;
    create microflow Shop.Fail () begin throw 'not like this'; end;";

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A node with its server.
struct Site {
    node: Arc<Node>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Status, version, whether there is a `Retry-After`, and the body.
struct Answer {
    status: u16,
    version: String,
    may_retry: bool,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or("no problem"))
    }
}

impl Site {
    /// A node that serves the shop; and the hash of its version.
    async fn open() -> (Self, String) {
        let node = Arc::new(Node::start(NodeOptions::default()).await.expect("the node starts"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(http::serve(node.clone(), listener, async {
            let _ = stopped.await;
        }));
        let site = Self { node, address, stop: Some(stop), serving };
        let version = site.activate(SHOP).await;
        (site, version)
    }

    /// Makes another text the model; its version.
    async fn activate(&self, text: &str) -> String {
        let sources = [Source { name: "shop.mdl".to_owned(), text: text.to_owned() }];
        let compilation = compile(&sources, &Options::default());
        let component = compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics));
        self.node.activate(component.into(), None).await.expect("the model is accepted").hash().to_owned()
    }

    /// The shop with statements behind it.
    async fn alter(&self, then: &str) -> String {
        self.activate(&format!("{SHOP}\n{then}")).await
    }

    async fn send(&self, method: &'static str, path: &str, known: Option<&str>, body: Value) -> Answer {
        let (url, known) = (format!("http://{}{path}", self.address), known.map(str::to_owned));
        let sent = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .build()
                .into();
            let mut request = ureq::http::Request::builder().method(method).uri(url);
            if let Some(known) = known {
                request = request.header("brooklet-version", known);
            }
            let mut response = match body {
                Value::Null => agent.run(request.body(()).expect("well formed")),
                body => agent.run(
                    request.header("content-type", "application/json").body(body.to_string()).expect("well formed"),
                ),
            }
            .expect("there is an answer");
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let version = header("brooklet-version").unwrap_or_default().to_owned();
            let may_retry = header("retry-after").is_some();
            let status = response.status().as_u16();
            let text = response.body_mut().read_to_string().expect("the body is text");
            Answer { status, version, may_retry, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
        });
        sent.await.expect("nothing panics")
    }

    async fn call(&self, microflow: &str, known: Option<&str>, arguments: Value) -> Answer {
        self.send("POST", &format!("/api/microflows/{microflow}"), known, arguments).await
    }

    async fn events(&self) -> Events {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let request = "GET /api/events HTTP/1.1\r\nhost: node\r\naccept: text/event-stream\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        Events(BufReader::new(stream).lines())
    }
}

/// A stream of events.
struct Events(Lines<BufReader<TcpStream>>);

impl Events {
    /// The next line that begins like this, without its begin; none when the stream ends before.
    async fn line(&mut self, begin: &str) -> Option<String> {
        let found = async {
            while let Ok(Some(line)) = self.0.next_line().await {
                if let Some(rest) = line.strip_prefix(begin) {
                    return Some(rest.to_owned());
                }
            }
            None
        };
        timeout(PATIENCE, found).await.expect("it comes, or the stream ends")
    }

    /// The data of the next event.
    async fn next(&mut self) -> Option<Value> {
        assert_eq!(self.line("event: ").await?, "model");
        serde_json::from_str(&self.line("data: ").await?).ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_which_version_made_it() {
    let (site, version) = Site::open().await;
    for (method, path, body, status) in [
        ("POST", "/api/microflows/Shop.Twice", json!({ "N": 3 }), 200),
        ("POST", "/api/microflows/Shop.Fail", json!({}), 422),
        ("POST", "/api/microflows/Shop.None", json!({}), 404),
        ("POST", "/api/microflows/Shop.Twice", json!([]), 400),
        ("GET", "/api/microflows", Value::Null, 200),
        ("GET", "/api/openapi.json", Value::Null, 200),
        ("GET", "/api/session", Value::Null, 200),
        ("POST", "/api/session", json!({}), 200),
        ("POST", "/api/logout", json!({}), 204),
        ("POST", "/api/login", json!({ "name": "nobody", "password": "none" }), 401),
        ("POST", "/api/objects/Shop.Item", json!({ "Name": "cup" }), 201),
        ("GET", "/api/objects/Shop.Item", Value::Null, 200),
        ("GET", "/api/objects/Shop.None", Value::Null, 404),
        ("GET", "/api/microflows/Shop.Twice", Value::Null, 405),
    ] {
        let answer = site.send(method, path, None, body).await;
        assert_eq!((answer.status, &answer.version), (status, &version), "{method} {path}");
    }
    let other = site.alter("create microflow Shop.New begin end;").await;
    assert_ne!(other, version);
    assert_eq!(site.call("Shop.Twice", None, json!({ "N": 3 })).await.version, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_says_the_version_on_which_it_began() {
    let (site, _) = Site::open().await;
    let waiting = "create microflow Shop.Count ( N: Integer ) returns Integer begin
        declare $I Integer = 0;
        while $I < $N begin set $I = $I + 1; end while;
        return $I;
      end;";
    let began_on = site.alter(waiting).await;
    let (count, other) = tokio::join!(site.call("Shop.Count", None, json!({ "N": 400_000_000 })), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        site.alter("create microflow Shop.Other begin end;").await
    });
    assert_eq!((count.status, &count.body["result"]), (200, &json!(400_000_000)));
    assert_eq!(count.version, began_on);
    assert_eq!(site.call("Shop.Twice", None, json!({ "N": 1 })).await.version, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_another_version_goes_on_with_what_is_the_same() {
    let (site, known) = Site::open().await;
    site.alter(
        "rename microflow Shop.Twice to Double;
         alter entity Shop.Item add attribute Color: String default 'red';",
    )
    .await;
    let answer = site.call("Shop.Twice", Some(&known), json!({ "N": 4 })).await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!(8)), "under its new name");
    assert_eq!(site.call("Shop.First", Some(&known), json!({})).await.status, 200);
    let short = &known["sha256:".len()..][..12];
    assert_eq!(site.call("Shop.Twice", Some(short), json!({ "N": 4 })).await.status, 200);
    assert_eq!(site.call("Shop.Twice", None, json!({ "N": 4 })).await.code(), (404, "microflow-not-found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_another_version_is_told_what_has_changed() {
    let (site, known) = Site::open().await;
    let serving =
        site.activate(&SHOP.replace("( N: Integer ) returns Integer", "( N: Decimal ) returns Decimal")).await;
    let answer = site.call("Shop.Twice", Some(&known), json!({ "N": 4 })).await;
    assert_eq!(answer.code(), (409, "operation-changed"));
    assert!(!answer.may_retry, "the same again would not help");
    assert_eq!(answer.version, serving);
    assert_eq!(answer.body["versions"], json!({ "known": known, "serving": serving }));
    assert_eq!(
        answer.body["changes"],
        json!(["parameter N is Decimal; it was Integer", "the result is Decimal; it was Integer"])
    );
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("reload the model")));
    assert_eq!(site.call("Shop.Twice", Some(&serving), json!({ "N": 4 })).await.status, 200);
    assert_eq!(site.call("Shop.Twice", None, json!({ "N": 4 })).await.status, 200, "who says nothing is not compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_and_what_nobody_knows() {
    let (site, known) = Site::open().await;
    site.alter("drop microflow Shop.Fail; drop microflow Shop.First; drop entity Shop.Item;").await;
    assert_eq!(site.call("Shop.Fail", Some(&known), json!({})).await.code(), (410, "operation-gone"));
    let objects = site.send("GET", "/api/objects/Shop.Item", Some(&known), Value::Null).await;
    assert_eq!(objects.code(), (410, "operation-gone"));
    for unknown in ["sha256:0", "latest", ""] {
        let answer = site.call("Shop.Twice", Some(unknown), json!({ "N": 1 })).await;
        assert_eq!(answer.code(), (409, "version-unknown"), "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_about_objects_are_held_to_the_members_that_they_name() {
    let (site, known) = Site::open().await;
    let made = site.send("POST", "/api/objects/Shop.Item", None, json!({ "Name": "cup" })).await;
    assert_eq!(made.status, 201);
    site.alter("rename entity Shop.Item to Thing; alter entity Shop.Thing rename attribute Pieces to Count;").await;
    let retrieve = |constraint: &str| format!("/api/objects/Shop.Item?where={constraint}");
    for (method, path, body, expected) in [
        ("POST", "/api/objects/Shop.Item".to_owned(), json!({ "Name": "jar" }), (201, "no problem")),
        ("POST", "/api/objects/Shop.Item".to_owned(), json!({ "Pieces": 3 }), (409, "operation-changed")),
        ("GET", "/api/objects/Shop.Item?sort=-Pieces".to_owned(), Value::Null, (409, "operation-changed")),
        ("GET", retrieve("%5BPieces%20%3E%203%5D"), Value::Null, (409, "operation-changed")),
        ("GET", "/api/objects/Shop.Item".to_owned(), Value::Null, (200, "no problem")),
        ("POST", "/api/commit".to_owned(), json!({ "objects": [] }), (200, "no problem")),
    ] {
        assert_eq!(site.send(method, &path, Some(&known), body).await.code(), expected, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_say_which_version_serves_and_when_another_does() {
    let (site, first) = Site::open().await;
    let mut events = site.events().await;
    assert_eq!(events.line("HTTP/1.1 ").await.as_deref(), Some("200 OK"));
    assert_eq!(events.next().await, Some(json!({ "version": first, "generation": 1, "changed": null })));
    let second = site.alter("create entity Shop.Other ( A: Integer );").await;
    assert_eq!(events.next().await, Some(json!({ "version": second, "generation": 2, "changed": "additive" })));
    let third = site.activate(SHOP).await;
    assert_eq!(third, first);
    assert_eq!(events.next().await, Some(json!({ "version": first, "generation": 3, "changed": "breaking" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_events_end_when_the_node_stops_and_hold_nothing_up() {
    let (mut site, _) = Site::open().await;
    let mut events = site.events().await;
    assert!(events.next().await.is_some());
    let stop = site.stop.take().expect("it has not been stopped");
    let before = std::time::Instant::now();
    stop.send(()).expect("the server runs");
    assert_eq!(events.next().await, None, "the stream ends");
    timeout(PATIENCE, site.serving).await.expect("soon").expect("nothing panics").expect("the server ends well");
    assert!(before.elapsed() < Duration::from_secs(5), "nobody waited for the drain's time: {:?}", before.elapsed());
}
