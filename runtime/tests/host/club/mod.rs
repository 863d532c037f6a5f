//! Nodes that serve the club over HTTP, and clients of theirs.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    clock::{Clock, FixedSource},
    flow::{Call, Trigger},
    http,
    limits::{Limits, SessionLimits},
    users::FirstAdministrator,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const ADA: (&str, &str) = ("ada", "Ada-of-the-club-1");
pub(crate) const BEA: (&str, &str) = ("bea", "Bea-of-the-club-1");
/// When the clocks of these tests begin.
pub(crate) const BEGIN_MS: i64 = 1_700_000_000_000;

/// Security of the model: a script that comes after it.
pub(crate) const PRODUCTION: &str = "alter app security ( SecurityLevel: Production, EnableDemoUsers: true );";
pub(crate) const WITH_GUESTS: &str = "alter app security (
  SecurityLevel: Production, EnableDemoUsers: true, EnableGuestAccess: true, GuestUserRole: Guest
);";
pub(crate) const OFF: &str = "alter app security ( SecurityLevel: Off, EnableDemoUsers: true );";

/// The club, with more statements after it.
pub(crate) fn component(security: &str) -> Arc<[u8]> {
    let source = |name: &str, text: String| Source { name: name.to_owned(), text };
    let sources =
        [source("1.mdl", include_str!("club.mdl").to_owned()), source("2.mdl", format!("mdl 1;\n{security}"))];
    let compilation = compile(&sources, &Options::default());
    compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics)).into()
}

/// What a node of the club is made of; the clock stands still.
pub(crate) struct Setup {
    pub(crate) store: String,
    pub(crate) state: String,
    pub(crate) session: SessionLimits,
    pub(crate) administrator: Option<(&'static str, &'static str)>,
}

impl Default for Setup {
    fn default() -> Self {
        let (store, state) = ("sqlite::memory:".to_owned(), "memory".to_owned());
        Self { store, state, session: SessionLimits::default(), administrator: None }
    }
}

/// A node and its server.
pub(crate) struct Club {
    pub(crate) node: Arc<Node>,
    pub(crate) time: Arc<FixedSource>,
    pub(crate) address: SocketAddr,
}

impl Club {
    pub(crate) async fn open(security: &str) -> Self {
        Self::open_with(security, Setup::default()).await
    }

    pub(crate) async fn open_with(security: &str, setup: Setup) -> Self {
        let (clock, time) = Clock::fixed(BEGIN_MS);
        Self::serve(security, setup, clock, time).await
    }

    /// A node with a clock of its own, so that its ids and tokens are no other node's.
    pub(crate) async fn join(security: &str, setup: Setup, number: u16) -> Self {
        let (_, time) = Clock::fixed(BEGIN_MS);
        Self::serve(security, setup, Clock::system(number), time).await
    }

    async fn serve(security: &str, setup: Setup, clock: Clock, time: Arc<FixedSource>) -> Self {
        let administrator = setup
            .administrator
            .map(|(name, password)| FirstAdministrator { name: name.to_owned(), password: password.to_owned() });
        let options = NodeOptions {
            store: setup.store,
            state: setup.state,
            clock,
            administrator,
            limits: Limits { session: setup.session, ..Limits::default() },
            ..NodeOptions::default()
        };
        let node = Arc::new(Node::start(options).await.expect("the node starts"));
        node.activate(component(security), None).await.expect("the model is accepted");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("the listener has an address");
        tokio::spawn(http::serve(node.clone(), listener, std::future::pending()));
        Self { node, time, address }
    }

    /// Moves the clock, to so many seconds after the begin.
    pub(crate) fn at(&self, seconds: i64) {
        self.time.set(BEGIN_MS + 1000 * seconds);
    }

    /// Somebody who has not logged in.
    pub(crate) fn visitor(&self) -> Client {
        Client { address: self.address, headers: BTreeMap::new() }
    }

    pub(crate) async fn log_in(&self, (name, password): (&str, &str)) -> Answer {
        self.visitor().log_in((name, password)).await
    }

    /// A client with a bearer token.
    pub(crate) async fn program(&self, who: (&str, &str)) -> Client {
        let login = self.log_in(who).await;
        assert_eq!(login.status, 200, "{login:?}");
        self.visitor().with("authorization", &format!("Bearer {}", login.token()))
    }

    /// A client with a cookie and the proof that goes with it.
    pub(crate) async fn browser(&self, who: (&str, &str)) -> Client {
        let login = self.log_in(who).await;
        assert_eq!(login.status, 200, "{login:?}");
        let csrf = login.json["csrf"].as_str().expect("a CSRF token").to_owned();
        self.visitor().with("cookie", &login.cookie()).with("x-csrf-token", &csrf)
    }

    /// Calls a microflow on nobody's behalf.
    pub(crate) async fn system(&self, microflow: &str, arguments: Value) -> Value {
        let arguments = arguments.to_string();
        let outcome = self.node.run(Call::new(microflow, &arguments, Trigger::CommandLine)).await;
        serde_json::from_str(&outcome.expect("it runs").result).expect("results are JSON")
    }

    pub(crate) async fn about(&self, name: &str) -> String {
        self.system("Club.About", json!({"Name": name})).await.as_str().expect("a text").to_owned()
    }
}

/// Somebody who calls a node, with the same headers each time.
#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    headers: BTreeMap<String, String>,
}

/// What comes back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) json: Value,
}

impl Client {
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(name.to_owned(), value.to_owned());
        client
    }

    pub(crate) fn without(&self, name: &str) -> Self {
        let mut client = self.clone();
        client.headers.remove(name);
        client
    }

    /// The same client at another node.
    pub(crate) fn at(&self, club: &Club) -> Self {
        Self { address: club.address, ..self.clone() }
    }

    pub(crate) async fn send(&self, method: &'static str, path: &str, body: &str) -> Answer {
        let (url, body, headers) = (format!("http://{}{path}", self.address), body.to_owned(), self.headers.clone());
        let sent = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut request = ureq::http::Request::builder().method(method).uri(url);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let mut response =
                agent.run(request.body(body).expect("the request is well formed")).expect("there is an answer");
            let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let status = response.status().as_u16();
            let text = response.body_mut().read_to_string().expect("the body is text");
            Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null) }
        });
        sent.await.expect("nothing panics")
    }

    pub(crate) async fn log_in(&self, (name, password): (&str, &str)) -> Answer {
        let client = self.with("content-type", "application/json");
        client.send("POST", "/api/login", &json!({"name": name, "password": password}).to_string()).await
    }

    pub(crate) async fn log_out(&self) -> Answer {
        self.send("POST", "/api/logout", "").await
    }

    pub(crate) async fn who(&self) -> Answer {
        self.send("GET", "/api/session", "").await
    }

    pub(crate) async fn call(&self, microflow: &str, arguments: Value) -> Answer {
        let client = self.with("content-type", "application/json");
        client.send("POST", &format!("/api/microflows/{microflow}"), &arguments.to_string()).await
    }

    /// The status of calling a microflow without arguments.
    pub(crate) async fn status(&self, microflow: &str) -> u16 {
        self.call(microflow, json!({})).await.status
    }
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn token(&self) -> &str {
        self.json["token"].as_str().expect("a token")
    }

    /// `name=value` of the cookie that the answer sets.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.header("set-cookie").expect("a cookie");
        cookie.split(';').next().unwrap_or_default().to_owned()
    }
}
