//! Versions of the model that clients may know, and what they are to one another.
//!
//! A client that has read one version can meet another: during a deployment, and until it reads the model again. To
//! compare the two, a node remembers the manifests of versions that it has served, a bounded number of them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use brooklet_model::{Manifest, compatibility::Compatibility};

use crate::limits::fixed::{COMPARED_VERSIONS, KNOWN_VERSIONS};

/// Hexadecimal digits of the short form of a version's hash.
const SHORT_DIGITS: usize = 12;

/// What comes before the digits of a hash.
const PREFIX: &str = "sha256:";

/// A version of the model by name.
#[derive(Clone, Debug)]
pub struct KnownVersion {
    /// The hash that names it.
    pub hash: Arc<str>,
    /// The model as data.
    pub manifest: Arc<Manifest>,
}

/// The versions that a node remembers, the latest first.
#[derive(Debug, Default)]
pub struct KnownVersions {
    versions: Mutex<VecDeque<KnownVersion>>,
    comparisons: Mutex<VecDeque<Compared>>,
}

/// What two versions are to one another.
#[derive(Debug)]
struct Compared {
    known: Arc<str>,
    serving: Arc<str>,
    outcome: Arc<Compatibility>,
}

impl KnownVersions {
    /// Remembers a version. The one that was remembered first gives way when there are too many.
    pub fn learn(&self, hash: &str, manifest: Arc<Manifest>) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = match versions.iter().position(|one| &*one.hash == hash) {
            Some(at) => versions.remove(at).map_or_else(|| hash.into(), |one| one.hash),
            None => hash.into(),
        };
        versions.push_front(KnownVersion { hash, manifest });
        versions.truncate(KNOWN_VERSIONS);
    }

    /// A version by its hash, or by the short form of it.
    pub fn find(&self, said: &str) -> Option<KnownVersion> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.iter().find(|one| is_named(&one.hash, said)).cloned()
    }

    /// What a version that a client knows is to another that serves. Models are compared once.
    pub(super) fn compatibility(&self, known: &KnownVersion, serving: &str, manifest: &Manifest) -> Arc<Compatibility> {
        let is_this = |one: &&Compared| one.known == known.hash && &*one.serving == serving;
        let found = |all: &VecDeque<Compared>| all.iter().find(is_this).map(|one| one.outcome.clone());
        if let Some(outcome) = found(&self.comparisons.lock().unwrap_or_else(PoisonError::into_inner)) {
            return outcome;
        }
        // Without the lock: it takes a while, and that two do it at once is no harm.
        let outcome = Arc::new(Compatibility::new(&known.manifest, manifest));
        let mut comparisons = self.comparisons.lock().unwrap_or_else(PoisonError::into_inner);
        if found(&comparisons).is_none() {
            let (known, serving) = (known.hash.clone(), serving.into());
            comparisons.push_front(Compared { known, serving, outcome: outcome.clone() });
            comparisons.truncate(COMPARED_VERSIONS);
        }
        outcome
    }
}

/// Whether somebody means the version of that hash: says all of it, or the first digits.
pub(super) fn is_named(hash: &str, said: &str) -> bool {
    let digits = said.strip_prefix(PREFIX).unwrap_or(said);
    let own = hash.strip_prefix(PREFIX).unwrap_or(hash);
    digits == own || (digits.len() == SHORT_DIGITS && own.starts_with(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_named_by_their_hashes_or_the_first_twelve_digits() {
        let hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        for said in [hash, &hash[7..], "sha256:0123456789ab", "0123456789ab"] {
            assert!(is_named(hash, said), "{said}");
        }
        for said in ["", "sha256:", "0123456789a", "0123456789abc", "123456789abc", "sha256:0123456789ac"] {
            assert!(!is_named(hash, said), "{said}");
        }
    }

    #[test]
    fn only_so_many_versions_are_remembered_and_the_latest_ones() {
        let known = KnownVersions::default();
        let manifest = Arc::new(Manifest::default());
        known.learn("first", manifest.clone());
        for index in 1..KNOWN_VERSIONS {
            known.learn(&index.to_string(), manifest.clone());
        }
        known.learn("first", manifest.clone());
        known.learn("last", manifest);
        assert!(known.find("first").is_some(), "it was seen again");
        assert!(known.find("1").is_none() && known.find("2").is_some());
    }

    #[test]
    fn models_are_compared_once() {
        let known = KnownVersions::default();
        known.learn("a", Arc::default());
        let client = known.find("a").expect("it is known");
        let first = known.compatibility(&client, "b", &Manifest::default());
        assert!(Arc::ptr_eq(&first, &known.compatibility(&client, "b", &Manifest::default())));
        assert!(!Arc::ptr_eq(&first, &known.compatibility(&client, "c", &Manifest::default())));
    }
}
