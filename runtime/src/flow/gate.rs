//! The gate in front of the pool: as many calls as there are instances, a bounded queue, and a no for the rest.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Failure, FailureKind, failure::failure_codes};
use crate::limits::{EngineLimits, LoginLimits};

/// Lets calls in.
#[derive(Debug)]
pub(crate) struct Gate {
    places: Semaphore,
    waiting: AtomicUsize,
    queue: usize,
    queue_time: Duration,
}

impl Gate {
    /// For calls: as many places as instances.
    pub(super) fn new(limits: &EngineLimits) -> Self {
        Self::with(limits.instances as usize, limits.queue, limits.queue_time)
    }

    /// For logins, which need no instance.
    pub(super) fn for_logins(limits: &LoginLimits) -> Self {
        Self::with(limits.at_once, limits.queue, limits.queue_time)
    }

    fn with(places: usize, queue: usize, queue_time: Duration) -> Self {
        Self { places: Semaphore::new(places), waiting: AtomicUsize::new(0), queue, queue_time }
    }

    /// A place, held until it is dropped.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, Failure> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::begin(self)?;
        match tokio::time::timeout(self.queue_time, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(overloaded("the call waited too long for its turn")),
        }
    }
}

/// A call in the queue; leaves it when it is dropped, whatever the reason.
struct Waiting<'g>(&'g Gate);

impl<'g> Waiting<'g> {
    fn begin(gate: &'g Gate) -> Result<Self, Failure> {
        let before = gate.waiting.fetch_add(1, Relaxed);
        let waiting = Self(gate);
        if before < gate.queue { Ok(waiting) } else { Err(overloaded("too many calls wait already")) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}

fn overloaded(why: &str) -> Failure {
    Failure::new(FailureKind::Unavailable, failure_codes::OVERLOADED, format!("{why}; try again in a moment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_says_no_at_once_and_a_place_that_is_given_back_is_taken() {
        let limits =
            EngineLimits { instances: 1, queue: 1, queue_time: Duration::from_millis(20), ..EngineLimits::default() };
        let gate = Gate::new(&limits);
        let place = gate.enter().await.expect("the first call gets the place");
        let (waited, refused) = tokio::join!(gate.enter(), gate.enter());
        assert!(waited.is_err_and(|failure| failure.message.contains("waited too long")));
        assert!(refused.is_err_and(|failure| failure.message.contains("too many")));
        drop(place);
        assert!(gate.enter().await.is_ok());
    }
}
