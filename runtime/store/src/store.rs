//! The database as a node sees it.

use std::sync::{Arc, OnceLock};

use brooklet_model::Manifest;

use crate::{
    Evolution, FencingToken, Migration, Migrator, Naming, Options, Plan, StoreError, Transaction,
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

    /// Prepares a version of the model for this kind of database, whose things are called as the rule says. Touches no
    /// database.
    ///
    /// A model that has changed since the database was made needs the names that [`Store::evolve`] has found:
    /// [`Store::plan_with`].
    /// Queries are rendered when they are first run; [`Plan::check_queries`] does so at once.
    pub fn plan(&self, manifest: Arc<Manifest>) -> Result<Arc<Plan>, StoreError> {
        self.plan_with(manifest, &Naming::default())
    }

    /// Prepares a version of the model whose things have these names.
    pub fn plan_with(&self, manifest: Arc<Manifest>, naming: &Naming) -> Result<Arc<Plan>, StoreError> {
        Plan::new(manifest, naming, self.flavor).map(Arc::new)
    }

    /// Plans the way from a version (none: from what the database has) to another: what is done, what stands in the way,
    /// what the data violates. Changes nothing.
    ///
    /// `now_ms` is the value of new attributes that default to the current moment, in objects that exist.
    pub async fn evolve(
        &self,
        from: Option<(&Manifest, &Naming)>,
        to: &Arc<Manifest>,
        now_ms: i64,
    ) -> Result<Evolution, StoreError> {
        migrate::evolve(self, from, to, now_ms).await
    }

    /// Carries out evolutions. With a lease, each transaction checks the fencing token.
    pub fn migrator<'a>(&'a self, fence: Option<(&'a str, FencingToken)>) -> Migrator<'a> {
        Migrator::new(self, fence)
    }

    /// Does what comes before the activation of a version, as far as it is not done. Answers what it did.
    pub async fn expand(
        &self,
        evolution: &Evolution,
        fence: Option<(&str, FencingToken)>,
    ) -> Result<Vec<String>, StoreError> {
        self.migrator(fence).expand(evolution).await
    }

    /// Does what comes after the retirement of the version before, as far as it is not done. Answers what it did.
    pub async fn contract(
        &self,
        evolution: &Evolution,
        fence: Option<(&str, FencingToken)>,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.migrator(fence).contract(evolution, now_ms).await
    }

    /// Drops what an expansion has added, done or half done. Answers what it undid.
    ///
    /// For one that was not activated. What the new version has written is kept by another evolution, back to the former one.
    pub async fn take_back(
        &self,
        evolution: &Evolution,
        fence: Option<(&str, FencingToken)>,
    ) -> Result<Vec<String>, StoreError> {
        self.migrator(fence).take_back(evolution).await
    }

    /// Drops the columns and tables that were parked before a moment. Answers what it dropped.
    pub async fn purge(&self, parked_before_ms: i64) -> Result<Vec<String>, StoreError> {
        migrate::purge(self, parked_before_ms).await
    }

    /// Makes the database fit the model at once, where no other version serves: evolves from what the database has,
    /// expands and contracts. [`StoreError::Refused`] when data stands in the way; then nothing is changed. Quick when
    /// nothing changed. The answer has the plan to serve with.
    ///
    /// Any number of nodes may call it at once. Call it for the version that is to become active, not for one that drains.
    pub async fn migrate(&self, plan: &Arc<Plan>, now_ms: i64) -> Result<Migration, StoreError> {
        migrate::run(self, plan, now_ms).await
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
