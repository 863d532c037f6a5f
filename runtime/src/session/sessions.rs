//! The state store, and what is done with it.

use std::{sync::Arc, time::Duration};

use brooklet_state::{Opened, Saved, Seen, SessionId, SessionRecord, SessionToken, State, StateError};
use brooklet_store::{Cluster, Settled};

use super::{
    Client, Visit,
    envelope::Envelope,
    image::{self, Decoded},
    known::KnownMarkers,
    visit::Stored,
};
use crate::{
    clock::Clock,
    flow::{Failure, FailureKind, failure_codes},
    limits::{
        SessionLimits,
        fixed::{MARKER_REWRITTEN_AFTER, SESSIONS_PER_ANSWER},
    },
    request::Model,
};

/// Sessions of a node: the state store and everything that is done with it.
#[derive(Debug)]
pub struct Sessions {
    pub(super) state: Arc<dyn State>,
    pub(super) cluster: Cluster,
    pub(super) clock: Clock,
    pub(super) limits: SessionLimits,
    /// The node's name, for operators.
    node: Arc<str>,
    pub(super) known: KnownMarkers,
}

/// Who may call without having logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guests<'m> {
    /// Nobody.
    Nobody,
    /// Everybody, with this user role.
    Role(&'m str),
    /// Everybody, with all rights: the model's security is off.
    Everybody,
}

impl Sessions {
    /// Sessions in a state store. `cluster` is the application's database, which knows the markers.
    pub(crate) fn new(
        state: Arc<dyn State>,
        cluster: Cluster,
        clock: Clock,
        limits: SessionLimits,
        node: Arc<str>,
    ) -> Self {
        Self { state, cluster, clock, limits, node, known: KnownMarkers::default() }
    }

    /// The state store.
    pub fn state(&self) -> &Arc<dyn State> {
        &self.state
    }

    /// What sessions may take.
    pub fn limits(&self) -> &SessionLimits {
        &self.limits
    }

    /// The session of a client, or that of a visitor if such may call.
    pub(crate) async fn enter(&self, client: &Client, guests: Guests<'_>) -> Result<Visit, Failure> {
        if let Some(token) = &client.token {
            let loaded = self.state.load(token.id(), self.clock.now_ms()).await.map_err(state_failure)?;
            match loaded {
                Some(loaded) => {
                    let (image, must_settle) = self.holding_image(&loaded.image).await?;
                    return Ok(Visit::known(token.clone(), client.clone(), loaded, image, must_settle));
                }
                None if client.forget_unknown && guests == Guests::Everybody => {}
                None => return Err(unknown_session()),
            }
        }
        let roles = match guests {
            Guests::Nobody => {
                let what = "this needs a login: POST /api/login with name and password";
                return Err(Failure::new(FailureKind::Unauthenticated, failure_codes::LOGIN_REQUIRED, what));
            }
            Guests::Role(role) => vec![role.to_owned()],
            Guests::Everybody => Vec::new(),
        };
        let record = SessionRecord {
            user: None,
            user_name: "Anonymous".to_owned(),
            user_roles: roles,
            administrator: false,
            anonymous: true,
            language: "en_US".to_owned(),
            time_zone: "UTC".to_owned(),
            object: self.clock.object_id()?.0,
            created_ms: self.clock.now_ms(),
            user_agent: client.user_agent.to_string(),
        };
        let token = SessionToken::from_bytes(self.clock.random_bytes());
        Ok(Visit::new(token, client.clone(), record))
    }

    /// Opens a session, for somebody who has logged in. The failure says that there are too many.
    pub async fn open(&self, record: &SessionRecord, client: &Client, version: &str) -> Result<SessionToken, Failure> {
        let token = SessionToken::from_bytes(self.clock.random_bytes());
        self.open_with(token.id(), record, &self.seen(client, version), &[]).await?;
        Ok(token)
    }

    /// Opens the session of a visitor who has none yet.
    pub(crate) async fn admit(&self, visit: &Visit, version: &str) -> Result<(), Failure> {
        self.open_with(visit.id, &visit.record, &self.seen(&visit.client, version), &[]).await
    }

    pub(super) async fn open_with(
        &self,
        id: SessionId,
        record: &SessionRecord,
        seen: &Seen,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        match self.state.open(id, record, seen, bytes).await.map_err(state_failure)? {
            Opened::Done => Ok(()),
            Opened::Full { limit } => {
                let what = format!("there are {limit} sessions, which is all that may be; try again later");
                Err(Failure::new(FailureKind::TooMany, failure_codes::SESSION_LIMIT, what))
            }
        }
    }

    /// Writes a session's objects, if it is still at that revision.
    pub(super) async fn save(&self, visit: &Visit, at: u64, bytes: &[u8], version: &str) -> Result<Saved, Failure> {
        self.state.save(visit.id, at, bytes, &self.seen(&visit.client, version)).await.map_err(state_failure)
    }

