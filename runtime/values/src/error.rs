//! Why a function has no result.
//!
//! The kind is for the host, which maps it to a documented code; the message is for whoever wrote the model. It names the
//! function and the value that it can not work with, and says what to do.

use crate::DecimalError;

/// A function failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// What went wrong.
    pub kind: FunctionErrorKind,
    /// What went wrong, where, and what to do, in a sentence.
    pub message: String,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionErrorKind {
    /// An argument that must have a value is empty.
    EmptyOperand,
    /// A number, a moment or an index is beyond what its type or the text allows.
    OutOfRange,
    /// An argument is of the wrong type or number, or has no meaning for the function.
    InvalidArgument,
    /// A text is not what it should be read as, and there is no default.
    Parse,
    /// A regular expression or a format is not well-formed.
    PatternSyntax,
    /// The result or the work for it is too large.
    Limit,
    /// Division by zero.
    DivisionByZero,
}

impl FunctionError {
    pub(crate) fn new(kind: FunctionErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The same error, said of a function.
    pub(crate) fn of(self, subject: impl std::fmt::Display) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    pub(crate) fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(FunctionErrorKind::OutOfRange, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(FunctionErrorKind::InvalidArgument, message)
    }

    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self::new(FunctionErrorKind::Parse, message)
    }

    pub(crate) fn pattern(message: impl Into<String>) -> Self {
        Self::new(FunctionErrorKind::PatternSyntax, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(FunctionErrorKind::Limit, message)
    }
}

impl From<DecimalError> for FunctionError {
    fn from(error: DecimalError) -> Self {
        let kind = match error {
            DecimalError::Parse(_) => FunctionErrorKind::Parse,
            DecimalError::Limit => FunctionErrorKind::Limit,
            DecimalError::DivisionByZero => FunctionErrorKind::DivisionByZero,
            DecimalError::TooLargeToStore(_) => FunctionErrorKind::OutOfRange,
        };
        Self::new(kind, error.to_string())
    }
}
