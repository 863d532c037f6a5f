//! The versions that a node has in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

pub(super) use brooklet_store::Naming;

use crate::version::Version;

/// Versions by hash, as long as somebody holds them: a call, the routing, or a deployment that prepares them.
#[derive(Debug, Default)]
pub(super) struct Library {
    versions: Mutex<HashMap<String, Vec<Weak<Version>>>>,
}

impl Library {
    /// A version with that naming, if it is in memory.
    pub(super) fn find(&self, hash: &str, naming: &Naming) -> Option<Arc<Version>> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.get(hash)?.iter().filter_map(Weak::upgrade).find(|version| version.naming() == naming)
    }

    /// Adds a version.
    pub(super) fn add(&self, version: &Arc<Version>) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.entry(version.hash().to_owned()).or_default().push(Arc::downgrade(version));
    }

    /// The hashes of the versions that somebody holds.
    pub(super) fn held(&self) -> Vec<String> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.retain(|_, held| {
            held.retain(|version| version.strong_count() > 0);
            !held.is_empty()
        });
        versions.keys().cloned().collect()
    }
}
