//! How a command ends when it does not succeed.

use std::process::ExitCode;

/// The command was used wrongly; the text says how to use it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// What the shell learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Clean = 0,
    /// The model has errors, or a test failed.
    Faulty = 1,
    /// The command was used wrongly, or the machine lacks what it needs.
    Misused = 2,
    /// The microflow that was run ended in an error.
    MicroflowError = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
