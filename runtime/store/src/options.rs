//! How a store connects.

use std::time::Duration;

use crate::limits;

/// Settings of a connection pool. The defaults are those of [`crate::limits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Connections to a PostgreSQL server.
    pub postgres_connections: u32,
    /// Connections that read a SQLite file.
    pub sqlite_readers: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// How long a write waits for another transaction's lock.
    pub lock_timeout: Duration,
    /// How long a transaction may be silent on PostgreSQL before the server ends it.
    pub idle_transaction: Duration,
    /// How long a node's number rests before it is another's.
    pub number_rest: Duration,
    /// Objects that one query may return; asking for more is [`crate::StoreError::TooManyRows`].
    pub rows_per_query: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            postgres_connections: limits::POSTGRES_CONNECTIONS_MAX,
            sqlite_readers: limits::SQLITE_READERS_MAX,
            acquire_timeout: limits::ACQUIRE_TIMEOUT,
            lock_timeout: limits::LOCK_TIMEOUT,
            idle_transaction: limits::IDLE_TRANSACTION,
            number_rest: limits::NUMBER_REST,
            rows_per_query: limits::ROWS_PER_QUERY_MAX,
        }
    }
}
