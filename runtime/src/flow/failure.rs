//! Why a call did not succeed, as its caller learns it.
//!
//! Everything that can go wrong on the way through [`Node::run`](super::Node::run) becomes a [`Failure`]: a code that
//! programs can branch on (each has a page under `docs/errors/`), a sentence that says what to do, and, when the model was
//! at work, the activities on its stack. What only an operator may know goes to the log where it happens and nowhere else.

use std::{fmt, time::Duration};

use brooklet_model::Manifest;
use serde::Serialize;

use crate::{
    access::Unreadable,
    clock::NumberLost,
    engine::Stopped,
    errors::{Frame, Interruption, LimitExceeded, MicroflowError, ValidationMessage, codes},
};

/// Codes of failures that are not microflow errors.
pub mod failure_codes {
    /// There is no microflow of that name.
    pub const MICROFLOW_NOT_FOUND: &str = "microflow-not-found";
    /// The arguments are not a JSON object.
    pub const MALFORMED_JSON: &str = "malformed-json";
    /// The microflow has no parameter of that name.
    pub const UNKNOWN_ARGUMENT: &str = "unknown-argument";
    /// An argument does not have its parameter's type.
    pub const WRONG_ARGUMENT_TYPE: &str = "wrong-argument-type";
    /// There is no entity of that name.
    pub const ENTITY_NOT_FOUND: &str = "entity-not-found";
    /// Objects of the entity are not in the database.
    pub const NOT_PERSISTABLE: &str = "not-persistable";
    /// An XPath constraint or a sort order that cannot be read.
    pub const INVALID_CONSTRAINT: &str = "invalid-constraint";
    /// The object changed since it was read.
    pub const PRECONDITION_FAILED: &str = "precondition-failed";
    /// An object has no member of that name.
    pub const UNKNOWN_MEMBER: &str = "unknown-member";
    /// An argument names an object that is not in the database.
    pub const ARGUMENT_NOT_FOUND: &str = "argument-not-found";
    /// More calls than the node takes.
    pub const OVERLOADED: &str = "overloaded";
    /// The node has no model yet, or it is shutting down.
    pub const NOT_READY: &str = "not-ready";
    /// The application is under maintenance.
    pub const MAINTENANCE: &str = "maintenance";
    /// A bug in brooklet or in a guest.
    pub const INTERNAL: &str = "internal";
    /// Only who has logged in may do this.
    pub const LOGIN_REQUIRED: &str = "login-required";
    /// The name or the password is wrong, or the user may not log in.
    pub const LOGIN_FAILED: &str = "login-failed";
    /// Too many logins failed; the next one must wait.
    pub const LOGIN_DELAYED: &str = "login-delayed";
    /// The session is not known, or has ended.
    pub const SESSION_UNKNOWN: &str = "session-unknown";
    /// As many sessions as may be.
    pub const SESSION_LIMIT: &str = "session-limit";
    /// A session holds more than it may.
    pub const SESSION_STATE_LIMIT: &str = "session-state-limit";
    /// Other calls of the session came first, again and again.
    pub const SESSION_CONFLICT: &str = "session-conflict";
    /// The store of sessions cannot be reached.
    pub const STATE_UNAVAILABLE: &str = "state-unavailable";
    /// The user has no role that may call the microflow.
    pub const EXECUTE_DENIED: &str = "execute-denied";
    /// What the client asks for is something else in the version that serves.
    pub const OPERATION_CHANGED: &str = "operation-changed";
    /// What the client asks for is not in the version that serves.
    pub const OPERATION_GONE: &str = "operation-gone";
    /// The node does not know the version that the client knows.
    pub const VERSION_UNKNOWN: &str = "version-unknown";
    /// Processor time.
    pub const CPU_TIME_LIMIT: &str = "cpu-time-limit";
    /// Linear memory.
    pub const MEMORY_LIMIT: &str = "memory-limit";
    /// Nested calls.
    pub const CALL_DEPTH_LIMIT: &str = "call-depth-limit";
    /// Rows of a retrieve.
    pub const ROW_LIMIT: &str = "row-limit";
    /// Any other limit of a request.
    pub const REQUEST_LIMIT: &str = "request-limit";
}

