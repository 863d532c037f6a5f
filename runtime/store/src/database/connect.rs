//! Opening a database.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgConnection, Row,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Pools;
use crate::{
    Dialect, Options, StoreError,
    dialect::{FOLD_COLLATIONS, Flavor},
    failure::classify,
    limits, sqlite,
};

/// The oldest PostgreSQL that is supported, as `server_version_num`.
const POSTGRES_VERSION_MIN: i32 = 140_000;

/// What the name of the file with the sessions ends in, after the name of the application's file.
const SESSIONS_SUFFIX: &str = "-sessions";

/// Opens the database that a URL names.
pub(crate) async fn connect(url: &str, options: &Options) -> Result<(Pools, Flavor), StoreError> {
    if url.starts_with("sqlite:") {
        connect_sqlite(url, options).await
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        connect_postgres(url, options).await
    } else {
        Err(bad_url(url, "no database of that kind is supported"))
    }
}

/// A complaint about a URL. What stands before an `@` may hold a password and is left out.
fn bad_url(url: &str, reason: impl ToString) -> StoreError {
    let url = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    };
    StoreError::Url { url, reason: reason.to_string() }
}

async fn connect_sqlite(url: &str, options: &Options) -> Result<(Pools, Flavor), StoreError> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let settings = SqliteConnectOptions::from_str(url)
        .map_err(|error| bad_url(url, error))?
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout)
        .statement_cache_capacity(limits::STATEMENTS_PER_CONNECTION)
        .collation(sqlite::DECIMAL_COLLATION, sqlite::compare_decimals)
        .pragma("temp_store", "memory");
    let flavor = Flavor { dialect: Dialect::Sqlite, fold_collation: "" };
    if in_memory {
        // The data lives as long as the connection: there is exactly one, and it never retires.
        let pool = sqlite_pool(options).max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(settings).await.map_err(|error| classify(error, None))?;
        return Ok((Pools::Sqlite { reader: pool.clone(), writer: pool }, flavor));
    }
    create_folder(settings.get_filename())?;
    // WAL: readers and the writer do not wait for one another. NORMAL: a crash of the process loses nothing, a power
    // failure may lose the last commits but never corrupts the file.
    let settings = settings.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
    let writer = sqlite_pool(options).max_connections(1).idle_timeout(None).max_lifetime(None);
    let writer = writer.connect_with(settings.clone()).await.map_err(|error| unopened(error, &settings))?;
    let reader = sqlite_pool(options).max_connections(options.sqlite_readers.max(1)).connect_lazy_with(settings);
    Ok((Pools::Sqlite { reader, writer }, flavor))
}

fn sqlite_pool(options: &Options) -> PoolOptions<sqlx::Sqlite> {
    SqlitePoolOptions::new()
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(async move { sqlite::register(&mut connection.lock_handle().await?) }))
}

fn create_folder(file: &Path) -> Result<(), StoreError> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| StoreError::Unreachable {
        remedy: format!("make sure that the folder {} can be made", folder.display()),
        source: sqlx::Error::Io(error),
    })
}

fn unopened(source: sqlx::Error, settings: &SqliteConnectOptions) -> StoreError {
    let file = settings.get_filename().display();
    StoreError::Unreachable { remedy: format!("make sure that {file} is a SQLite file that can be written"), source }
}

async fn connect_postgres(url: &str, options: &Options) -> Result<(Pools, Flavor), StoreError> {
    let lock_timeout_ms = options.lock_timeout.as_millis().to_string();
    let statement_timeout_ms = limits::STATEMENT_TIMEOUT.as_millis().to_string();
    let idle_transaction_ms = options.idle_transaction.as_millis().to_string();
    let settings = PgConnectOptions::from_str(url)
        .map_err(|error| bad_url(url, error))?
        .application_name("brooklet")
        .statement_cache_capacity(limits::STATEMENTS_PER_CONNECTION)
        .options([
            ("lock_timeout", lock_timeout_ms.as_str()),
            ("statement_timeout", statement_timeout_ms.as_str()),
            ("idle_in_transaction_session_timeout", idle_transaction_ms.as_str()),
            ("default_transaction_isolation", "read committed"),
            ("timezone", "UTC"),
            // That a table is there already is no news.
            ("client_min_messages", "warning"),
        ]);
    // One connection by hand: the pool would try a server that refuses until its time is over.
    let mut first = settings.connect().await.map_err(unreachable)?;
    let flavor = detect(&mut first).await?;
    first.close().await.map_err(unreachable)?;
    let requests = postgres_pool(options.postgres_connections.max(1), options.acquire_timeout);
    let duties = postgres_pool(limits::DUTY_CONNECTIONS_MAX, options.acquire_timeout.min(limits::DUTY_TIMEOUT));
    let duty_timeout_ms = options.lock_timeout.min(limits::DUTY_TIMEOUT).as_millis().to_string();
    let duty_settings = settings.clone().options([("lock_timeout", duty_timeout_ms.as_str())]);
    let pools = Pools::Postgres {
        requests: requests.connect_lazy_with(settings),
        duties: duties.connect_lazy_with(duty_settings),
    };
    Ok((pools, flavor))
}

