//! Beginning a transaction on PostgreSQL so that nobody can give it up halfway.
//!
//! Whoever waits for a transaction to begin may go away meanwhile: its client has closed the connection, or the database is
//! taken to be away. The driver would then put a connection back that the server has begun a transaction on, while the
//! driver knows of none. Whatever the next user of the connection does alone would be part of that transaction, reported as done
//! and undone by the next rollback. So a begin that nobody waits for any more is carried on to its end, and then undone.

use futures_util::future::BoxFuture;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::runtime::Handle;

type Begin = BoxFuture<'static, Result<Transaction<'static, Postgres>, sqlx::Error>>;

/// Begins a transaction.
pub(super) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    // Waiting for a connection may be given up at any time.
    let connection = pool.acquire().await?;
    let mut unfinished = Unfinished(Transaction::begin(connection, None), false);
    let begun = (&mut unfinished.0).await;
    unfinished.1 = true;
    begun
}

/// A transaction that is beginning, and whether it has.
struct Unfinished(Begin, bool);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.1 {
            return;
        }
        let nothing: Begin = Box::pin(std::future::pending());
        let begin = std::mem::replace(&mut self.0, nothing);
        // Without a runtime the process ends, and the connection with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { drop(begin.await) });
        }
    }
}
