//! On whose behalf a call runs.

use std::sync::Arc;

use brooklet_state::SessionToken;

/// On whose behalf a call runs.
#[derive(Clone, Debug, Default)]
pub enum Caller {
    /// Nobody's: command lines, tests, start-ups, schedules. All rights, no session.
    #[default]
    System,
    /// A client's.
    Client(Client),
}

/// A client, as far as the protocol knows it.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it shows to prove its session; none for one that has no session yet.
    pub token: Option<SessionToken>,
    /// Whether a token that is not known (any more) may be passed over, when everybody may call without one: browsers send
    /// old cookies by themselves.
    pub forget_unknown: bool,
    /// Its address.
    pub address: Arc<str>,
    /// What it says that it is.
    pub user_agent: Arc<str>,
    /// The version of the model that it says it knows.
    pub version: Option<Arc<str>>,
    /// The word with which it asks for a version that is tried out.
    pub word: Option<Arc<str>>,
}

/// A session that was opened for a visitor: what it is to show from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Proves the session. Secret.
    pub token: SessionToken,
}

impl Client {
    /// A client without a session.
    pub fn visitor(address: impl Into<Arc<str>>) -> Self {
        let user_agent = "".into();
        Self { token: None, forget_unknown: false, address: address.into(), user_agent, version: None, word: None }
    }
}
