//! A session during one run of a call.

use std::sync::Arc;

use brooklet_state::{Loaded, Seen, SessionId, SessionRecord, SessionToken};
use brooklet_values::{ObjectId, TimeZone};

use super::Client;
use crate::{
    request::Session,
    version::Version,
    versions::{Asking, Routing},
};

/// A session during one run of a call.
#[derive(Debug)]
pub(crate) struct Visit {
    /// What the client shows, or is to show from now on.
    pub(super) token: SessionToken,
    pub(super) id: SessionId,
    pub(super) record: SessionRecord,
    pub(super) client: Client,
    /// What the state store has; none for a visitor of whom it knows nothing yet.
    pub(super) stored: Option<Stored>,
    /// The objects with which the run begins: an image.
    pub(super) image: Vec<u8>,
}

/// What the state store has of a session.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) revision: u64,
    /// When the store last heard of it.
    pub(super) seen_ms: i64,
    /// Whether what is stored must be written anew, although no object changed.
    pub(super) must_settle: bool,
    /// The version on which it was last seen.
    pub(super) version: String,
}

impl Visit {
    /// A session that the store has.
    pub(super) fn known(
        token: SessionToken,
        client: Client,
        loaded: Loaded,
        image: Vec<u8>,
        must_settle: bool,
    ) -> Self {
        let Seen { at_ms: seen_ms, version, .. } = loaded.seen;
        let stored = Stored { revision: loaded.revision, seen_ms, must_settle, version };
        Self { id: token.id(), token, record: loaded.record, client, stored: Some(stored), image }
    }

    /// A visitor of whom the store knows nothing.
    pub(super) fn new(token: SessionToken, client: Client, record: SessionRecord) -> Self {
        Self { id: token.id(), token, record, client, stored: None, image: Vec::new() }
    }

    /// The session's user roles.
    pub(crate) fn user_roles(&self) -> &[String] {
        &self.record.user_roles
    }

    /// What the client shows, or is to show from now on.
    pub(crate) fn token(&self) -> &SessionToken {
        &self.token
    }

    /// Whether the state store knows the session.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored.is_some()
    }

    /// The user's name.
    pub(crate) fn user_name(&self) -> &str {
        &self.record.user_name
    }

    /// The user's language.
    pub(crate) fn language(&self) -> &str {
        &self.record.language
    }

    /// The version that the session gets.
    pub(crate) fn version_of<'r>(&self, routing: &'r Routing, now_ms: i64) -> &'r Arc<Version> {
        // Clocks differ: who has left the version that others stay on does not come back.
        if self.seen_on() == Some(routing.active.hash()) && routing.canary.is_none() {
            return &routing.active;
        }
        routing.choose(&Asking {
            session: self.id,
            created_ms: self.record.created_ms,
            now_ms,
            roles: self.user_roles(),
            user: (!self.is_anonymous()).then_some(self.user_name()),
            word: self.client.word.as_deref(),
            seen_on: self.stored.as_ref().map(|stored| (&*stored.version, stored.seen_ms)),
        })
    }

    /// The version on which the session was last seen; none for a visitor of whom the store knows nothing.
    pub(crate) fn seen_on(&self) -> Option<&str> {
        self.stored.as_ref().map(|stored| &*stored.version)
    }

    /// Whether the user may administer users: maintenance does not hold it up.
    pub(crate) fn is_administrator(&self) -> bool {
        self.record.administrator
    }

    /// Whether nobody has logged in.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.record.anonymous
    }

    /// The session as requests know it.
    pub(crate) fn session(&self) -> Session {
        let time_zone = TimeZone::get(&self.record.time_zone).unwrap_or(TimeZone::UTC);
        Session {
            id: Arc::from(self.id.to_string()),
            object: Some(ObjectId(self.record.object)),
            user: self.record.user.map(ObjectId),
            user_name: Arc::from(self.record.user_name.as_str()),
            user_roles: self.record.user_roles.clone(),
            language: Arc::from(self.record.language.as_str()),
            time_zone,
        }
    }
}
