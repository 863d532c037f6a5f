//! A node that serves `model.mdl`, with people in its database and sessions of any role.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_model::{EntityId, Manifest, Query};
use brooklet_runtime::{
    Node, NodeOptions,
    clock::Clock,
    flow::{Call, Trigger},
    http,
    session::Client,
};
use brooklet_state::{SessionRecord, SessionToken};
use brooklet_test_support::Postgres;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};

const MODEL: &str = include_str!("model.mdl");

/// A node with its people.
pub(crate) struct Site {
    pub(crate) node: Arc<Node>,
    address: SocketAddr,
    /// Ids of users by name.
    users: BTreeMap<&'static str, i64>,
    /// Ids of people and teams by name.
    ids: BTreeMap<String, String>,
    _stop: oneshot::Sender<()>,
    _folder: tempfile::TempDir,
}

/// Somebody with a session.
#[derive(Clone)]
pub(crate) struct Person {
    address: SocketAddr,
    token: SessionToken,
}

/// What a node answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) etag: String,
    pub(crate) location: String,
}

impl Site {
    pub(crate) async fn sqlite() -> Self {
        Self::with(MODEL, None).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::with(MODEL, Some(Postgres::shared().database())).await
    }

    /// With another level of security.
    pub(crate) async fn at_level(level: &str) -> Self {
        let is_changed = MODEL.contains("SecurityLevel: Production");
        assert!(is_changed, "the model says its level");
        Self::with(&MODEL.replace("SecurityLevel: Production", &format!("SecurityLevel: {level}")), None).await
    }

    async fn with(model: &str, store: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("people.sqlite").display()));
        let options = NodeOptions {
            store,
            clock: Clock::system(1),
            xpath,
            cache: Some(cache().to_owned()),
            ..NodeOptions::default()
        };
        let node = Arc::new(Node::start(options).await.expect("the node starts"));
        node.activate(component(model), None).await.expect("the model is accepted");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(http::serve(node.clone(), listener, async {
            // Dropping the site ends it too.
            let _ = stopped.await;
        }));
        let mut site =
            Self { node, address, users: BTreeMap::new(), ids: BTreeMap::new(), _stop: stop, _folder: folder };
        site.populate().await;
        site
    }

    /// | | entity | owner | city | salary | team |
    /// | --- | --- | --- | --- | --- | --- |
    /// | Pim | Person | ann | Utrecht | 1000 | Red |
    /// | Kim | Person | bob | Delft | 2000 | Blue |
    /// | Tim | Person | ann | Delft | 3000 | – |
    /// | Max | Boss (bonus 500) | bob | Utrecht | 9000 | Red |
    async fn populate(&mut self) {
        self.system("Hr.SETUP", json!({})).await;
        for name in ["ann", "bob"] {
            let user = self.system("Hr.ACT_UserId", json!({ "Name": name })).await;
            self.users.insert(name, user["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"));
        }
        let (ann, bob) = (self.as_user("ann", &["All"]).await, self.as_user("bob", &["All"]).await);
        for (name, budget) in [("Red", 10), ("Blue", 20)] {
            self.add(&ann, "Hr.Team", json!({ "Name": name, "Budget": budget })).await;
        }
        let (red, blue) = (json!({ "id": self.id("Red") }), json!({ "id": self.id("Blue") }));
        let person = |name: &str, city: &str, salary: i64, team: &Value| json!({ "Name": name, "City": city, "Salary": salary, "Secret": "s", "Hr.Person_Team": team });
        self.add(&ann, "Hr.Person", person("Pim", "Utrecht", 1000, &red)).await;
        self.add(&bob, "Hr.Person", person("Kim", "Delft", 2000, &blue)).await;
        self.add(&ann, "Hr.Person", person("Tim", "Delft", 3000, &Value::Null)).await;
        let mut max = person("Max", "Utrecht", 9000, &red);
        max["Bonus"] = json!(500);
        self.add(&bob, "Hr.Boss", max).await;
    }

    async fn add(&mut self, who: &Person, entity: &str, members: Value) {
        let name = members["Name"].as_str().expect("a name").to_owned();
        let created = who.post(&format!("/api/objects/{entity}"), json!({ "members": members })).await;
        assert_eq!(created.status, 201, "{}", created.body);
        let committed = who.post(&format!("{}/commit", created.location), Value::Null).await;
        assert_eq!(committed.status, 200, "{}", committed.body);
        self.ids.insert(name, created.body["object"]["id"].as_str().expect("an id").to_owned());
    }

    /// The id of a person or a team.
    pub(crate) fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// The path of a person.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("/api/objects/Hr.Person/{}", self.id(name))
    }

    /// Calls a microflow on nobody's behalf.
    pub(crate) async fn system(&self, microflow: &str, arguments: Value) -> Value {
        let arguments = arguments.to_string();
        let outcome = self.node.run(Call::new(microflow, &arguments, Trigger::Test)).await.expect("it succeeds");
        serde_json::from_str(&outcome.result).expect("results are JSON")
    }

    /// Somebody who is no user, with these user roles.
    pub(crate) async fn with_roles(&self, roles: &[&str]) -> Person {
        self.session(None, "somebody", roles).await
    }

    /// A user, with these user roles.
    pub(crate) async fn as_user(&self, name: &'static str, roles: &[&str]) -> Person {
        self.session(Some(self.users[name]), name, roles).await
    }

    async fn session(&self, user: Option<i64>, name: &str, roles: &[&str]) -> Person {
        let record = SessionRecord {
            user,
            user_name: name.to_owned(),
            user_roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            administrator: false,
            anonymous: false,
            language: "en_US".to_owned(),
            time_zone: "UTC".to_owned(),
            object: Clock::system(99).object_id().expect("an id").0,
            created_ms: 0,
            user_agent: String::new(),
        };
        let opened = self.node.sessions().open(&record, &Client::visitor("192.0.2.1"), "").await;
        Person { address: self.address, token: opened.expect("a session is opened") }
    }
}

