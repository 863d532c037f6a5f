//! Nodes that serve `examples/desk` and share a database and a store of sessions.

use std::sync::{Arc, OnceLock};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    clock::Clock,
    flow::{Call, Failure, Outcome, Trigger},
    limits::{Limits, SessionLimits},
    session::{Caller, Client},
};
use brooklet_state::{SessionRecord, SessionToken};
use brooklet_test_support::{Postgres, Redis};
use serde_json::Value;

/// The stores of sessions that several nodes can share.
pub(crate) fn stores() -> [String; 2] {
    ["sql".to_owned(), Redis::shared().url(0)]
}

/// Nodes that share everything there is to share.
pub(crate) struct Desk {
    nodes: Vec<Node>,
}

impl Desk {
    pub(crate) async fn start(nodes: usize, state: &str) -> Self {
        Self::start_with(nodes, state, SessionLimits::default()).await
    }

    pub(crate) async fn start_with(nodes: usize, state: &str, session: SessionLimits) -> Self {
        let store = Postgres::shared().database();
        let mut started = Vec::new();
        for number in 0..nodes {
            let options = NodeOptions {
                store: store.clone(),
                state: state.to_owned(),
                name: format!("node-{number}"),
                clock: Clock::system(number as u16 + 1),
                limits: Limits { session: session.clone(), ..Limits::default() },
                ..NodeOptions::default()
            };
            let node = Node::start(options).await.expect("the node starts");
            node.activate(component(), None).await.expect("the model is accepted");
            started.push(node);
        }
        Self { nodes: started }
    }

    /// A session of somebody with that role.
    pub(crate) async fn session(&self, role: &str) -> SessionToken {
        let record = SessionRecord {
            user: None,
            user_name: "somebody".to_owned(),
            user_roles: vec![role.to_owned()],
            administrator: false,
            anonymous: false,
            language: "en_US".to_owned(),
            time_zone: "UTC".to_owned(),
            object: Clock::system(99).object_id().expect("a number").0,
            created_ms: 0,
            user_agent: String::new(),
        };
        let version = self.nodes[0].version().expect("a version serves");
        let opened = self.nodes[0].sessions().open(&record, &Client::visitor("192.0.2.1"), version.hash()).await;
        opened.expect("a session is opened")
    }

    pub(crate) async fn call(
        &self,
        node: usize,
        session: &SessionToken,
        microflow: &str,
        arguments: Value,
    ) -> Result<Value, Failure> {
        let outcome = self.visit(node, Some(session.clone()), microflow, arguments).await?;
        Ok(serde_json::from_str(&outcome.result).expect("results are JSON"))
    }

    pub(crate) async fn visit(
        &self,
        node: usize,
        token: Option<SessionToken>,
        microflow: &str,
        arguments: Value,
    ) -> Result<Outcome, Failure> {
        let client = Client { token, ..Client::visitor("192.0.2.1") };
        let arguments = arguments.to_string();
        let call = Call { caller: Caller::Client(client), ..Call::new(microflow, &arguments, Trigger::Http) };
        self.nodes[node].run(call).await
    }

    /// How many tickets there are.
    pub(crate) async fn tickets(&self) -> i64 {
        let call = Call::new("Desk.DS_Count", "{}", Trigger::Test);
        self.nodes[0].run(call).await.expect("they are counted").result.parse().expect("a number")
    }

    pub(crate) async fn sessions(&self) -> u64 {
        let sessions = self.nodes[0].sessions();
        sessions.state().count(Clock::system(0).now_ms()).await.expect("they are counted")
    }

    pub(crate) async fn revision(&self, session: &SessionToken) -> u64 {
        self.loaded(session).await.revision
    }

    pub(crate) async fn image_bytes(&self, session: &SessionToken) -> usize {
        self.loaded(session).await.image.len()
    }

    async fn loaded(&self, session: &SessionToken) -> brooklet_state::Loaded {
        let state = self.nodes[0].sessions().state();
        let loaded = state.load(session.id(), Clock::system(0).now_ms()).await.expect("it is loaded");
        loaded.expect("the session is there")
    }

    pub(crate) async fn end(&self, node: usize, session: &SessionToken) {
        let ended = self.nodes[node].sessions().state().end(session.id()).await.expect("it is ended");
        assert!(ended, "there was no such session");
    }
}

fn component() -> Arc<[u8]> {
    static COMPONENT: OnceLock<Arc<[u8]>> = OnceLock::new();
    COMPONENT
        .get_or_init(|| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/desk");
            let mut files: Vec<_> = std::fs::read_dir(folder)
                .expect("the example is there")
                .map(|entry| entry.expect("a file").path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "mdl"))
                .filter(|path| !path.to_string_lossy().ends_with(".test.mdl"))
                .collect();
            files.sort();
            let source = |path: &std::path::PathBuf| Source {
                name: path.display().to_string(),
                text: std::fs::read_to_string(path).expect("a readable file"),
            };
            let sources: Vec<_> = files.iter().map(source).collect();
            let compilation = compile(&sources, &Options::default());
            compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics)).into()
        })
        .clone()
}