fn postgres_pool(connections: u32, acquire_timeout: Duration) -> PoolOptions<sqlx::Postgres> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(acquire_timeout)
        // Asking a connection whether it lives costs a round trip: only those that rested are asked.
        .test_before_acquire(false)
        .before_acquire(|connection, resting| {
            Box::pin(async move {
                if resting.idle_for > limits::IDLE_UNTESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Further connections of the same kind, for statements that wait for nothing for long.
pub(super) fn for_sessions(pools: &Pools) -> Pools {
    match pools {
        Pools::Sqlite { writer, .. } => {
            let settings = SqliteConnectOptions::clone(&writer.connect_options());
            let mut file = settings.get_filename().as_os_str().to_owned();
            file.push(SESSIONS_SUFFIX);
            let settings = settings.filename(file).busy_timeout(limits::SESSION_FILE_TIMEOUT);
            // One connection for all, as statements are short. A database in memory needs exactly one.
            let pool =
                writer.options().clone().acquire_timeout(limits::SESSION_FILE_TIMEOUT).connect_lazy_with(settings);
            Pools::Sqlite { reader: pool.clone(), writer: pool }
        }
        Pools::Postgres { requests, .. } => {
            let timeout_ms = limits::SESSION_TIMEOUT.as_millis().to_string();
            let settings = PgConnectOptions::clone(&requests.connect_options());
            let settings = settings.options([("lock_timeout", timeout_ms.as_str())]);
            let pool =
                postgres_pool(limits::SESSION_CONNECTIONS_MAX, limits::SESSION_TIMEOUT).connect_lazy_with(settings);
            Pools::Postgres { requests: pool.clone(), duties: pool }
        }
    }
}

fn unreachable(source: sqlx::Error) -> StoreError {
    match classify(source, None) {
        StoreError::Other { source } => {
            StoreError::Unreachable { remedy: "check the URL's user, password and database".to_owned(), source }
        }
        other => other,
    }
}

/// Finds out what the server can do.
async fn detect(connection: &mut PgConnection) -> Result<Flavor, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(current_setting('server_version_num') AS integer), current_setting('server_encoding'), \
         ARRAY(SELECT CAST(collname AS text) FROM pg_collation WHERE collencoding IN (-1, 6))",
    )
    .fetch_one(connection)
    .await
    .map_err(|error| classify(error, None))?;
    let get = |error| classify(error, None);
    let version: i32 = row.try_get(0).map_err(get)?;
    let encoding: String = row.try_get(1).map_err(get)?;
    let collations: Vec<String> = row.try_get(2).map_err(get)?;
    if version < POSTGRES_VERSION_MIN {
        return Err(unsuitable(format!("PostgreSQL {} is too old; use 14 or newer", version / 10_000)));
    }
    if encoding != "UTF8" {
        return Err(unsuitable(format!("the database has the encoding {encoding}; create it with ENCODING 'UTF8'")));
    }
    let fold_collation = FOLD_COLLATIONS.into_iter().find(|name| collations.iter().any(|known| known == name));
    match fold_collation {
        Some(fold_collation) => Ok(Flavor { dialect: Dialect::Postgres, fold_collation }),
        None => Err(unsuitable("the server has no collation that knows Unicode; use one built with ICU".to_owned())),
    }
}

fn unsuitable(reason: String) -> StoreError {
    StoreError::Unreachable {
        remedy: reason,
        source: sqlx::Error::Configuration("the database is not suitable".into()),
    }
}
