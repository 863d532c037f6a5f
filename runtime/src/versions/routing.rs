//! Which version a call gets. The same question has the same answer on every node that follows the same release.

use std::sync::Arc;

use brooklet_state::SessionId;
use sha2::{Digest, Sha256};

use super::release::Audience;
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
    /// A version that is tried out.
    pub(crate) canary: Option<Trial>,
    /// A version that older sessions stay on.
    pub(crate) staying: Option<Stay>,
    /// Whether the active version is that of the node's group, and not the cluster's.
    pub(crate) is_of_group: bool,
}

/// A version that is tried out.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) version: Arc<Version>,
    /// How many of ten thousand sessions have it.
    pub(crate) share: u32,
    /// Who has it besides.
    pub(crate) audience: Audience,
    /// Since when.
    pub(crate) since_ms: i64,
}

/// Who asks for a version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) session: SessionId,
    pub(crate) created_ms: i64,
    pub(crate) now_ms: i64,
    pub(crate) roles: &'a [String],
    /// The user's name; none for a visitor.
    pub(crate) user: Option<&'a str>,
    /// What the request's header `Brooklet-Canary` says.
    pub(crate) word: Option<&'a str>,
    /// The version on which the session was last seen, and when.
    pub(crate) seen_on: Option<(&'a str, i64)>,
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
        Self { generation, active, canary: None, staying: None, is_of_group: false }
    }

    /// The version of a session.
    pub(crate) fn choose(&self, asking: &Asking<'_>) -> &Arc<Version> {
        if let Some(stay) = &self.staying
            && asking.created_ms < stay.before_ms
            && asking.now_ms < stay.until_ms
        {
            return &stay.version;
        }
        match &self.canary {
            Some(trial) if trial.has(asking) => &trial.version,
            _ => &self.active,
        }
    }

    /// All versions that calls may get.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Arc<Version>> {
        let canary = self.canary.as_ref().map(|trial| &trial.version);
        let staying = self.staying.as_ref().map(|stay| &stay.version);
        std::iter::once(&self.active).chain(canary).chain(staying)
    }
}

impl Trial {
    /// Whether somebody has it. Whoever has had it keeps it, so that a session sees one version and not now one, now the other.
    fn has(&self, asking: &Asking<'_>) -> bool {
        let (version, audience) = (self.version.hash(), &self.audience);
        asking.seen_on.is_some_and(|(seen, at_ms)| seen == version && at_ms >= self.since_ms)
            || lot(asking.session, version) < self.share
            || audience.includes(asking)
    }
}

impl Audience {
    fn includes(&self, asking: &Asking<'_>) -> bool {
        asking.roles.iter().any(|role| self.roles.contains(role))
            || asking.user.is_some_and(|user| self.users.iter().any(|one| one == user))
            || self.word.is_some() && self.word.as_deref() == asking.word
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
    fn an_audience_is_chosen_by_role_user_or_word() {
        let roles = ["Clerk".to_owned()];
        let session = SessionToken::from_bytes([1; 32]).id();
        let nobody = Asking { session, created_ms: 0, now_ms: 0, roles: &[], user: None, word: None, seen_on: None };
        let of = |roles: &[&str], users: &[&str], word: Option<&str>| Audience {
            roles: roles.iter().map(ToString::to_string).collect(),
            users: users.iter().map(ToString::to_string).collect(),
            word: word.map(str::to_owned),
        };
        assert!(!Audience::default().includes(&Asking { roles: &roles, user: Some("ada"), ..nobody }));
        assert!(of(&["Clerk"], &[], None).includes(&Asking { roles: &roles, ..nobody }));
        assert!(!of(&["Tester"], &[], None).includes(&Asking { roles: &roles, ..nobody }));
        assert!(of(&[], &["ada"], None).includes(&Asking { user: Some("ada"), ..nobody }));
        assert!(of(&[], &[], Some("new")).includes(&Asking { word: Some("new"), ..nobody }));
        assert!(!of(&["Clerk"], &["ada"], Some("new")).includes(&Asking { word: Some("old"), ..nobody }));
    }

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
