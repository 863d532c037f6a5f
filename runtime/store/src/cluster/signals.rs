//! Signals: something that nodes share has changed, and whoever follows it had better look.
//!
//! A signal says nothing more, may come once for several changes, and may be lost with a connection: whoever waits for one looks
//! now and then as well. PostgreSQL passes signals on (`LISTEN`, `NOTIFY`); a SQLite file counts its changes, and is asked.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::watch;

use super::Cluster;
use crate::{
    database::{Pools, RawRow, Statement, Target},
    limits,
};

/// The name under which PostgreSQL passes signals on.
const CHANNEL: &str = "brooklet";

/// Waits for signals. One for each follower.
#[derive(Debug)]
pub struct Signals {
    cluster: Cluster,
    /// Those of this process.
    local: watch::Receiver<()>,
    /// Those of others.
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A connection that listens; none when there is no database at the moment.
    Listener(Option<Box<PgListener>>),
    /// How often the file had changed when it was last asked.
    Counter(Option<i64>),
}

/// Signals within the process come at once.
pub(crate) type Local = watch::Sender<()>;

impl Cluster {
    /// Wakes whoever waits for signals, on all nodes. Nothing is lost when it cannot be sent but time.
    pub async fn signal(&self) {
        self.store.local.send_replace(());
        if let Pools::Postgres { .. } = self.store.pools {
            let notify = Statement::text(format!("NOTIFY {CHANNEL}"));
            if let Err(error) = Target::Duty(&self.store.pools).execute(&notify).await {
                tracing::debug!(%error, "a signal could not be sent; others will look by themselves");
            }
        }
    }

    /// Signals from now on.
    pub fn signals(&self) -> Signals {
        let source = match self.store.pools {
            Pools::Postgres { .. } => Source::Listener(None),
            Pools::Sqlite { .. } => Source::Counter(None),
        };
        Signals { cluster: self.clone(), local: self.store.local.subscribe(), source }
    }
}

impl Signals {
    /// Done at the next signal, or after `at_most`.
    pub async fn next(&mut self, at_most: Duration) {
        let Self { cluster, local, source } = self;
        tokio::select! {
            // The sender is the store's own: it is there as long as the cluster is.
            _ = local.changed() => {}
            () = tokio::time::sleep(at_most) => {}
            () = source.next(cluster) => {}
        }
    }
}

impl Source {
    /// Done when another process has sent a signal.
    async fn next(&mut self, cluster: &Cluster) {
        match self {
            Self::Listener(listener) => loop {
                if let Some(open) = listener {
                    match open.recv().await {
                        Ok(_) => {
                            // Those that came meanwhile say the same.
                            while let Some(_same) = open.next_buffered() {}
                            return;
                        }
                        Err(error) => {
                            tracing::debug!(%error, "the connection that listens for signals is lost");
                            *listener = None;
                        }
                    }
                }
                match listen(cluster).await {
                    // Whatever was sent before it listened is to be looked for.
                    Ok(open) => {
                        *listener = Some(Box::new(open));
                        return;
                    }
                    Err(error) => {
                        tracing::debug!(%error, "signals cannot be listened for");
                        tokio::time::sleep(limits::SIGNAL_RETRY).await;
                    }
                }
            },
            Self::Counter(known) => loop {
                let count = changes(cluster).await;
                if count.is_some() && count != *known {
                    let is_first = known.is_none();
                    *known = count;
                    if !is_first {
                        return;
                    }
                }
                tokio::time::sleep(limits::SIGNAL_POLL).await;
            },
        }
    }
}

async fn listen(cluster: &Cluster) -> Result<PgListener, sqlx::Error> {
    let Pools::Postgres { duties, .. } = &cluster.store.pools else { return Err(sqlx::Error::PoolClosed) };
    let mut listener = PgListener::connect_with(duties).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// How often the file was changed by other connections than the one that asks.
async fn changes(cluster: &Cluster) -> Option<i64> {
    let statement = Statement { remembered: true, ..Statement::text("PRAGMA data_version") };
    let read: &mut (dyn FnMut(RawRow<'_>) -> Result<i64, sqlx::Error> + Send) = &mut |row| row.number(0);
    Target::Alone(&cluster.store.pools).fetch(&statement, read).await.ok()?.pop()
}
