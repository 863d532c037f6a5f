//! Who is in, on this node.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The microflows that are being executed on this node under a lock.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    taken: Arc<Mutex<HashSet<Arc<str>>>>,
}

/// A microflow's place. Dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    microflow: Arc<str>,
}

impl Places {
    /// Takes a microflow's place; none when somebody of this node has it.
    pub(super) fn take(&self, microflow: &str) -> Option<Place> {
        let microflow: Arc<str> = microflow.into();
        self.with(|taken| taken.insert(microflow.clone())).then(|| Place { places: self.clone(), microflow })
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashSet<Arc<str>>) -> T) -> T {
        change(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Place {
    pub(super) fn microflow(&self) -> &str {
        &self.microflow
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.with(|taken| taken.remove(&self.microflow));
    }
}
