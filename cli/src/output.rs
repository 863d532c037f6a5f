//! Where results, complaints and the log go.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one document, or one line per record.
    Json,
}

/// Prints a line of a result.
pub(crate) fn line(text: &str) {
    // A reader that has gone, such as `head`, has seen what it wanted.
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints a result as one line of JSON.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => complain(&format!("error: the result cannot be written: {error}")),
    }
}

/// Prints a line to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Starts the log on standard error. `RUST_LOG` says how much: `RUST_LOG=debug`, `RUST_LOG=microflow=trace`.
pub(crate) fn start_log(node: bool, format: Format) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(if node { "info" } else { "warn" }));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        Format::Text => log.with_ansi(io::stderr().is_terminal()).with_target(false).compact().init(),
        Format::Json => log.json().flatten_event(true).init(),
    }
}
