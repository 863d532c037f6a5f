//! What the nodes of a cluster know of one another, in the application's database.
//!
//! - **Nodes**: who is there, by number; a node that is silent for too long is gone, and its number free again.
//! - **Leases**: who may do something that only one may do at a time, and until when. Each acquisition gets a *fencing
//!   token*, greater than all before it, which [`Transaction::fence`](crate::Transaction::fence) checks in the transaction that
//!   does the work: a holder that slept past its lease and wakes up cannot write any more.
//! - **Markers**: whether a transaction was committed, for those who have to know afterwards. Whoever asks before the transaction
//!   has ended well makes it fail.
//! - **Settings** that hold for all nodes.
//! - **Components, releases, deployments and reports**: which versions of the model there are, which of them serve, what is being done
//!   to change that, and which node has come how far.
//! - **Audit**: what administrators did.
//! - **Signals**: something of this has changed.
//!
//! **Invariant: the database's clock decides.** How long a lease lasts and whether a node lives is computed by the database from its
//! own time, so that the nodes' clocks need not agree.
//!
//! The short statements of leases and nodes have connections of their own on PostgreSQL, so that they go on when requests use
//! up the pool. On SQLite whatever writes shares the one writer.

mod audit;
mod components;
mod deployments;
mod description;
mod leases;
mod markers;
mod nodes;
mod releases;
mod reports;
mod settings;
mod signals;
mod tables;

use std::time::Duration;

use sea_query::{QueryStatementWriter, SchemaStatementBuilder};

use crate::{
    Store, StoreError,
    database::{RawRow, Statement, Target},
    dialect::Flavor,
    failure::classify,
};

pub use audit::AuditEntry;
pub use components::ComponentEntry;
pub use deployments::DeploymentRow;
pub use description::{Beat, Membership, NodeDescription, NodeEntry, NodeState, NodeStatus, Wanted};
pub use leases::{FencingToken, LeaseEntry};
pub use markers::{Marker, Settled};
pub use releases::ReleaseRow;
pub use reports::Report;
pub use signals::Signals;

pub(crate) use leases::{acquire, fence, take_again};
pub(crate) use markers::insert as insert_marker;
pub(crate) use signals::Local;
pub(crate) use tables::{column, optional, table};

/// What the nodes of a cluster share in the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cluster {
    store: Store,
}

impl Store {
    /// What the nodes of a cluster share in this database. [`Cluster::install`] comes first.
    pub fn cluster(&self) -> Cluster {
        Cluster { store: self.clone() }
    }
}

impl Cluster {
    fn flavor(&self) -> Flavor {
        self.store.flavor
    }

    /// A statement of the cluster's own. Connections remember it: there are few, and they come again and again.
    fn statement(&self, statement: &impl QueryStatementWriter) -> Statement {
        remembered(self.flavor(), statement)
    }

    fn definition(&self, statement: &impl SchemaStatementBuilder) -> String {
        self.flavor().definition(statement)
    }

    /// Writes, on the connections of the cluster's duties.
    async fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        Target::Duty(&self.store.pools).execute(statement).await.map_err(unclassified)
    }

    /// Writes and reads what was written, on the connections of the cluster's duties.
    async fn fetch<T: Send>(
        &self,
        statement: &Statement,
        read: &mut (dyn FnMut(RawRow<'_>) -> Result<T, sqlx::Error> + Send),
    ) -> Result<Vec<T>, StoreError> {
        Target::Duty(&self.store.pools).fetch(statement, read).await.map_err(unclassified)
    }

    /// Reads, on any connection.
    async fn read<T: Send>(
        &self,
        statement: &Statement,
        read: &mut (dyn FnMut(RawRow<'_>) -> Result<T, sqlx::Error> + Send),
    ) -> Result<Vec<T>, StoreError> {
        Target::Anywhere(&self.store.pools).fetch(statement, read).await.map_err(unclassified)
    }
}

pub(crate) fn remembered(flavor: Flavor, statement: &impl QueryStatementWriter) -> Statement {
    let (sql, values) = flavor.statement(statement);
    Statement { sql: sql.into(), values, remembered: true }
}

/// The cluster's tables have no names in the model.
pub(crate) fn unclassified(error: sqlx::Error) -> StoreError {
    classify(error, None)
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// A text column that is never NULL.
pub(crate) fn text(row: RawRow<'_>, column: usize) -> Result<String, sqlx::Error> {
    Ok(row.text(column)?.unwrap_or_default().to_owned())
}
