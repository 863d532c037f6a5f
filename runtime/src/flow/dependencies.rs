//! What a node depends on: its database, its state store. Who asks them whether they answer, and how.

use std::sync::Arc;

use brooklet_state::State;
use brooklet_store::{Dialect, Options, Store, StoreError};

use super::{
    Failure, FailureKind, failure_codes,
    outage::{Outage, Probe},
};
use crate::limits::fixed::OUTAGE_ANSWER_TIME;

/// The kind of a state store that is a server of its own. Others are in the database, or in this process.
const SERVER_OF_ITS_OWN: &str = "redis";

/// Whether the database and the state store answer.
#[derive(Debug)]
pub(super) struct Dependencies {
    database: Outage,
    state: Outage,
}

impl Dependencies {
    /// Begins to watch. `url` is the database's.
    pub(super) async fn watch(url: &str, store: &Store, state: &Arc<dyn State>) -> Result<Self, StoreError> {
        let database = match store.dialect() {
            // A file is always there.
            Dialect::Sqlite => Outage::never(),
            Dialect::Postgres => Outage::watch("database", database(url).await?),
        };
        let state = match state.kind() {
            SERVER_OF_ITS_OWN => Outage::watch("state store", sessions(state.clone())),
            _ => Outage::never(),
        };
        Ok(Self { database, state })
    }

    /// Whether all answer.
    pub(super) fn ready(&self) -> Result<(), Failure> {
        let not_ready = |why| Err(Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, why));
        if self.database.is_on() {
            return not_ready("the database does not answer");
        }
        if self.state.is_on() {
            return not_ready("the state store does not answer");
        }
        Ok(())
    }

    /// Does some work as long as the database answers. The state store says by itself, and soon, when it is away.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.database.guard(work).await
    }
}

/// Asks a database server on a connection of its own.
async fn database(url: &str) -> Result<Probe, StoreError> {
    let options = Options { postgres_connections: 1, acquire_timeout: OUTAGE_ANSWER_TIME, ..Options::default() };
    let url: Arc<str> = url.into();
    let kept = Arc::new(tokio::sync::Mutex::new(Some(Store::connect(&url, options.clone()).await?)));
    Ok(Box::new(move || {
        let (url, options, kept) = (url.clone(), options.clone(), kept.clone());
        Box::pin(async move {
            let mut kept = kept.lock().await;
            // A connection that does not answer is dropped, also when there is no time to wait for it.
            if let Some(asked) = kept.take()
                && asked.ping().await.is_ok()
            {
                *kept = Some(asked);
                return Ok(());
            }
            let asked = Store::connect(&url, options).await.map_err(|error| error.to_string())?;
            asked.ping().await.map_err(|error| error.to_string())?;
            *kept = Some(asked);
            Ok(())
        })
    }))
}

fn sessions(state: Arc<dyn State>) -> Probe {
    Box::new(move || {
        let state = state.clone();
        Box::pin(async move { state.ping().await.map_err(|error| error.to_string()) })
    })
}