/// Whose fault it is, and what the caller may do: what a status code is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The call cannot be understood; sending it again will not help.
    Invalid,
    /// The caller must say who it is.
    Unauthenticated,
    /// The caller may not do that.
    Denied,
    /// More of something than may be; later there may be less.
    TooMany,
    /// What is asked for does not exist.
    NotFound,
    /// The model understood the call and said no: validation, uniqueness, `throw`.
    Refused,
    /// What the caller saw is not so any more; it must look again.
    Precondition,
    /// Another call is in the way; trying again may help.
    Conflict,
    /// The caller knows another version of the model; it must read the model again.
    Outdated,
    /// What is asked for was there in another version of the model.
    Gone,
    /// The microflow took more than it may.
    Limit,
    /// The model or the host is at fault.
    Internal,
    /// Not now; trying again later will help.
    Unavailable,
}

/// An activity on the stack of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Qualified name.
    pub microflow: String,
    /// The activity's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<u32>,
    /// The line in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The source file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Why a call did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Failure {
    /// What happened, for programs.
    pub code: &'static str,
    /// Whose fault it is.
    pub kind: FailureKind,
    /// What happened and what to do, for people.
    pub message: String,
    /// The activities on the stack, innermost first.
    pub frames: Vec<Place>,
    /// What is wrong with which member.
    pub details: Vec<ValidationMessage>,
    /// How long to wait before the next attempt, where that is known.
    pub retry_after: Option<Duration>,
    /// The version of the model inside which it happened; none when no version had to do with it.
    pub within: Option<Box<Within>>,
}

/// A version of the model, where something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// The hash that names it.
    pub version: String,
    /// What a client that knows another version must learn.
    pub outdated: Option<Outdated>,
}

/// What a client knows that is not so in the version that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outdated {
    /// The version that it knows.
    pub known: String,
    /// What is different, in words.
    pub changes: Vec<String>,
}

impl Failure {
    /// A failure without places.
    pub fn new(kind: FailureKind, code: &'static str, message: impl Into<String>) -> Self {
        let (frames, details) = (Vec::new(), Vec::new());
        Self { code, kind, message: message.into(), frames, details, retry_after: None, within: None }
    }

    /// The failure as one that happened inside a version of the model.
    pub(super) fn within(self, version: &str) -> Self {
        let outdated = self.within.and_then(|within| within.outdated);
        Self { within: Some(Box::new(Within { version: version.to_owned(), outdated })), ..self }
    }

    /// The failure as one of a client that does not know the version that serves.
    pub(super) fn outdated(self, version: &str, outdated: Outdated) -> Self {
        Self { within: Some(Box::new(Within { version: version.to_owned(), outdated: Some(outdated) })), ..self }
    }

    /// Whether the call itself was wrong, so that the model never saw it.
    pub fn is_of_the_caller(&self) -> bool {
        matches!(self.kind, FailureKind::Invalid | FailureKind::NotFound)
    }

