//! The contract of all stores.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{Entry, Failures, Loaded, Opened, Saved, Seen, SessionId, SessionRecord, StateError};

/// A store of sessions that all nodes of a cluster share.
///
/// # What every store keeps to
///
/// Whoever writes a further store has to keep to this, and to what each method says, gives it a URL in
/// [`connect`](crate::connect()), and adds it to the harness of `tests/conformance`, which proves all of it.
///
/// - **Time comes from the caller**, as `now_ms` or as the moment of a [`Seen`]. A store asks no clock whether a session has
///   timed out. Where the database removes sessions by itself, it does so by durations, and late rather than early, so
///   that clocks that differ end no session.
/// - **A session times out** [`timeout`](crate::StateOptions::timeout) after its last [`open`](State::open),
///   [`save`](State::save) or [`touch`](State::touch): it lives while `now_ms < at_ms + timeout`. From then on it is as good
///   as ended, whether or not it is still stored: it is not loaded, saved, listed or counted, and no use brings it back.
/// - **A session ends** by [`end`](State::end) or [`end_user`](State::end_user), on all nodes at once: the next call of
///   any method, through any node, knows nothing of it, and its image is gone.
/// - **Each call is atomic.** Calls of several nodes at once have the outcome of some order of these calls, and a call that
///   begins when another has returned sees what that one did. [`list`](State::list) is atomic per answer,
///   [`sweep`](State::sweep) and [`fail`](State::fail) per session and key.
/// - **A call that fails with [`StateError::Unavailable`]** may or may not have been carried out. It fails fast: after
///   a second or a few, not when the network gives up. The store recovers by itself when its database is back.
/// - **Round trips**: `load`, `save`, `touch` and `end` take one each, because requests wait for them. `load` writes
///   nothing at all: a request that changes no session leaves no trace in the store, but for a `touch` now and then.
/// - Texts may hold any character and images any bytes. How large they are, the caller has decided.
#[async_trait]
pub trait State: Send + Sync + fmt::Debug {
    /// `memory`, `sqlite`, `postgres` or `redis`: for messages and for the health page.
    fn kind(&self) -> &'static str;

    /// Opens a session with revision 1, used now (`seen.at_ms`).
    ///
    /// The limit is exact: however many nodes open sessions at once, there are never more than
    /// [`limit`](crate::StateOptions::limit) that live at that moment, and nobody is turned away while there is a place.
    /// A session of an administrator may take any place, others leave the last
    /// [`reserve`](crate::StateOptions::reserve) places free; it does not matter who holds the places that are taken.
    ///
    /// Opening under an id that is there replaces that session, and takes no further place.
    async fn open(
        &self,
        id: SessionId,
        record: &SessionRecord,
        seen: &Seen,
        image: &[u8],
    ) -> Result<Opened, StateError>;

    /// Reads a session; none when it is unknown, has ended or has timed out. One round trip, and no write of any kind.
    async fn load(&self, id: SessionId, now_ms: i64) -> Result<Option<Loaded>, StateError>;

    /// Replaces the image if its revision is the expected one, and uses the session. One round trip.
    ///
    /// Of any number of calls that expect the same revision, exactly one stores its image; it gets the revision after.
    /// The others change nothing, not even the moment of last use.
    async fn save(&self, id: SessionId, expected: u64, image: &[u8], seen: &Seen) -> Result<Saved, StateError>;

    /// Uses a session without changing its image or revision, so that it does not time out.
    ///
    /// Nothing happens when it is gone. This is a plain write: to call it at most once per session and interval, and not with
    /// every request, is up to the caller.
    async fn touch(&self, id: SessionId, seen: &Seen) -> Result<(), StateError>;

    /// Ends a session. Answers whether there was one; of one that has timed out, either.
    async fn end(&self, id: SessionId) -> Result<bool, StateError>;

    /// Ends all sessions of a user, but for one that may stay. Answers how many there were.
    async fn end_user(&self, user: i64, except: Option<SessionId>) -> Result<u64, StateError>;

    /// Gives the user's live sessions another user name, other roles, and the right to a reserved place or not, from the
    /// next `load` on. Revision, image and last use stay. Answers how many sessions there were.
    async fn assign(
        &self,
        user: i64,
        user_name: &str,
        roles: &[String],
        administrator: bool,
    ) -> Result<u64, StateError>;

    /// The sessions after an id, ordered by id: at most `limit`, and at most
    /// [`SESSIONS_PER_LIST_MAX`](crate::limits::SESSIONS_PER_LIST_MAX). Fewer than that means that there are no more.
    async fn list(&self, after: Option<SessionId>, limit: u32, now_ms: i64) -> Result<Vec<Entry>, StateError>;

    /// How many sessions there are.
    async fn count(&self, now_ms: i64) -> Result<u64, StateError>;

    /// The failed logins under each key, in the order of the keys. A key is any text: a user's name, an address.
    async fn failures(&self, keys: &[String], now_ms: i64) -> Result<Vec<Failures>, StateError>;

    /// Counts a failed login under each key, all of them different. It is forgotten when none follows under the same key for
    /// `forget_after`: counting starts anew then.
    async fn fail(&self, keys: &[String], at_ms: i64, forget_after: Duration) -> Result<(), StateError>;

    /// Forgets the failed logins under these keys.
    async fn forgive(&self, keys: &[String]) -> Result<(), StateError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StateError>;

    /// Removes the sessions that have timed out and the failures that are forgotten, and answers how many sessions those
    /// were. Every node calls it now and then. Nothing but space depends on it.
    async fn sweep(&self, now_ms: i64) -> Result<u64, StateError>;
}
