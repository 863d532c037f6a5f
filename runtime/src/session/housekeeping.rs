//! What sessions leave behind, removed from time to time: sessions that have timed out, markers that nobody will ask for.
//!
//! Every node does it. Removing twice does no harm, and so nobody has to be chosen for it.

use tokio::task::AbortHandle;

use super::Sessions;
use crate::limits::fixed::HOUSEKEEPING_INTERVAL;

/// The task that does it; ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Housekeeping(AbortHandle);

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sessions {
    /// Removes what is over, from time to time, until the answer is dropped.
    pub(crate) fn keep_house(&self) -> Housekeeping {
        let (state, cluster, clock) = (self.state.clone(), self.cluster.clone(), self.clock.clone());
        let kept = self.markers_kept();
        let task = tokio::spawn(async move {
            loop {
                // Nodes that started together need not come together.
                let pause = HOUSEKEEPING_INTERVAL.mul_f64(0.5 + clock.random_fraction());
                tokio::time::sleep(pause).await;
                let now_ms = clock.now_ms();
                match state.sweep(now_ms).await {
                    Ok(0) => {}
                    Ok(sessions) => tracing::debug!(sessions, "sessions that had timed out were removed"),
                    Err(error) => tracing::debug!(%error, "sessions that have timed out are removed later"),
                }
                if let Err(error) = cluster.forget_markers(now_ms.saturating_sub(kept)).await {
                    tracing::debug!(%error, "old markers are removed later");
                }
            }
        });
        Housekeeping(task.abort_handle())
    }
}