    /// Tells the store that the session is in use, when it has not heard of it for a while. Nobody waits for that.
    pub(super) fn touch(&self, visit: &Visit, version: &str) {
        let Some(stored) = &visit.stored else { return };
        let seen = self.seen(&visit.client, version);
        if u128::try_from(seen.at_ms - stored.seen_ms).is_ok_and(|age| age >= self.limits.touch_interval().as_millis())
        {
            let (state, id) = (self.state.clone(), visit.id);
            tokio::spawn(async move {
                if let Err(error) = state.touch(id, &seen).await {
                    tracing::warn!(%error, "the state store did not hear that a session is in use");
                }
            });
        }
    }

    /// Tells the store that the session goes on with another version, before anybody hears of it. A call that is under way on
    /// the version before comes too late then, and is run again. None when another call came first.
    pub(crate) async fn move_to(&self, mut visit: Visit, version: &str) -> Result<Option<Visit>, Failure> {
        let Some(stored) = &visit.stored else { return Ok(Some(visit)) };
        let bytes = Envelope::Plain { image: &visit.image }.to_bytes();
        match self.save(&visit, stored.revision, &bytes, version).await? {
            Saved::Done { revision } => {
                let seen_ms = self.clock.now_ms();
                visit.stored = Some(Stored { revision, seen_ms, must_settle: false, version: version.to_owned() });
                Ok(Some(visit))
            }
            Saved::Changed => Ok(None),
            Saved::Gone => Err(unknown_session()),
        }
    }

    /// Whether a session is left that was opened before a moment.
    pub(crate) async fn any_from_before(&self, moment_ms: i64) -> Result<bool, StateError> {
        let mut after = None;
        loop {
            let entries = self.state.list(after, SESSIONS_PER_ANSWER, self.clock.now_ms()).await?;
            if entries.iter().any(|entry| entry.record.created_ms < moment_ms) {
                return Ok(true);
            }
            after = entries.last().map(|entry| entry.id);
            if entries.len() < SESSIONS_PER_ANSWER as usize {
                return Ok(false);
            }
        }
    }

    pub(super) fn seen(&self, client: &Client, version: &str) -> Seen {
        Seen {
            at_ms: self.clock.now_ms(),
            node: self.node.to_string(),
            address: client.address.to_string(),
            version: version.to_owned(),
        }
    }

    /// How long a marker may be needed, in milliseconds. Until an hour after it was written a session may keep its marker;
    /// then the next call writes it anew, and without a call it times out.
    pub(super) fn markers_kept(&self) -> i64 {
        milliseconds((MARKER_REWRITTEN_AFTER + self.limits.timeout) * 2)
    }

    /// The image that holds, and whether others would have to ask the database to know that.
    async fn holding_image(&self, bytes: &[u8]) -> Result<(Vec<u8>, bool), Failure> {
        let envelope = Envelope::read(bytes).map_err(unreadable)?;
        let Envelope::Marked { marker, at_ms, image, before } = envelope else {
            let Envelope::Plain { image } = envelope else { return Ok((Vec::new(), false)) };
            return Ok((image.to_vec(), false));
        };
        if self.known.contains(marker) {
            let is_old = self.clock.now_ms().saturating_sub(at_ms) > milliseconds(MARKER_REWRITTEN_AFTER);
            return Ok((image.to_vec(), is_old));
        }
        let settled = self.cluster.settle(marker, self.clock.now_ms()).await.map_err(Failure::of_store)?;
        Ok(match settled {
            Settled::Committed => (image.to_vec(), true),
            Settled::Aborted => (before.to_vec(), true),
        })
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The objects of a visit, for the version that runs.
pub(super) fn objects(visit: &Visit, model: &Model) -> Result<Decoded, Failure> {
    let decoded = image::decode(&visit.image, model).map_err(unreadable)?;
    for lost in &decoded.lost {
        tracing::warn!(session = %visit.id, lost, "the model has no place for what a session holds; it is left out");
    }
    Ok(decoded)
}

/// The session is not there, or not any more.
pub(super) fn unknown_session() -> Failure {
    let what = "the session is not known, or has ended; log in again";
    Failure::new(FailureKind::Unauthenticated, failure_codes::SESSION_UNKNOWN, what)
}

pub(super) fn unreadable(error: impl std::error::Error) -> Failure {
    tracing::error!(%error, "a session cannot be read");
    let what = "the session's objects cannot be read by this node; log in again, and see the node's log";
    Failure::new(FailureKind::Internal, failure_codes::INTERNAL, what)
}

/// What an error of the state store means to a caller.
pub(crate) fn state_failure(error: StateError) -> Failure {
    tracing::warn!(%error, "the state store");
    match error {
        StateError::Unavailable { .. } => Failure::new(
            FailureKind::Unavailable,
            failure_codes::STATE_UNAVAILABLE,
            "the store of sessions is not available at the moment; try again",
        ),
        _ => Failure::new(
            FailureKind::Internal,
            failure_codes::INTERNAL,
            "the store of sessions could not do what was asked; the node's log says why",
        ),
    }
}
