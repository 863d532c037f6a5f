//! Every limit of the store, by name.

use std::time::Duration;

/// Connections that one node keeps to a PostgreSQL server.
pub const POSTGRES_CONNECTIONS_MAX: u32 = 20;

/// Connections that one node keeps to a PostgreSQL server for leases and heartbeats, besides those of requests: so these go
/// on when requests need all.
pub const DUTY_CONNECTIONS_MAX: u32 = 8;

/// How long a lease or a heartbeat waits for one of those connections, or for a lock.
pub const DUTY_TIMEOUT: Duration = Duration::from_secs(3);

/// How often the cluster's tables are tried to be made when other transactions are in the way.
pub const INSTALL_ATTEMPTS: u32 = 5;

/// How long a number of a node is nobody's after the time of its owner was over: ids bear the time at which they were drawn, by
/// the owner's clock, and nodes' clocks differ. It is also how long an owner that cannot be heard, because somebody holds the
/// one writer of SQLite, may go on drawing ids.
pub const NUMBER_REST: Duration = Duration::from_secs(10 * 60);

/// How long a dead node is listed after its time was over.
pub const DEAD_NODES_LISTED: Duration = Duration::from_secs(15 * 60);

/// Connections that one node keeps to a PostgreSQL server for sessions, besides those of requests.
pub const SESSION_CONNECTIONS_MAX: u32 = 6;

/// How long a session's statement waits for one of those connections, or for a lock.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(1);

/// How long it waits for the SQLite file of the sessions, for which nobody queues.
pub const SESSION_FILE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections that one node reads a SQLite file with; one more connection writes.
pub const SQLITE_READERS_MAX: u32 = 4;

/// How long a request waits for a connection of the pool.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may rest without being asked whether it lives before its next use. Shorter than any outage: what
/// rested through one must not fail the first call after it.
pub const IDLE_UNTESTED: Duration = Duration::from_millis(500);

/// How long a write waits for a lock that another transaction holds.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a transaction may be silent before PostgreSQL ends it: a node that is stopped must not keep what it has locked.
pub const IDLE_TRANSACTION: Duration = Duration::from_secs(60);

/// How long one statement may run on PostgreSQL.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(300);

/// How long an index may take to be built while others write, transactions included that are under way when it begins.
pub const ASIDE_TIME: Duration = Duration::from_secs(3_600);

/// How long a migration waits for another node's migration.
pub const MIGRATION_LOCK_TIMEOUT: Duration = Duration::from_secs(300);

/// How long a migration waits for a table that requests use, before it lets them pass and tries again.
pub const TABLE_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a migration is tried when other transactions are in its way.
pub const MIGRATION_ATTEMPTS: u32 = 20;

/// Prepared statements that each connection remembers.
pub const STATEMENTS_PER_CONNECTION: usize = 512;

/// Objects that one query may return when the caller sets no lower limit.
pub const ROWS_PER_QUERY_MAX: usize = 1_000_000;

/// Rows in one INSERT or UPDATE statement; more go into further statements.
pub const ROWS_PER_STATEMENT_MAX: usize = 1_000;

/// Values in one statement: SQLite accepts 32,766, PostgreSQL 65,535.
pub const VALUES_PER_STATEMENT_MAX: usize = 30_000;

/// Ids looked up by one statement (they travel as one value).
pub const IDS_PER_STATEMENT_MAX: usize = 10_000;

/// Parameters of one query.
pub const PARAMETERS_PER_QUERY_MAX: usize = 62;

/// Renderings that are kept of one query, and of all statements that follow from the model alone.
pub const VARIANTS_PER_CACHE_MAX: usize = 4_096;

/// Bytes of a table's or column's name: PostgreSQL cuts longer ones.
pub const NAME_BYTES_MAX: usize = 63;

/// How often a SQLite file is asked whether another process has changed it, while somebody waits for that.
pub const SIGNAL_POLL: Duration = Duration::from_millis(20);

/// How long nobody listens for signals when PostgreSQL cannot be reached.
pub const SIGNAL_RETRY: Duration = Duration::from_millis(500);

/// Groups of equal rows that a refusal of a new unique rule lists, and rows that any other lists.
pub const EXAMPLES_LISTED_MAX: u64 = 10;

/// Characters of a value that a refusal shows.
pub const EXAMPLE_CHARS_MAX: usize = 60;

/// Rows that one transaction of a migration rewrites; more go into further transactions, so that requests pass in between.
pub const ROWS_PER_BATCH: u64 = 5_000;

/// How many parked things of one name are looked at when something of that name comes back.
pub const NAMESAKES_MAX: u32 = 100;

/// Refusals that an error's text spells out.
pub const REFUSALS_SHOWN_MAX: usize = 5;

/// What administrators did that is remembered.
pub const AUDIT_ENTRIES_KEPT: i64 = 10_000;
