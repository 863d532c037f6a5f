//! How much processor time a call has used.
//!
//! Only the time inside a poll of the call counts. While the call waits, for the database or for its turn, nothing polls
//! it, so waiting is never charged to the guest.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The processor time of one call; lives as long as its instance and is reset for each call.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Nanoseconds used by polls that have ended.
    used: AtomicU64,
    /// When the current poll began, in nanoseconds since the process's first measurement.
    began: AtomicU64,
    /// Nanoseconds that the call may use.
    limit: AtomicU64,
}

impl Meter {
    /// Begins anew, with a limit.
    pub(super) fn reset(&self, limit: Duration) {
        self.used.store(0, Relaxed);
        self.limit.store(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Whether the limit is exceeded. Asked from within a poll.
    pub(super) fn exceeded(&self) -> bool {
        let current = now().saturating_sub(self.began.load(Relaxed));
        self.used.load(Relaxed).saturating_add(current) > self.limit.load(Relaxed)
    }

    /// Runs a call and measures its polls.
    pub(super) async fn measure<F: Future>(&self, call: F) -> F::Output {
        let mut call = pin!(call);
        poll_fn(|context| {
            self.began.store(now(), Relaxed);
            let poll = call.as_mut().poll(context);
            self.used.fetch_add(now().saturating_sub(self.began.load(Relaxed)), Relaxed);
            poll
        })
        .await
    }
}

fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_is_not_charged() {
        let meter = Meter::default();
        meter.reset(Duration::from_millis(20));
        meter.measure(tokio::time::sleep(Duration::from_millis(60))).await;
        assert!(!meter.measure(async { meter.exceeded() }).await);
    }

    #[tokio::test]
    async fn computing_is_charged() {
        let meter = Meter::default();
        meter.reset(Duration::from_millis(5));
        let exceeded = meter.measure(async {
            std::thread::sleep(Duration::from_millis(10));
            meter.exceeded()
        });
        assert!(exceeded.await);
    }
}
