//! The database as a node sees it.

use std::sync::{Arc, OnceLock};

use brooklet_model::Manifest;

use crate::{
    Migration, Options, Plan, StoreError, Transaction,
    cluster::Local,
    database::{self, Pools, RawRow, Statement, Target},
    dialect::Flavor,
    failure::classify,
    migrate,
};

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL, 14 or newer.
    Postgres,
}

/// A database: a pool of connections, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pools: Pools,
    pub(crate) flavor: Flavor,
    options: Arc<Options>,
    /// The sessions' connections, from when they are first asked for.
    pub(crate) sessions: Arc<OnceLock<Pools>>,
    /// Signals within the process.
    pub(crate) local: Local,
}

impl Store {
    /// Connects to `sqlite::memory:` (one connection, gone with the store), `sqlite:path/to/file` (made when missing, with
    /// its folder) or `postgres://user:password@host:port/database`.
    pub async fn connect(url: &str, options: Options) -> Result<Self, StoreError> {
        let (pools, flavor) = database::connect(url, &options).await?;
        Ok(Self { pools, flavor, options: Arc::new(options), sessions: Arc::default(), local: Local::default() })
    }

    /// Which kind of database it is.
    pub fn dialect(&self) -> Dialect {
        self.flavor.dialect
    }

    /// What the store was connected with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Prepares a version of the model for this kind of database. Touches no database.
    ///
    /// Queries are rendered when they are first run; [`Plan::check_queries`] does so at once.
    pub fn plan(&self, manifest: Arc<Manifest>) -> Result<Arc<Plan>, StoreError> {
        Plan::new(manifest, self.flavor).map(Arc::new)
    }

    /// Makes the database fit the model: adds what is missing, converts what can be widened, drops no data. Quick when
    /// nothing changed. `now_ms` is the value of new attributes that default to the current moment, in existing objects.
    ///
    /// Any number of nodes may call it at once. Call it for the version that is to become active, not for one that drains.
    pub async fn migrate(&self, plan: &Plan, now_ms: i64) -> Result<Migration, StoreError> {
        migrate::run(self, &plan.model, now_ms).await
    }

    /// A request's view of the database. Costs nothing before the first write.
    pub fn begin(&self, plan: Arc<Plan>) -> Transaction {
        Transaction::new(self.clone(), plan)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let one: &mut (dyn FnMut(RawRow<'_>) -> Result<i64, sqlx::Error> + Send) = &mut |row| row.number(0);
        let statement = Statement::text("SELECT CAST(1 AS bigint)");
        Target::Anywhere(&self.pools).fetch(&statement, one).await.map_err(|error| classify(error, None))?;
        Ok(())
    }

    /// Closes all connections, after waiting for those in use.
    pub async fn close(&self) {
        self.pools.close().await;
        if let Some(sessions) = self.sessions.get() {
            sessions.close().await;
        }
    }
}
