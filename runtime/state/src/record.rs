//! What is kept of a session, and what the methods of a store answer.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{SessionId, StateError};

/// Whose session it is. Fields that another version wrote and this one does not know are ignored; missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionRecord {
    /// The user's object; none for visitors who have none.
    pub user: Option<i64>,
    /// The user's name.
    pub user_name: String,
    /// The names of the user's roles.
    pub user_roles: Vec<String>,
    /// Whether the session may take one of the places that are kept for administrators.
    pub administrator: bool,
    /// Whether nobody logged in.
    pub anonymous: bool,
    /// The user's language, such as `en_US`.
    pub language: String,
    /// The user's time zone, such as `Europe/Amsterdam`; empty for the default one.
    pub time_zone: String,
    /// The session's object in the model (`System.Session`).
    pub object: i64,
    /// When the session was opened.
    pub created_ms: i64,
    /// What the client calls itself.
    pub user_agent: String,
}

/// How a session was last used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// When.
    pub at_ms: i64,
    /// The node that served it.
    pub node: String,
    /// The client's address.
    pub address: String,
    /// The version of the model on which it was served.
    pub version: String,
}

/// A session as a request gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Whose it is.
    pub record: SessionRecord,
    /// How it was last used.
    pub seen: Seen,
    /// The number of the image, to be named when the next one is saved.
    pub revision: u64,
    /// The session's objects; empty when it has none.
    pub image: Bytes,
}

/// A session in a list: everything but the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which session.
    pub id: SessionId,
    /// Whose it is.
    pub record: SessionRecord,
    /// How it was last used.
    pub seen: Seen,
    /// The number of its image.
    pub revision: u64,
    /// The size of its image.
    pub image_bytes: u64,
}

/// What became of opening a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is open.
    Done,
    /// There are as many sessions as there may be.
    Full {
        /// How many there may be for a session of this kind: the limit, less the administrators' reserve for all others.
        limit: u32,
    },
}

/// What became of saving an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is stored.
    Done {
        /// Its number.
        revision: u64,
    },
    /// Another request has saved an image since; nothing was stored.
    Changed,
    /// The session has ended or timed out; nothing was stored.
    Gone,
}

/// Failed logins under one key. Both are 0 when there were none, or when they are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last_ms: i64,
}

/// A record as databases keep it: what [`crate::State::assign`] replaces, and the rest. Both are JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) fixed: String,
    pub(crate) who: String,
}

/// What follows from the user's object.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Who {
    user_name: String,
    user_roles: Vec<String>,
    administrator: bool,
}

impl Parts {
    pub(crate) fn of(record: &SessionRecord) -> Result<Self, StateError> {
        let who = Self::who(&record.user_name, &record.user_roles, record.administrator)?;
        let rest =
            SessionRecord { user_name: String::new(), user_roles: Vec::new(), administrator: false, ..record.clone() };
        Ok(Self { fixed: encode(&rest)?, who })
    }

    pub(crate) fn who(user_name: &str, roles: &[String], administrator: bool) -> Result<String, StateError> {
        encode(&Who { user_name: user_name.to_owned(), user_roles: roles.to_vec(), administrator })
    }

    pub(crate) fn record(&self) -> Result<SessionRecord, StateError> {
        let Who { user_name, user_roles, administrator } = decode(&self.who)?;
        Ok(SessionRecord { user_name, user_roles, administrator, ..decode(&self.fixed)? })
    }
}

pub(crate) fn encode(value: &impl Serialize) -> Result<String, StateError> {
    serde_json::to_string(value).map_err(StateError::other)
}

pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, StateError> {
    serde_json::from_str(text).map_err(StateError::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_the_same_when_it_is_put_together_again() {
        let record = SessionRecord {
            user: Some(i64::MAX),
            user_name: "a\0\"ä𝄞".to_owned(),
            user_roles: vec!["User".to_owned(), String::new()],
            administrator: true,
            anonymous: true,
            language: "en_US".to_owned(),
            time_zone: "Europe/Amsterdam".to_owned(),
            object: i64::MIN,
            created_ms: -1,
            user_agent: "\n".to_owned(),
        };
        let parts = Parts::of(&record).expect("it can be written");
        assert_eq!(parts.record().expect("it can be read"), record);
        assert!(!parts.fixed.contains('\0') && !parts.who.contains('\0'), "PostgreSQL keeps no U+0000 in texts");
    }

    #[test]
    fn a_record_of_another_version_can_be_read() {
        let parts = Parts { fixed: r#"{"user":7,"shoe_size":46}"#.to_owned(), who: "{}".to_owned() };
        assert_eq!(parts.record().expect("it can be read"), SessionRecord { user: Some(7), ..Default::default() });
    }
}
