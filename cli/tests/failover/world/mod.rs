//! What all proofs share: servers, a cluster that serves `examples/desk`, its clients, and load.

mod client;
pub(crate) mod load;

use std::{
    path::PathBuf,
    process::Command,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use brooklet_test_support::{Cluster, Postgres, Redis, Signal, root};

pub(crate) use client::{AGENT, Client, Lost, MANAGER, Proof, Reply};

/// The command.
const BROOKLET: &str = env!("CARGO_BIN_EXE_brooklet");

/// The secret of the administration's interface.
pub(crate) const ADMIN_TOKEN: &str = "token-of-the-proofs";

/// Where sessions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Redis,
    Sql,
}

/// The stores of sessions that nodes can share.
pub(crate) const STORES: [Store; 2] = [Store::Redis, Store::Sql];

/// A database server, and one for sessions.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
}

impl Servers {
    /// The servers of this process, for proofs that do them no harm.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Servers> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn start() -> Self {
        let postgres = Postgres::start().unwrap_or_else(|error| panic!("no PostgreSQL: {error}"));
        let redis = Redis::durable().unwrap_or_else(|error| panic!("no Redis: {error}"));
        Self { postgres, redis }
    }
}

/// A cluster that serves the desk, on a database and a store of sessions of its own.
#[derive(Debug)]
pub(crate) struct Desk<'s> {
    pub(crate) servers: &'s Servers,
    cluster: Cluster,
    /// The database.
    store: String,
    /// One proof at a time: what they measure would be load on one another.
    _alone: MutexGuard<'static, ()>,
}

impl Desk<'static> {
    /// Nodes on the servers of this process. A setting is its name, as on the command line, and its value.
    pub(crate) fn start(nodes: usize, sessions: Store, settings: &[(&str, &str)]) -> Self {
        Self::start_on(Servers::shared, nodes, sessions, settings)
    }
}

impl<'s> Desk<'s> {
    /// Nodes on these servers.
    pub(crate) fn start_on(
        servers: impl FnOnce() -> &'s Servers,
        nodes: usize,
        sessions: Store,
        settings: &[(&str, &str)],
    ) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let servers = servers();
        let store = servers.postgres.database();
        let state = match sessions {
            // The database is new, so that its name is nobody else's prefix.
            Store::Redis => format!("{}?prefix={}", servers.redis.url(0), store.rsplit('/').next().unwrap_or_default()),
            Store::Sql => "sql".to_owned(),
        };
        let cache = scratch().join("cache").display().to_string();
        let own = [("store", &*store), ("state", &*state), ("cache", &*cache), ("admin-token", ADMIN_TOKEN)];
        let cluster = Cluster::start(BROOKLET, nodes, [component()], |command| {
            // Nodes that are started again get the environment, too.
            for (name, value) in own.iter().chain(settings) {
                command.env(format!("BROOKLET_{}", name.to_uppercase().replace('-', "_")), value);
            }
        });
        let cluster = cluster.unwrap_or_else(|error| panic!("the cluster does not start: {error}"));
        Self { servers, cluster, store, _alone: alone }
    }

    /// Where a node is.
    pub(crate) fn url(&self, node: usize) -> &str {
        self.cluster.nodes()[node].client().url()
    }

    /// Where the front is.
    pub(crate) fn front(&self) -> &str {
        self.cluster.front().url()
    }

    pub(crate) fn name(&self, node: usize) -> &str {
        &self.cluster.nodes()[node].name
    }

    pub(crate) fn signal(&self, node: usize, signal: Signal) {
        self.cluster.signal(node, signal);
    }

    /// Ends the processes of nodes, all at once, and waits until they have ended.
    pub(crate) fn end(&mut self, nodes: &[usize], signal: Signal) {
        nodes.iter().for_each(|node| self.cluster.signal(*node, signal));
        nodes.iter().for_each(|node| self.cluster.wait_until_ended(*node));
    }

    /// Starts nodes again on the same ports, all at once, and waits until they are ready.
    pub(crate) fn start_again(&mut self, nodes: &[usize]) {
        nodes.iter().for_each(|node| self.cluster.restart(*node));
        nodes.iter().for_each(|node| self.cluster.wait_until_ready(*node));
    }

    /// What the database answers: a line for each row.
    pub(crate) fn query(&self, statement: &str) -> Vec<String> {
        self.servers.postgres.query(&self.store, statement)
    }

    /// What the database answers, when that is one number.
    pub(crate) fn number(&self, statement: &str) -> i64 {
        let answer = self.query(statement);
        answer.first().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{statement}: {answer:?}"))
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        const LINES: usize = 60;
        if thread::panicking() {
            let log = self.cluster.errors();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("--- what the nodes said last ---\n{}", lines[lines.len().saturating_sub(LINES)..].join("\n"));
        }
    }
}

/// Waits until it holds; fails when that takes too long. Answers how long it took.
pub(crate) fn wait_until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < patience, "{what}: not within {patience:?}");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

/// Where compiled code is kept from one run to the next.
fn scratch() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("failover")
}

/// The desk, compiled once.
fn component() -> PathBuf {
    static COMPONENT: OnceLock<PathBuf> = OnceLock::new();
    let component = COMPONENT.get_or_init(|| {
        let file = scratch().join("desk.wasm");
        std::fs::create_dir_all(scratch()).expect("a folder");
        let mut build = Command::new(BROOKLET);
        let built = build.arg("build").arg(root().join("examples/desk")).arg("-o").arg(&file).output();
        let built = built.expect("brooklet runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        file
    });
    component.clone()
}