    /// Whether the model or the host is at fault, and not the caller or the circumstances.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(self.kind, FailureKind::Limit | FailureKind::Internal)
    }

    /// A client's query that the store cannot do.
    pub(crate) fn of_query(error: brooklet_store::StoreError) -> Self {
        match error {
            brooklet_store::StoreError::Query { reason, .. } => {
                Self::new(FailureKind::Invalid, failure_codes::INVALID_CONSTRAINT, reason)
            }
            error => Self::of_store(error),
        }
    }

    /// A client's query that names what the client may not read.
    pub(crate) fn of_unreadable(unreadable: Unreadable) -> Self {
        let Unreadable { entity, member } = unreadable;
        let message = match &member {
            Some(member) => format!("You have no right to read {member} of {entity}."),
            None => format!("You have no right to read objects of {entity}."),
        };
        let detail = ValidationMessage { entity, object: None, member, message: message.clone() };
        Self { details: vec![detail], ..Self::new(FailureKind::Denied, codes::ACCESS_DENIED, message) }
    }

    /// An error of the database outside of a microflow.
    pub(crate) fn of_store(error: brooklet_store::StoreError) -> Self {
        let (kind, code) = match &error {
            brooklet_store::StoreError::Unreachable { .. }
            | brooklet_store::StoreError::Exhausted
            | brooklet_store::StoreError::OutcomeUnknown { .. } => (FailureKind::Unavailable, codes::STORE_UNAVAILABLE),
            brooklet_store::StoreError::Conflict { .. } => (FailureKind::Conflict, codes::CONFLICT),
            _ => (FailureKind::Internal, codes::STORE_FAILED),
        };
        let message = error.client_message();
        tracing::error!(code, source = %error, "{message}");
        Self::new(kind, code, message)
    }

    /// An error that no handler of the model caught.
    pub(crate) fn of_microflow_error(error: MicroflowError, manifest: &Manifest) -> Self {
        if let Some(source) = &error.source {
            tracing::error!(code = error.code, source = %source, "{}", error.message);
        }
        Self {
            code: error.code,
            kind: kind_of(error.code),
            message: error.message,
            frames: places(error.frames, manifest),
            details: error.details,
            retry_after: None,
            within: None,
        }
    }

    /// A guest that the host stopped.
    pub(crate) fn of_stopped(stopped: Stopped, manifest: &Manifest) -> Self {
        let frames = stopped.frames;
        let failure = Self::of_interruption(stopped.cause, manifest);
        if failure.frames.is_empty() { Self { frames: places(frames, manifest), ..failure } } else { failure }
    }

    /// Whatever a step of a request did not go on for.
    pub(crate) fn of_interruption(cause: Interruption, manifest: &Manifest) -> Self {
        match cause {
            Interruption::Microflow(error) => Self::of_microflow_error(*error, manifest),
            Interruption::Limit(limit) => Self::of_limit(limit),
            Interruption::Internal(what) => {
                tracing::error!(what, "internal error");
                Self::new(
                    FailureKind::Internal,
                    failure_codes::INTERNAL,
                    "something is wrong inside; the node's log says what",
                )
            }
        }
    }

    fn of_limit(limit: LimitExceeded) -> Self {
        let code = match limit.limit {
            "cpu_time" => failure_codes::CPU_TIME_LIMIT,
            "memory_bytes" => failure_codes::MEMORY_LIMIT,
            "call_depth" => failure_codes::CALL_DEPTH_LIMIT,
            "rows_per_retrieve" => failure_codes::ROW_LIMIT,
            _ => failure_codes::REQUEST_LIMIT,
        };
        Self::new(FailureKind::Limit, code, limit.to_string())
    }
}

impl From<NumberLost> for Failure {
    fn from(lost: NumberLost) -> Self {
        Self::new(FailureKind::Unavailable, codes::STORE_UNAVAILABLE, lost.to_string())
    }
}

/// Names the frames' sources.
fn places(frames: Vec<Frame>, manifest: &Manifest) -> Vec<Place> {
    frames
        .into_iter()
        .map(|frame| {
            let source = manifest
                .microflow_named(&frame.microflow)
                .and_then(|id| manifest.sources.get(manifest.microflow(id).place.source.index()).cloned());
            Place {
                microflow: frame.microflow,
                activity: frame.activity,
                line: (frame.line > 0).then_some(frame.line),
                source,
            }
        })
        .collect()
}

/// What a microflow error means to a caller: some say that the call was refused, most that the model has a fault.
fn kind_of(code: &str) -> FailureKind {
    match code {
        codes::VALIDATION_FAILED
        | codes::UNIQUE_VIOLATION
        | codes::DELETE_PREVENTED
        | codes::PREVENTED
        | codes::THROWN => FailureKind::Refused,
        codes::ACCESS_DENIED => FailureKind::Denied,
        codes::CONFLICT | codes::ABORTED | codes::CONCURRENT_EXECUTION | codes::LEASE_LOST => FailureKind::Conflict,
        codes::STORE_UNAVAILABLE => FailureKind::Unavailable,
        _ => FailureKind::Internal,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.microflow)?;
        match (&self.source, self.line) {
            (Some(source), Some(line)) => write!(f, " ({source}:{line})")?,
            (None, Some(line)) => write!(f, " (line {line})")?,
            _ => {}
        }
        match self.activity {
            Some(activity) => write!(f, ", activity {activity}"),
            None => Ok(()),
        }
    }
}
