//! Microflows that must not run twice at once, on any node.
//!
//! [`Locks`] are a node's. An execution first takes its *place* in a table of the node, so that others of the same node are turned
//! away without asking anybody; then the *lease* `microflow:<qualified name>` in the database, which all nodes share. Both
//! together are a [`Hold`]. While it lasts, a task renews the lease; when it is dropped, it is given back, in the background.
//!
//! A lease is a promise for some seconds, not a fact: a node that was stopped and goes on later still believes in it. So whoever
//! holds one asks the database before its work becomes durable, in the same transaction ([`Hold::fence`]); until that transaction
//! has ended, nobody else gets the lease.
//!
//! Which microflows are to be locked, and what happens to those who come second, is the request's business.

mod hold;
mod places;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use brooklet_store::{Cluster, StoreError, Transaction};

pub(crate) use hold::Hold;

use self::places::Places;
use crate::{clock::Clock, limits::LockLimits};

/// The locks of a node; cheap to clone.
#[derive(Clone, Debug)]
pub struct Locks {
    cluster: Cluster,
    places: Places,
    /// Who holds the leases, for operators.
    holder: Arc<str>,
    limits: LockLimits,
}

/// Why it is not known whether a lock is free.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task that asks was ended.
    #[error("the task that takes a lease has ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Locks {
    /// The locks of a node of that name. The cluster's tables have been installed.
    pub fn new(cluster: Cluster, node: &str, clock: &Clock, limits: LockLimits) -> Self {
        let holder = format!("{node} {:016x}", u64::from_be_bytes(clock.random_bytes()));
        Self { cluster, places: Places::default(), holder: holder.into(), limits }
    }

    /// Takes the lock of a microflow; none when somebody has it.
    pub(crate) async fn acquire(
        &self,
        microflow: &str,
        transaction: &mut Transaction,
    ) -> Result<Option<Hold>, LockError> {
        let Some(place) = self.places.take(microflow) else { return Ok(None) };
        let lease = lease(microflow);
        if transaction.acquires_inside() {
            let token = transaction.acquire(&lease, &self.holder, self.limits.lease).await?;
            return Ok(token.map(|token| Hold::new(self.cluster.clone(), lease, token, place, &self.limits)));
        }
        // In a task of its own: when the caller goes away meanwhile, there is a hold to be dropped and no lease is left behind.
        let Self { cluster, holder, limits, .. } = self.clone();
        let acquiring = tokio::spawn(async move {
            let token = cluster.acquire(&lease, &holder, limits.lease).await?;
            Ok(token.map(|token| Hold::new(cluster, lease, token, place, &limits)))
        });
        acquiring.await?
    }
}

/// The lease of a microflow.
fn lease(microflow: &str) -> String {
    format!("microflow:{microflow}")
}
