//! What a node says when another version of the model begins to serve.

use std::sync::Arc;

use brooklet_model::difference::{Class, differences};
use tokio::sync::watch;

use crate::version::Version;

/// Another version of the model serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The hash that names it.
    pub version: Arc<str>,
    /// The generation of the release; it only grows.
    pub generation: i64,
    /// The gravest difference from the version before it; none for the first one, and when nothing is different.
    pub changed: Option<Class>,
}

/// The last announcement, and whoever waits for the next.
#[derive(Debug)]
pub(super) struct Announcements(watch::Sender<Option<Announcement>>);

impl Default for Announcements {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Announcements {
    /// Says that a version serves in the place of another one.
    pub(super) fn announce(&self, before: Option<&Version>, version: &Version, generation: i64) {
        let differences = before.map(|before| differences(before.manifest(), version.manifest())).unwrap_or_default();
        // The gravest comes first.
        let changed = differences.first().map(|change| change.class);
        self.0.send_replace(Some(Announcement { version: version.hash().into(), generation, changed }));
    }

    /// What is said from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<Option<Announcement>> {
        self.0.subscribe()
    }
}