impl Person {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Value::Null, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &body, &[]).await
    }

    pub(crate) async fn patch(&self, path: &str, members: Value) -> Answer {
        self.send("PATCH", path, &json!({ "members": members }), &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &Value::Null, &[]).await
    }

    /// Sends a request with a condition.
    pub(crate) async fn send_if(&self, method: &'static str, path: &str, body: Value, tag: &str) -> Answer {
        self.send(method, path, &body, &[("if-match", tag)]).await
    }

    pub(crate) async fn call(&self, microflow: &str, arguments: Value) -> Answer {
        self.post(&format!("/api/microflows/{microflow}"), arguments).await
    }

    /// The names of the objects that a retrieve finds, in order, and how many it says there are.
    pub(crate) async fn names(&self, entity: &str, query: &str) -> Result<(Vec<String>, u64), Answer> {
        let answer = self.get(&format!("/api/objects/{entity}?count=true&{}", encoded(query))).await;
        if answer.status != 200 {
            return Err(answer);
        }
        let name = |object: &Value| object["members"]["Name"].as_str().unwrap_or("?").to_owned();
        let names = answer.body["objects"].as_array().expect("objects").iter().map(name).collect();
        Ok((names, answer.body["count"].as_u64().expect("a count")))
    }

    pub(crate) async fn send(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        request = request.header("authorization", format!("Bearer {}", self.token.as_str()));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = tokio::task::spawn_blocking(move || {
            let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true);
            let agent: ureq::Agent = config.build().into();
            let sent = if body.is_empty() {
                agent.run(request.body(()).expect("a request"))
            } else {
                agent.run(request.body(body).expect("a request"))
            };
            let mut response = sent.expect("there is an answer");
            let header = |name: &str| {
                let value = response.headers().get(name).and_then(|value| value.to_str().ok());
                value.unwrap_or_default().to_owned()
            };
            let (etag, location) = (header("etag"), header("location"));
            let status = response.status().as_u16();
            let text = response.body_mut().read_to_string().expect("the body is text");
            Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), etag, location }
        });
        sent.await.expect("nothing panics")
    }
}

impl Answer {
    /// The code of a problem; empty when it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A member of the object that was answered.
    pub(crate) fn member(&self, name: &str) -> &Value {
        &self.body["object"]["members"][name]
    }

    /// The names of the members of an object, in order of the alphabet.
    pub(crate) fn members(&self) -> Vec<&str> {
        names_of(&self.body["object"])
    }
}

/// The names of the members of an object, in order of the alphabet.
pub(crate) fn names_of(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        object["members"].as_object().into_iter().flat_map(|members| members.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names
}

/// A query with what a URL cannot have.
fn encoded(query: &str) -> String {
    query
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'&' | b'=' | b'-' | b'_' | b'.' | b',' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

pub(crate) fn compiled(text: &str) -> brooklet_compiler::Compilation {
    let sources = [Source { name: "hr.mdl".to_owned(), text: text.to_owned() }];
    let compilation = compile(&sources, &Options::default());
    assert!(compilation.component.is_some(), "{:#?}", compilation.diagnostics);
    compilation
}

fn component(text: &str) -> Arc<[u8]> {
    static MODELS: OnceLock<std::sync::Mutex<BTreeMap<String, Arc<[u8]>>>> = OnceLock::new();
    let mut models = MODELS.get_or_init(Default::default).lock().expect("nobody panics here");
    let made = || compiled(text).component.expect("a component").into();
    models.entry(text.to_owned()).or_insert_with(made).clone()
}

/// Compiled code, shared by all nodes of this process.
fn cache() -> &'static std::path::Path {
    static CACHE: OnceLock<tempfile::TempDir> = OnceLock::new();
    CACHE.get_or_init(|| tempfile::tempdir().expect("a folder")).path()
}

/// The constraints of clients, as the command reads them.
fn xpath(manifest: &Manifest, entity: EntityId, constraint: &str, sort: &[(String, bool)]) -> Result<Query, String> {
    let sort: Vec<_> = sort.iter().map(|(path, descending)| (path.as_str(), *descending)).collect();
    brooklet_compiler::query(manifest, entity, constraint, &sort).map_err(|error| error.to_string())
}
