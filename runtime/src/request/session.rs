//! Who asks, and from where: what a request knows of its session.

use std::sync::Arc;

use brooklet_values::{ObjectId, TimeZone};

/// What a request knows of its session. Where sessions are kept, and how long, is not its business.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id; empty for a system session.
    pub id: Arc<str>,
    /// The object of `System.User`; none in a system session and for guests without an account.
    pub user: Option<ObjectId>,
    /// The user's name, for messages and `System.Session`.
    pub user_name: Arc<str>,
    /// Names of the user's user roles.
    pub user_roles: Vec<String>,
    /// The language tag, such as `en_US`.
    pub language: Arc<str>,
    /// The user's time zone; UTC in system sessions.
    pub time_zone: TimeZone,
}

impl Session {
    /// The session of what runs on nobody's behalf: scheduled events, queued tasks, tests. Its time zone is UTC.
    pub fn system() -> Self {
        Self {
            id: "".into(),
            user: None,
            user_name: "System".into(),
            user_roles: Vec::new(),
            language: "en_US".into(),
            time_zone: TimeZone::UTC,
        }
    }
}
