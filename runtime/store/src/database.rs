//! The pools of connections, and how a statement gets to a database and its rows back.
//!
//! SQLite has one connection that writes and several that read: writers of one node then queue here, where waiting is
//! fair and cheap, and meet writers of other processes only at the file's lock.

mod begin;
mod connect;
mod raw;

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_query::Values;
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Connection, Executor, IntoArguments, PgPool, Postgres, Sqlite, SqlitePool,
    database::HasStatementCache,
};

pub(crate) use connect::connect;
pub(crate) use raw::RawRow;

/// One database's connections.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite { reader: SqlitePool, writer: SqlitePool },
    Postgres { requests: PgPool, duties: PgPool },
}

/// A transaction that has begun. Dropping it rolls back.
pub(crate) enum Open {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Where a statement runs.
pub(crate) enum Target<'a> {
    /// On any free connection, outside a transaction: for reading.
    Anywhere(&'a Pools),
    /// In a transaction of its own, which may write.
    Alone(&'a Pools),
    /// In a transaction of its own, which may write and is over at once: on connections that are kept for such.
    Duty(&'a Pools),
    /// In a transaction.
    Within(&'a mut Open),
}

/// A statement and its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: Arc<str>,
    pub(crate) values: Values,
    /// Whether connections remember how it was prepared, because it will come again.
    pub(crate) remembered: bool,
}

impl Statement {
    /// A statement that is not worth remembering.
    pub(crate) fn once((sql, values): (String, Values)) -> Self {
        Self { sql: sql.into(), values, remembered: false }
    }

    /// A statement without values that is not worth remembering.
    pub(crate) fn text(sql: impl Into<Arc<str>>) -> Self {
        Self { sql: sql.into(), values: Values(Vec::new()), remembered: false }
    }
}

/// What is done with a row: it is turned into something, or it ends the run.
pub(crate) type Decode<'a, T, E> = &'a mut (dyn FnMut(RawRow<'_>) -> Result<T, E> + Send);

impl Pools {
    /// Begins a transaction that may write.
    pub(crate) async fn begin(&self) -> Result<Open, sqlx::Error> {
        Ok(match self {
            // IMMEDIATE: the lock is taken now, where waiting works, not when the first write finds it taken.
            Self::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { requests, .. } => Open::Postgres(begin::begin(requests).await?),
        })
    }

    /// Runs a command in no transaction, for a long time if it must be, on a connection that is closed then.
    pub(crate) async fn aside(&self, sql: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite { writer, .. } => {
                writer.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.map(|_| ())
            }
            Self::Postgres { requests, .. } => {
                let mut connection = requests.acquire().await?.detach();
                let limit_ms = crate::limits::ASIDE_TIME.as_millis();
                let settings = format!("SET statement_timeout = {limit_ms}; SET lock_timeout = 0");
                connection.execute(sqlx::raw_sql(AssertSqlSafe(settings))).await?;
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await?;
                connection.close().await
            }
        }
    }

    /// Further connections for sessions, to a file of its own on SQLite. Opened when they are first used.
    pub(crate) fn for_sessions(&self) -> Self {
        connect::for_sessions(self)
    }

    /// Waits for the connections in use and closes all.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { reader, writer } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres { requests, duties } => {
                requests.close().await;
                duties.close().await;
            }
        }
    }
}

impl Open {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await,
            Self::Postgres(transaction) => transaction.rollback().await,
        }
    }

    /// Runs a command without values or results: a savepoint, say.
    pub(crate) async fn command(&mut self, sql: String) -> Result<(), sqlx::Error> {
        let command = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(transaction) => (&mut **transaction).execute(command).await.map(|_| ()),
            Self::Postgres(transaction) => (&mut **transaction).execute(command).await.map(|_| ()),
        }
    }
}

impl Target<'_> {
    /// Runs a statement and answers how many rows it changed.
    pub(crate) async fn execute(self, statement: &Statement) -> Result<u64, sqlx::Error> {
        match self {
            Self::Anywhere(Pools::Sqlite { reader, .. }) => {
                query::<Sqlite>(statement).execute(reader).await.map(|done| done.rows_affected())
            }
            Self::Alone(Pools::Sqlite { writer, .. }) | Self::Duty(Pools::Sqlite { writer, .. }) => {
                query::<Sqlite>(statement).execute(writer).await.map(|done| done.rows_affected())
            }
            Self::Anywhere(Pools::Postgres { requests: pool, .. })
            | Self::Alone(Pools::Postgres { requests: pool, .. })
            | Self::Duty(Pools::Postgres { duties: pool, .. }) => {
                query::<Postgres>(statement).execute(pool).await.map(|done| done.rows_affected())
            }
            Self::Within(Open::Sqlite(transaction)) => {
                query::<Sqlite>(statement).execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
            Self::Within(Open::Postgres(transaction)) => {
                query::<Postgres>(statement).execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
        }
    }

    /// Runs a statement and turns each row into something, as the rows arrive.
    pub(crate) async fn fetch<T: Send, E: From<sqlx::Error> + Send>(
        self,
        statement: &Statement,
        decode: Decode<'_, T, E>,
    ) -> Result<Vec<T>, E> {
        match self {
            Self::Anywhere(Pools::Sqlite { reader, .. }) => {
                collect::<Sqlite, _, _, _>(reader, statement, |row| RawRow::Sqlite(row), decode).await
            }
            Self::Alone(Pools::Sqlite { writer, .. }) | Self::Duty(Pools::Sqlite { writer, .. }) => {
                collect::<Sqlite, _, _, _>(writer, statement, |row| RawRow::Sqlite(row), decode).await
            }
            Self::Anywhere(Pools::Postgres { requests: pool, .. })
            | Self::Alone(Pools::Postgres { requests: pool, .. })
            | Self::Duty(Pools::Postgres { duties: pool, .. }) => {
                collect::<Postgres, _, _, _>(pool, statement, |row| RawRow::Postgres(row), decode).await
            }
            Self::Within(Open::Sqlite(transaction)) => {
                collect::<Sqlite, _, _, _>(&mut **transaction, statement, |row| RawRow::Sqlite(row), decode).await
            }
            Self::Within(Open::Postgres(transaction)) => {
                collect::<Postgres, _, _, _>(&mut **transaction, statement, |row| RawRow::Postgres(row), decode).await
            }
        }
    }
}

type Query<'q, DB> = sqlx::query::Query<'q, DB, <DB as sqlx::Database>::Arguments>;

fn query<'q, DB>(statement: &Statement) -> Query<'q, DB>
where
    DB: sqlx::Database + HasStatementCache,
    SqlxValues: IntoArguments<DB>,
    DB::Arguments: IntoArguments<DB>,
{
    let arguments = SqlxValues(statement.values.clone()).into_arguments();
    sqlx::query_with(AssertSqlSafe(statement.sql.clone()), arguments).persistent(statement.remembered)
}

async fn collect<'e, DB, C, T, E>(
    connection: C,
    statement: &Statement,
    wrap: for<'r> fn(&'r DB::Row) -> RawRow<'r>,
    decode: Decode<'_, T, E>,
) -> Result<Vec<T>, E>
where
    DB: sqlx::Database + HasStatementCache,
    C: Executor<'e, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    DB::Arguments: IntoArguments<DB>,
    E: From<sqlx::Error>,
{
    let mut rows = query::<DB>(statement).fetch(connection);
    let mut decoded = Vec::new();
    while let Some(row) = rows.try_next().await? {
        decoded.push(decode(wrap(&row))?);
    }
    Ok(decoded)
}
