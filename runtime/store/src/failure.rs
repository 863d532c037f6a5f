//! From a driver's error to a [`StoreError`].

use sqlx::error::{DatabaseError, ErrorKind};

use crate::{StoreError, schema::Schema};

/// SQLSTATE codes of PostgreSQL that mean: another transaction is in the way.
const POSTGRES_CONFLICTS: [&str; 5] = [
    "40001", // serialization_failure
    "40P01", // deadlock_detected
    "55P03", // lock_not_available, after lock_timeout
    "25P03", // idle_in_transaction_session_timeout: others needed what this one held while it was silent
    "0A000", // feature_not_supported: "cached plan must not change result type", after another node's migration
];

/// How SQLSTATE codes of PostgreSQL begin that mean: the server cannot be used now (connections, resources, shutting down).
const POSTGRES_OUTAGES: [&str; 3] = ["08", "53", "57P"];

/// Primary result codes of SQLite.
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;

/// What an operator can do about a database that does not answer.
const REMEDY: &str = "check that it runs, that its address and password are right, and that this node may reach it";

/// Classifies an error. The schema, where there is one, gives back the model's names.
pub(crate) fn classify(error: sqlx::Error, schema: Option<&Schema>) -> StoreError {
    let kind = match &error {
        sqlx::Error::Database(database) => return classify_database(database.as_ref(), schema).attach(error),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Class::Unreachable
        }
        sqlx::Error::PoolTimedOut => Class::Exhausted,
        _ => Class::Other,
    };
    kind.attach(error)
}

enum Class {
    Unique { entity: String, members: Vec<String> },
    Foreign,
    Conflict,
    Unreachable,
    Exhausted,
    Other,
}

impl Class {
    fn attach(self, source: sqlx::Error) -> StoreError {
        match self {
            Self::Unique { entity, members } => StoreError::Unique { entity, members, source },
            Self::Foreign => StoreError::Foreign { source },
            Self::Conflict => StoreError::Conflict { source },
            Self::Unreachable => StoreError::Unreachable { remedy: REMEDY.to_owned(), source },
            Self::Exhausted => StoreError::Exhausted,
            Self::Other => StoreError::Other { source },
        }
    }
}

fn classify_database(error: &dyn DatabaseError, schema: Option<&Schema>) -> Class {
    match error.kind() {
        ErrorKind::UniqueViolation => return unique(error, schema),
        ErrorKind::ForeignKeyViolation => return Class::Foreign,
        _ => {}
    }
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte is the primary code; SQLITE_BUSY_SNAPSHOT and its kin are in the rest.
        return match code.parse::<i32>().unwrap_or_default() & 0xff {
            SQLITE_BUSY | SQLITE_LOCKED => Class::Conflict,
            _ => Class::Other,
        };
    }
    if POSTGRES_CONFLICTS.contains(&code.as_ref()) {
        Class::Conflict
    } else if POSTGRES_OUTAGES.iter().any(|begin| code.starts_with(begin)) {
        Class::Unreachable
    } else {
        Class::Other
    }
}

/// Which rule was violated: PostgreSQL names the index, SQLite the columns (`UNIQUE constraint failed: t.a, t.b`).
fn unique(error: &dyn DatabaseError, schema: Option<&Schema>) -> Class {
    let rule = schema.and_then(|schema| match error.constraint() {
        Some(index) => schema.unique_named(index).or_else(|| schema.unique_like(error.table()?, index)),
        None => {
            let columns = error.message().split_once(": ").map(|(_, columns)| columns).unwrap_or_default();
            let columns: Vec<_> = columns.split(", ").collect();
            let table = || columns.first()?.split_once('.').map(|(table, _)| table);
            schema.unique_over(&columns).or_else(|| schema.unique_like(table()?, &columns.join("$")))
        }
    });
    match rule {
        Some(rule) => Class::Unique { entity: rule.entity.clone(), members: rule.members.clone() },
        None => Class::Unique { entity: String::new(), members: Vec::new() },
    }
}
