//! Errors of requests: who learns what.
//!
//! Three readers meet an error, and each needs something else.
//!
//! - The **model** may handle it: an error handler catches it and reads `$latestError`. Only a [`MicroflowError`] can be
//!   handled. The model sees its `code` (as `ErrorType`), its `message` and its `frames` (as `Stacktrace`).
//! - The **client** reads `code`, `message` and `details`. They name entities, members and microflows, which the client knows
//!   anyway; they never contain SQL, addresses or anything from another user's data. A client may branch on `code`: codes are
//!   kebab-case, are listed in [`codes`], and never change their meaning.
//! - The **operator** reads everything in the log, `source` included: what the database or the library really said.
//!
//! Not everything that stops a request is a microflow error. [`Interruption`] has the three kinds:
//!
//! - [`Interruption::Microflow`]: what went wrong in the model's own terms. The WIT function answers `err`, the engine keeps the
//!   error with [`crate::request::Request::fail`], and the guest handles it or returns it.
//! - [`Interruption::Limit`]: the request took more than a limit allows. The guest traps: a model that could catch this could
//!   go on taking.
//! - [`Interruption::Internal`]: a bug in the guest or in the host, such as a handle that never existed. The guest traps; the
//!   client learns that something is wrong, the operator learns what.

use std::{error::Error, fmt, sync::Arc};

use brooklet_values::ObjectId;

use crate::clock::NumberLost;

/// The codes of microflow errors.
pub mod codes {
    /// An empty operand where a value is needed.
    pub const EMPTY_OPERAND: &str = "empty-operand";
    /// A member of an object that is empty.
    pub const EMPTY_OBJECT: &str = "empty-object";
    /// A whole number that does not fit into 64 bits.
    pub const INTEGER_OVERFLOW: &str = "integer-overflow";
    /// Division or remainder by zero.
    pub const DIVISION_BY_ZERO: &str = "division-by-zero";
    /// A value out of the range of its type.
    pub const OUT_OF_RANGE: &str = "out-of-range";
    /// A feature that the compiler left out.
    pub const UNAVAILABLE: &str = "unavailable";
    /// A before-handler answered false.
    pub const PREVENTED: &str = "prevented";
    /// The model raised it.
    pub const THROWN: &str = "thrown";
    /// Objects violate validation rules; the details say which.
    pub const VALIDATION_FAILED: &str = "validation-failed";
    /// Another object has the same values in members that must be unique.
    pub const UNIQUE_VIOLATION: &str = "unique-violation";
    /// Objects that refer to the object prevent its deletion.
    pub const DELETE_PREVENTED: &str = "delete-prevented";
    /// The object was deleted, or its creation was undone.
    pub const OBJECT_GONE: &str = "object-gone";
    /// There is no such object.
    pub const NOT_FOUND: &str = "not-found";
    /// Whoever asks has no right to that.
    pub const ACCESS_DENIED: &str = "access-denied";
    /// A member cannot be read or set that way.
    pub const MEMBER_UNAVAILABLE: &str = "member-unavailable";
    /// A value that its attribute does not accept.
    pub const INVALID_VALUE: &str = "invalid-value";
    /// A function did not accept its arguments.
    pub const INVALID_ARGUMENT: &str = "invalid-argument";
    /// Another transaction is in the way; trying again may succeed.
    pub const CONFLICT: &str = "conflict";
    /// A later request of the session found this one unfinished and undid it.
    pub const ABORTED: &str = "aborted";
    /// Somebody else runs a microflow that must not run twice at once.
    pub const CONCURRENT_EXECUTION: &str = "concurrent-execution";
    /// A lock was lost to somebody else before the work could become durable.
    pub const LEASE_LOST: &str = "lease-lost";
    /// The database cannot be reached.
    pub const STORE_UNAVAILABLE: &str = "store-unavailable";
    /// The database refused; the operator's log says why.
    pub const STORE_FAILED: &str = "store-failed";
}

/// Why a request, or a step of it, did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// An error in the model's own terms, which the model may handle.
    #[error(transparent)]
    Microflow(Box<MicroflowError>),
    /// The request took more than it may.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// A bug in the guest or in the host.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What a step of a request answers.
pub type Outcome<T> = Result<T, Interruption>;

impl Interruption {
    /// A bug, described for the operator.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(what.into())
    }
}

impl From<MicroflowError> for Interruption {
    fn from(error: MicroflowError) -> Self {
        Self::Microflow(Box::new(error))
    }
}

impl From<NumberLost> for Interruption {
    /// For the model as if the database were away: what it knows of this node is what is missing.
    fn from(lost: NumberLost) -> Self {
        MicroflowError::new(codes::STORE_UNAVAILABLE, "The node cannot make new objects at the moment.")
            .caused_by(lost)
            .into()
    }
}

/// A limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {bound} {what} is exceeded (limit `{limit}`)")]
pub struct LimitExceeded {
    /// The limit's name, as in the deployment's settings: `objects`.
    pub limit: &'static str,
    /// How much is allowed.
    pub bound: u64,
    /// Of what, in words.
    pub what: &'static str,
}

/// An error in the model's own terms.
#[derive(Clone, Debug)]
pub struct MicroflowError {
    /// What kind it is: one of [`codes`].
    pub code: &'static str,
    /// What happened, for the client and the model.
    pub message: String,
    /// What is wrong with which member of which object.
    pub details: Vec<ValidationMessage>,
    /// Where it happened, innermost first. The engine fills it while the error passes through microflows.
    pub frames: Vec<Frame>,
    /// What was really said, for the operator.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What is wrong with a member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationMessage {
    /// The qualified name of the object's entity.
    pub entity: String,
    /// The object; none when the database says only that there is one among several.
    pub object: Option<ObjectId>,
    /// The attribute's name or the association's qualified name; none for the whole object.
    pub member: Option<String>,
    /// What the user reads.
    pub message: String,
}

/// A place in a microflow that an error passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Qualified name.
    pub microflow: String,
    /// The activity's number; none when it is not known.
    pub activity: Option<u32>,
    /// The activity's line; 0 when it is not known.
    pub line: u32,
}

impl MicroflowError {
    /// An error without details.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), frames: Vec::new(), source: None }
    }

    /// Adds what was really said.
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The frames, one a line, for `$latestError/Stacktrace`.
    pub fn stack_trace(&self) -> String {
        let lines: Vec<String> = self.frames.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

impl fmt::Display for MicroflowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)?;
        self.details.iter().try_for_each(|detail| write!(f, "; {detail}"))
    }
}

impl Error for MicroflowError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl fmt::Display for ValidationMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "{}.{member}: {}", self.entity, self.message),
            None => write!(f, "{}: {}", self.entity, self.message),
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.microflow)?;
        if let Some(activity) = self.activity {
            write!(f, ", activity {activity}")?;
        }
        if self.line > 0 { write!(f, ", line {}", self.line) } else { Ok(()) }
    }
}
