//! Where results, complaints and the log go.

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::Arc,
};

use brooklet_runtime::cluster::LogControl;
use clap::ValueEnum;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::failure::Usage;

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

/// What goes to the log when the cluster does not say.
pub(crate) struct LogDefault<'a> {
    /// The setting.
    pub(crate) wanted: Option<&'a str>,
    /// What it is without the setting and without `RUST_LOG`.
    pub(crate) otherwise: &'a str,
}

/// The log of this process: what goes to it can be changed while it runs.
pub(crate) struct Log {
    replace: Box<dyn Fn(EnvFilter) -> bool + Send + Sync>,
    /// The filter with which the process started.
    own: String,
}

impl LogControl for Log {
    fn check(&self, filter: &str) -> Result<(), String> {
        EnvFilter::try_new(filter).map(drop).map_err(|error| error.to_string())
    }

    fn set(&self, filter: Option<&str>) -> Result<(), String> {
        let filter = EnvFilter::try_new(filter.unwrap_or(&self.own)).map_err(|error| error.to_string())?;
        if (self.replace)(filter) { Ok(()) } else { Err("the log is gone".to_owned()) }
    }

    fn own(&self) -> String {
        self.own.clone()
    }
}

/// Starts the log on standard error.
pub(crate) fn start_log(default: LogDefault<'_>, format: Format) -> Result<Arc<Log>, Usage> {
    let environment = env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| EnvFilter::try_new(filter).is_ok());
    let own = match default.wanted {
        Some(wanted) => wanted.to_owned(),
        None => environment.unwrap_or_else(|| default.otherwise.to_owned()),
    };
    let filter = EnvFilter::try_new(&own).map_err(|error| Usage(format!("`log` is no filter: {own}: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Whoever read the log may be gone, which is no reason to end: the log would complain about it to the same stream.
    let log = log.log_internal_errors(false);
    let replace: Box<dyn Fn(EnvFilter) -> bool + Send + Sync> = match format {
        Format::Text => {
            let log = log.with_ansi(io::stderr().is_terminal()).with_target(false).compact().with_filter_reloading();
            let handle = log.reload_handle();
            log.init();
            Box::new(move |filter| handle.reload(filter).is_ok())
        }
        Format::Json => {
            let log = log.json().flatten_event(true).with_filter_reloading();
            let handle = log.reload_handle();
            log.init();
            Box::new(move |filter| handle.reload(filter).is_ok())
        }
    };
    Ok(Arc::new(Log { replace, own }))
}
