//! Queries that rights make of others, compiled once and kept with the version.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use brooklet_store::CompiledQuery;

/// Compiled queries by what they were made of, none where no query is needed. When there are too many, all are forgotten: whoever asks for ever new ones
/// pays for it in time, not the node in memory.
#[derive(Debug)]
pub(super) struct Queries<K> {
    known: RwLock<HashMap<K, Option<Arc<CompiledQuery>>>>,
    bound: usize,
}

impl<K: Clone + Eq + Hash> Queries<K> {
    pub(super) fn new(bound: usize) -> Self {
        Self { known: RwLock::new(HashMap::new()), bound }
    }

    /// The query of that key, made when it is not known.
    pub(super) fn get_or<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<Option<CompiledQuery>, E>,
    ) -> Result<Option<Arc<CompiledQuery>>, E> {
        // A panic elsewhere leaves the map as it was: each entry is put in as a whole.
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let made = make()?.map(Arc::new);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.bound {
            known.clear();
        }
        known.insert(key, made.clone());
        Ok(made)
    }
}
