//! Which version a call gets. The same question has the same answer on every node that follows the same release.

use std::sync::Arc;

use brooklet_state::SessionId;
use sha2::{Digest, Sha256};

use crate::version::Version;

/// The shares of canaries are so many parts of one.
pub(super) const WHOLE: u32 = 10_000;

/// The versions of a release, ready to serve.
#[derive(Clone, Debug)]
pub(crate) struct Routing {
    /// The release's generation; it only grows.
    pub(crate) generation: i64,
    /// The version on which new calls begin.
    pub(crate) active: Arc<Version>,
    /// A version that is tried out, and how many of ten thousand sessions have it.
    pub(crate) canary: Option<(Arc<Version>, u32)>,
    /// A version that older sessions stay on.
    pub(crate) staying: Option<Stay>,
}

/// Sessions that stay on a version.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) version: Arc<Version>,
    /// Those that were opened before that.
    pub(crate) before_ms: i64,
    /// Until then.
    pub(crate) until_ms: i64,
}

impl Routing {
    /// One version for everybody.
    pub(crate) fn only(generation: i64, active: Arc<Version>) -> Self {
        Self { generation, active, canary: None, staying: None }
    }

    /// The version of a session.
    pub(crate) fn choose(&self, session: SessionId, created_ms: i64, now_ms: i64) -> &Arc<Version> {
        if let Some(stay) = &self.staying
            && created_ms < stay.before_ms
            && now_ms < stay.until_ms
        {
            return &stay.version;
        }
        match &self.canary {
            Some((canary, share)) if lot(session, canary.hash()) < *share => canary,
            _ => &self.active,
        }
    }

    /// All versions that calls may get.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Arc<Version>> {
        let canary = self.canary.as_ref().map(|(version, _)| version);
        let staying = self.staying.as_ref().map(|stay| &stay.version);
        std::iter::once(&self.active).chain(canary).chain(staying)
    }
}

/// A number below [`WHOLE`] that follows from session and version: each canary meets others.
fn lot(session: SessionId, version: &str) -> u32 {
    let digest = Sha256::new().chain_update(session.to_string()).chain_update(version).finalize();
    let first = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    first % WHOLE
}

#[cfg(test)]
mod tests {
    use brooklet_state::SessionToken;

    use super::*;

    #[test]
    fn lots_are_fair_and_stay() {
        let sessions: Vec<_> = (0..=255u8).map(|number| SessionToken::from_bytes([number; 32]).id()).collect();
        let lots: Vec<_> = sessions.iter().map(|id| lot(*id, "sha256:a")).collect();
        let half = lots.iter().filter(|lot| **lot < WHOLE / 2).count();
        assert!((90..170).contains(&half), "{half} of 256");
        assert_eq!(lots, sessions.iter().map(|id| lot(*id, "sha256:a")).collect::<Vec<_>>());
        assert_ne!(lots, sessions.iter().map(|id| lot(*id, "sha256:b")).collect::<Vec<_>>());
    }
}
