//! The HTTP interface, on a real server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use brooklet_runtime::{
    http,
    limits::{EngineLimits, Limits, RequestLimits},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A server on a free port; stops when it is told to.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Status, content type, `Retry-After`, and the body as JSON when it is some.
type Answer = (u16, String, Option<String>, Value);

impl Server {
    async fn start(limits: Limits) -> Self {
        let node = Arc::new(crate::guests::node(limits).await);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(http::serve(node, listener, async {
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop), serving }
    }

    async fn send(&self, method: &'static str, path: &str, kind: Option<&'static str>, body: &str) -> Answer {
        let (url, body) = (format!("http://{}{path}", self.address), body.to_owned());
        let sent = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut request = ureq::http::Request::builder().method(method).uri(url);
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            let mut response =
                agent.run(request.body(body).expect("the request is well formed")).expect("there is an answer");
            let header =
                |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let (kind, retry) = (header("content-type").unwrap_or_default(), header("retry-after"));
            let status = response.status().as_u16();
            let text = response.body_mut().read_to_string().expect("the body is text");
            (status, kind, retry, serde_json::from_str(&text).unwrap_or(Value::Null))
        });
        sent.await.expect("nothing panics")
    }

    async fn call(&self, microflow: &str, body: &str) -> Answer {
        self.send("POST", &format!("/api/microflows/{microflow}"), Some("application/json"), body).await
    }
}

#[tokio::test]
async fn a_call_is_answered_with_result_and_effects() {
    let server = Server::start(Limits::default()).await;
    let (status, kind, _, body) = server.call("Guest.Echo", r#"{"Value": "12.50"}"#).await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert_eq!(body, json!({ "result": "12.5", "effects": [] }));
    let (status, _, _, body) = server.send("POST", "/api/microflows/Guest.Answer", None, "").await;
    assert_eq!((status, &body["result"]), (200, &json!(42)));
}

#[tokio::test]
async fn errors_are_problem_documents() {
    let server = Server::start(Limits::default()).await;
    let (status, kind, _, body) = server.call("Guest.Throw", "{}").await;
    assert_eq!((status, kind.as_str()), (422, "application/problem+json"));
    assert_eq!(
        body,
        json!({
            "type": "urn:brooklet:error:thrown",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": "not like this",
            "code": "thrown",
            "microflow": "Guest.Throw",
            "activity": 1,
            "line": 20,
            "source": "guest.mdl",
            "frames": [{ "microflow": "Guest.Throw", "activity": 1, "line": 20, "source": "guest.mdl" }],
        })
    );
}

#[tokio::test]
async fn each_mistake_has_its_status() {
    let limits =
        Limits { request: RequestLimits { payload_bytes: 1000, ..RequestLimits::default() }, ..Limits::default() };
    let server = Server::start(limits).await;
    let huge = format!(r#"{{"Value": "{}"}}"#, "1".repeat(2000));
    let json = Some("application/json");
    for (method, path, kind, body, status, code) in [
        ("POST", "/api/microflows/Guest.None", json, "{}", 404, "microflow-not-found"),
        ("POST", "/api/microflows/Guest.Echo", json, "{", 400, "malformed-json"),
        ("POST", "/api/microflows/Guest.Echo", json, r#"{"Value": []}"#, 400, "wrong-argument-type"),
        ("POST", "/api/microflows/Guest.Echo", json, &huge, 413, "payload-too-large"),
        ("POST", "/api/microflows/Guest.Echo", Some("text/plain"), "{}", 415, "unsupported-media-type"),
        ("GET", "/api/microflows/Guest.Echo", None, "", 405, "method-not-allowed"),
        ("GET", "/nothing", None, "", 404, "not-found"),
    ] {
        let answer = server.send(method, path, kind, body).await;
        assert_eq!((answer.0, answer.1.as_str()), (status, "application/problem+json"), "{method} {path}");
        assert_eq!(answer.3["code"], code, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_calls_are_turned_away_with_a_hint_when_to_come_again() {
    let engine =
        EngineLimits { instances: 1, queue: 0, cpu_time: Duration::from_millis(300), ..EngineLimits::default() };
    let server = Server::start(Limits { engine, ..Limits::default() }).await;
    let (endless, refused) = tokio::join!(server.call("Guest.Loop", "{}"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.call("Guest.Answer", "{}").await
    });
    assert_eq!((endless.0, &endless.3["code"]), (500, &json!("cpu-time-limit")));
    assert_eq!((refused.0, refused.2.as_deref(), &refused.3["code"]), (503, Some("1"), &json!("overloaded")));
}

#[tokio::test]
async fn a_node_says_what_it_can_do_and_whether_it_is_ready() {
    let server = Server::start(Limits::default()).await;
    assert_eq!(server.send("GET", "/live", None, "").await.0, 200);
    assert_eq!(server.send("GET", "/ready", None, "").await.0, 200);
    let (_, _, _, body) = server.send("GET", "/api/microflows", None, "").await;
    let echo = body["microflows"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "Guest.Echo"));
    let echo = echo.expect("it is listed");
    assert_eq!(echo["parameters"], json!([{ "name": "Value", "type": "Decimal" }]));
    assert_eq!(echo["returns"], "Decimal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_finishes_what_it_began() {
    let engine = EngineLimits { cpu_time: Duration::from_millis(300), ..EngineLimits::default() };
    let mut server = Server::start(Limits { engine, ..Limits::default() }).await;
    let stop = server.stop.take().expect("it has not been stopped");
    let (endless, ()) = tokio::join!(server.call("Guest.Loop", "{}"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send(()).expect("the server runs");
    });
    assert_eq!(endless.0, 500, "the call came to its end");
    server.serving.await.expect("nothing panics").expect("the server ends well");
}
