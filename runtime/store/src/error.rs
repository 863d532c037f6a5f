//! What can go wrong with a store.
//!
//! An error has two readers. A *client* sees [`StoreError::client_message`], which never shows SQL, table names or
//! addresses. An *operator* sees the error itself and its source, as the database worded it. A microflow may handle
//! [`StoreError::Unique`] and [`StoreError::Foreign`]; who runs it may try again after a [`StoreError::Conflict`].
//!
//! After an error inside a transaction that has written, the transaction accepts nothing but a rollback, to a savepoint
//! or to its begin: so it is on PostgreSQL, and so it is made to be on SQLite.

use crate::{Refusal, limits};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that is supported.
    #[error(
        "the database URL {url:?} is not understood: {reason}; use sqlite::memory:, sqlite:path or postgres://user@host/database"
    )]
    Url {
        /// What was given, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database does not answer, or the connection broke.
    #[error("the database cannot be reached: {source}; {remedy}")]
    Unreachable {
        /// What an operator can do.
        remedy: String,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// Every connection of the pool was in use for too long.
    #[error("no database connection became free in time; raise the pool's limit or make transactions shorter")]
    Exhausted,
    /// Another object has the same values in attributes that must be unique, or the same one-to-one reference.
    #[error("{entity} has an object with the same {}", .members.join(", "))]
    Unique {
        /// Qualified name of the entity that has the rule; empty when it is not in this model.
        entity: String,
        /// Names of the attributes, or the qualified name of the association.
        members: Vec<String>,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// A reference names an object that does not exist (any more).
    #[error("an object that is referred to does not exist any more: {source}")]
    Foreign {
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// Another transaction is in the way: a lock was not granted in time, or a deadlock was broken. Trying the whole
    /// transaction again may succeed.
    #[error("another transaction holds what this one needs: {source}")]
    Conflict {
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// The query found more objects than may be returned.
    #[error("the query finds more than {limit} objects; narrow its constraint or give it a limit")]
    TooManyRows {
        /// How many are allowed.
        limit: usize,
    },
    /// A value cannot be stored in its attribute.
    #[error("{member}: {reason}")]
    Value {
        /// Where it was to be stored.
        member: String,
        /// Why it cannot.
        reason: String,
    },
    /// A query of the model cannot be turned into SQL.
    #[error("the query {query:?} cannot be run: {reason}")]
    Query {
        /// The constraint as the model spells it.
        query: String,
        /// Why it cannot.
        reason: String,
    },
    /// The model cannot be stored.
    #[error("the model cannot be stored: {0}")]
    Model(String),
    /// Stored objects stand in the way of a new version of the model.
    #[error("the data does not allow the new version: {}", refused(.0))]
    Refused(Vec<Refusal>),
    /// The database is not as it was when the migration was planned: another one came in between.
    #[error("the database has changed since the migration was planned, at the step {step:?}; plan it again")]
    Outdated {
        /// The step that does not fit, in words.
        step: String,
    },
    /// Whoever migrates holds the lease no more: somebody else has taken it.
    #[error("the lease {lease:?} is somebody else's by now: the migration goes on there")]
    Fenced {
        /// The lease.
        lease: String,
    },
    /// A migration was broken off by [`crate::Migrator::on_step`]. It can be carried on or taken back.
    #[error("the migration was stopped before: {before}")]
    Stopped {
        /// The step that was not done, in words.
        before: String,
    },
    /// The transaction had an error before and was not rolled back since.
    #[error("the transaction had an error; roll back to a savepoint or to its begin first")]
    Failed,
    /// The savepoint is not one of the transaction's current savepoints.
    #[error("the savepoint was released or rolled back before")]
    Savepoint,
    /// A reader has settled that the transaction does not count, because it took too long: [`crate::Cluster::settle`].
    #[error("the transaction took too long: somebody who needed its outcome has declared it void")]
    Aborted,
    /// Every number that a node can have is taken.
    #[error("the cluster has {nodes} nodes already, which is as many as there can be")]
    ClusterFull {
        /// How many there can be.
        nodes: u16,
    },
    /// The connection broke during the final commit: the work is either stored as a whole or not at all.
    #[error("the connection broke during the commit, whose outcome is unknown: {source}")]
    OutcomeUnknown {
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// What is stored cannot be read as the model says.
    #[error("{0}")]
    Data(String),
    /// Anything else.
    #[error("the database refused a statement: {source}")]
    Other {
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
}

impl StoreError {
    /// What a client may read: no SQL, no table names, no addresses.
    pub fn client_message(&self) -> String {
        match self {
            Self::Unique { members, .. } if !members.is_empty() => {
                format!("There is already an object with the same {}.", members.join(", "))
            }
            Self::Unique { .. } => "There is already an object with the same values.".to_owned(),
            Self::Foreign { .. } => "An object that is referred to does not exist any more.".to_owned(),
            Self::Conflict { .. } | Self::Aborted => {
                "The data is being changed by somebody else. Try again.".to_owned()
            }
            Self::TooManyRows { limit } => format!("The query finds more than {limit} objects."),
            Self::Value { member, reason } => format!("{member}: {reason}"),
            Self::Unreachable { .. } | Self::Exhausted | Self::OutcomeUnknown { .. } => {
                "The database is not available at the moment.".to_owned()
            }
            _ => "The database could not do what was asked.".to_owned(),
        }
    }

    /// Whether the same transaction, tried again from its begin, may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Exhausted | Self::Aborted)
    }
}

/// The first refusals in full, and how many more there are.
fn refused(refusals: &[Refusal]) -> String {
    let mut texts: Vec<_> = refusals.iter().take(limits::REFUSALS_SHOWN_MAX).map(Refusal::to_string).collect();
    if refusals.len() > texts.len() {
        texts.push(format!("and {} more", refusals.len() - texts.len()));
    }
    texts.join(". ")
}
