//! Why a server did not start.

use std::{io, path::PathBuf};

/// Why a server did not start.
#[derive(Debug)]
pub enum SetupError {
    /// A program is not installed.
    Missing {
        /// Its name.
        program: String,
    },
    /// A program failed.
    Failed {
        /// What was run.
        program: String,
        /// What it said.
        output: String,
    },
    /// The server did not answer in time.
    Silent {
        /// What was run.
        program: String,
        /// Where its log is.
        log: PathBuf,
        /// What it logged.
        output: String,
    },
    /// The operating system refused something.
    System(io::Error),
}

impl std::fmt::Display for SetupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { program } => {
                write!(f, "{program} is not installed: run `cargo xtask setup`, which installs it")
            }
            Self::Failed { program, output } => write!(f, "{program} failed: {output}"),
            Self::Silent { program, log, output } => {
                write!(f, "{program} does not answer; its log is {}: {output}", log.display())
            }
            Self::System(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for SetupError {}

impl From<io::Error> for SetupError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
