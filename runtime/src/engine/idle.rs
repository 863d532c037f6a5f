//! Instances that wait for the next request.
//!
//! An instance that is used again costs a third less than a fresh one. It is safe for a compiled guest, whose only state
//! between requests is a pointer that `invoke` resets. An instance that trapped is never given back; one whose memory has
//! grown is let go, so that one greedy request does not hold memory for ever.

use std::sync::Mutex;

use super::guest::Instance;
use crate::limits::fixed::{IDLE_INSTANCES, REUSED_MEMORY_BYTES};

/// Instances of one guest.
pub(super) struct Idle {
    /// None when the guest has retired: whatever comes back then is let go. Boxed, for an instance is large and moves often.
    #[allow(clippy::vec_box)]
    instances: Mutex<Option<Vec<Box<Instance>>>>,
}

impl Idle {
    pub(super) fn new() -> Self {
        Self { instances: Mutex::new(Some(Vec::new())) }
    }

    /// The instance that was used last, whose memory is most likely still in the processor's caches.
    pub(super) fn take(&self) -> Option<Box<Instance>> {
        self.lock().as_mut()?.pop()
    }

    /// Keeps an instance for later, or lets it go.
    pub(super) fn give(&self, instance: Box<Instance>) {
        if instance.memory_bytes() > REUSED_MEMORY_BYTES {
            return;
        }
        match self.lock().as_mut() {
            Some(instances) if instances.len() < IDLE_INSTANCES => instances.push(instance),
            _ => {}
        }
    }

    /// Lets all instances go, now and from now on.
    pub(super) fn close(&self) {
        let instances = self.lock().take();
        drop(instances);
    }

    /// A thread that panicked in between has not broken a list of instances.
    #[allow(clippy::vec_box)]
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<Box<Instance>>>> {
        self.instances.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
