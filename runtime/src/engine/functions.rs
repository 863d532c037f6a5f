//! Machine code of functions, by what they were compiled from, so that the next version of a model compiles what has changed and
//! takes the rest from here.
//!
//! Nothing is counted or timed: what the last component or the one before it has used stays. That is what the next one is made of,
//! and no more than two components' worth of memory.

use std::{
    borrow::Cow,
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wasmtime::CacheStore;

/// The functions of the last two components.
#[derive(Debug, Default)]
pub(super) struct Functions(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    /// What the component that is being compiled, or was compiled last, has used.
    recent: HashMap<Box<[u8]>, Vec<u8>>,
    /// What the one before it has used, and it has not.
    former: HashMap<Box<[u8]>, Vec<u8>>,
}

impl Functions {
    /// Another component is to be compiled.
    pub(super) fn turn(&self) {
        let mut generations = self.lock();
        generations.former = mem::take(&mut generations.recent);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut generations = self.lock();
        if let Some((key, code)) = generations.former.remove_entry(key) {
            generations.recent.insert(key, code);
        }
        generations.recent.get(key).map(|code| Cow::Owned(code.clone()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.lock().recent.insert(key.into(), value);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_components_do_not_use_is_forgotten() {
        let functions = Functions::default();
        let has = |key: &str| functions.get(key.as_bytes()).is_some();
        functions.insert(b"kept", vec![1]);
        functions.insert(b"dropped", vec![2]);
        functions.turn();
        assert!(has("kept"));
        functions.insert(b"new", vec![3]);
        functions.turn();
        assert!(has("kept") && has("new") && !has("dropped"));
    }
}
