//! A lock that is held: renewed while it lasts, given back when it ends.

use brooklet_store::{Cluster, FencingToken, StoreError, Transaction};
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use super::places::Place;
use crate::limits::LockLimits;

/// A lock that is held. Dropping it gives it back, in the background.
#[derive(Debug)]
pub(crate) struct Hold {
    cluster: Cluster,
    lease: String,
    token: FencingToken,
    pub(super) renewal: JoinHandle<()>,
    /// Taken out when the lock is given back.
    place: Option<Place>,
}

impl Hold {
    /// A lock whose lease has been acquired.
    pub(super) fn new(cluster: Cluster, lease: String, token: FencingToken, place: Place, limits: &LockLimits) -> Self {
        let renewal = tokio::spawn(renew(cluster.clone(), lease.clone(), token, limits.clone()));
        Self { cluster, lease, token, renewal, place: Some(place) }
    }

    /// The microflow that is locked.
    pub(crate) fn microflow(&self) -> &str {
        self.place.as_ref().map_or("", Place::microflow)
    }

    /// Whether nobody has taken the lease away; if so, nobody does before the transaction ends.
    pub(crate) async fn fence(&self, transaction: &mut Transaction) -> Result<bool, StoreError> {
        transaction.fence(&self.lease, self.token).await
    }

    /// Gives the lock back and waits for it, so that whoever comes next finds it free. Goes on when the caller does not wait.
    pub(crate) async fn release(mut self) {
        if let Some(task) = self.give_back() {
            let _ended = task.await;
        }
    }

    fn give_back(&mut self) -> Option<JoinHandle<()>> {
        let place = self.place.take()?;
        self.renewal.abort();
        // Without a runtime the process is about to end, and the lease with its time.
        let runtime = Handle::try_current().ok()?;
        let (cluster, lease, token) = (self.cluster.clone(), self.lease.clone(), self.token);
        Some(runtime.spawn(async move {
            if let Err(error) = cluster.release(&lease, token).await {
                tracing::warn!(%error, lease, "a lease could not be given back; it ends when its time is over");
            }
            // Only now: the lease would turn away whoever came earlier.
            drop(place);
        }))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Renews a lease for ever. A lease that is lost may come back: a rollback takes an acquisition away, and the transaction
/// puts it back.
async fn renew(cluster: Cluster, lease: String, token: FencingToken, limits: LockLimits) {
    let mut ticks = interval(limits.rhythm());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once.
    ticks.tick().await;
    let mut is_lost = false;
    loop {
        ticks.tick().await;
        match cluster.renew(&lease, token, limits.lease).await {
            Ok(true) => is_lost = false,
            Ok(false) if is_lost => {}
            Ok(false) => {
                tracing::warn!(lease, "a lease is lost: its time was over, and somebody else has it");
                is_lost = true;
            }
            Err(error) => tracing::warn!(%error, lease, "a lease could not be renewed"),
        }
    }
}
