//! Who asks, and from where: what a request knows of its session.

use std::sync::Arc;

use brooklet_values::{ObjectId, TimeZone};

/// What a request knows of its session. Where sessions are kept, and how long, is not its business.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id; empty for a system session.
    pub id: Arc<str>,
    /// The object of `System.Session` that stands for it; none for a system session.
    pub object: Option<ObjectId>,
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
    /// Whether it is nobody's: what runs in it has all rights.
    pub fn is_system(&self) -> bool {
        self.id.is_empty()
    }

    /// Whether an id is that of an object that stands for the session or its visitor, and is in no database. A reference
    /// to it is stored as an empty one.
    pub(super) fn stands_in(&self, id: ObjectId) -> bool {
        self.object.is_some_and(|session| id == session || id.0 == -session.0)
    }

    /// The object that stands for the user of a session without one. It is in no database: its id is the negative of that
    /// of the session's object, as no object of the database has.
    pub(super) fn visitor(&self) -> Option<ObjectId> {
        self.object.filter(|_| self.user.is_none()).map(|session| ObjectId(-session.0))
    }

    /// The session of what runs on nobody's behalf: scheduled events, queued tasks, tests. Its time zone is UTC.
    pub fn system() -> Self {
        Self {
            id: "".into(),
            object: None,
            user: None,
            user_name: "System".into(),
            user_roles: Vec::new(),
            language: "en_US".into(),
            time_zone: TimeZone::UTC,
        }
    }
}
