//! Every limit of the state stores, by name.

use std::time::Duration;

/// How long a session lives after its last use, unless the model or a setting says otherwise.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest duration that is told apart from longer ones: a hundred years.
pub const DURATION_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

/// Sessions in one answer of [`crate::State::list`].
pub const SESSIONS_PER_LIST_MAX: u32 = 1_000;

/// How long connecting to Redis may take, with everything that belongs to it.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an answer of Redis may take.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long commands fail at once after connecting to Redis failed, before one of them tries again.
pub const REDIS_RECONNECT_PAUSE: Duration = Duration::from_millis(200);

/// Commands that wait to be sent to Redis; more requests wait for a place.
pub const REDIS_COMMANDS_QUEUED_MAX: usize = 1_024;

/// How long a statement may take when sessions are in the application's database, waiting for a connection included.
pub const SQL_TIMEOUT: Duration = Duration::from_secs(3);

/// How long making the tables of sessions in a database may take, or removing those that have timed out.
pub const SQL_CHORE_TIMEOUT: Duration = Duration::from_secs(60);

/// How much longer than they live Redis keeps sessions and counts of failed logins: more than clocks differ.
pub const REDIS_GRACE: Duration = Duration::from_secs(60);

/// Sessions that have timed out and are removed when another one is opened.
pub const PURGED_PER_OPEN_MAX: u64 = 100;

/// Sessions that have timed out and are removed by one script: Redis does nothing else meanwhile.
pub const SWEPT_AT_ONCE_MAX: u64 = 1_000;
