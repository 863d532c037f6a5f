//! The state stores that are compared: servers and databases of this run alone.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use brooklet_runtime::NodeOptions;
use brooklet_test_support::{Postgres, Redis};
use tempfile::TempDir;

/// Everything that stores sessions.
pub(crate) struct Stores {
    folder: TempDir,
    postgres: Postgres,
    redis: Redis,
}

impl Stores {
    pub(crate) fn start() -> anyhow::Result<Self> {
        Ok(Self { folder: tempfile::tempdir()?, postgres: Postgres::start()?, redis: Redis::start()? })
    }

    /// A node for each store, by name.
    pub(crate) fn nodes(&self) -> Vec<(&'static str, NodeOptions)> {
        let in_database = |store| NodeOptions { store, state: "sql".to_owned(), ..NodeOptions::default() };
        let file = self.folder.path().join("sessions.sqlite");
        vec![
            ("memory", NodeOptions::default()),
            ("sqlite", in_database(format!("sqlite:{}", file.display()))),
            ("postgres", in_database(self.postgres.database())),
            ("redis", self.on_redis()),
        ]
    }

    /// A node whose sessions are in Redis, and whose database is its own.
    pub(crate) fn on_redis(&self) -> NodeOptions {
        NodeOptions { state: self.redis.url(0), ..NodeOptions::default() }
    }

    /// A new database, and where sessions are, for nodes that share both.
    pub(crate) fn shared(&self) -> (String, String) {
        (self.postgres.database(), self.redis.url(1))
    }

    pub(crate) fn redis_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.redis.port()).into()
    }

    /// The number of Redis' process.
    pub(crate) fn redis_process(&self) -> anyhow::Result<u32> {
        let about = self.redis.ask("INFO server");
        let process = about.lines().find_map(|line| line.strip_prefix("process_id:"));
        Ok(process.context("Redis says its process")?.trim().parse()?)
    }
}
