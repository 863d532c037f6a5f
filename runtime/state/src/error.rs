//! What can go wrong with a store of sessions.
//!
//! An error of a method that writes leaves open whether the store has done it: the answer may have got lost. No message
//! shows a password. A client sees none of them; what it is told is up to the runtime.

use std::error::Error;

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The URL names no store.
    #[error(
        "the session store {url:?} is not understood: {reason}; use memory, sql or redis://user:password@host:port/database"
    )]
    Url {
        /// What was given, without user and password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store does not answer now. Trying later may succeed.
    #[error("the session store does not answer: {source}")]
    Unavailable {
        /// What was met.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else: a setting, a permission, or something stored that cannot be read.
    #[error("the session store failed: {source}")]
    Other {
        /// What was met.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StateError {
    /// The store does not answer.
    pub(crate) fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: source.into() }
    }

    /// Something else is wrong.
    pub(crate) fn other(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other { source: source.into() }
    }
}
