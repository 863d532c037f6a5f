//! How sessions are bounded.

use brooklet_runtime::limits::SessionLimits;
use clap::Args;

use super::values::{Size, Time, at_least_one};

/// Bounds of sessions.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sessions")]
pub(crate) struct SessionSettings {
    /// How long a session lives without a request.
    #[arg(long, value_name = "TIME", default_value_t = Time(default().timeout))]
    session_timeout: Time,
    /// Sessions in the whole cluster; without it, as many as come.
    #[arg(long, value_name = "N", value_parser = at_least_one::<u32>)]
    session_limit: Option<u32>,
    /// Places of that limit that only administrators get.
    #[arg(long, value_name = "N", default_value_t = default().reserve)]
    session_reserve: u32,
    /// Objects that one session may keep.
    #[arg(long, value_name = "N", default_value_t = default().objects, value_parser = at_least_one::<usize>, hide_short_help = true)]
    session_objects: usize,
    /// Objects of one session from which on the log has a warning.
    #[arg(long, value_name = "N", default_value_t = default().objects_warning, value_parser = at_least_one::<usize>, hide_short_help = true)]
    session_objects_warning: usize,
    /// Bytes that the objects of one session may take in the state store.
    #[arg(long, value_name = "SIZE", default_value_t = Size(default().bytes), hide_short_help = true)]
    session_bytes: Size,
    /// Bytes of one session from which on the log has a warning.
    #[arg(long, value_name = "SIZE", default_value_t = Size(default().bytes_warning), hide_short_help = true)]
    session_bytes_warning: Size,
    /// How often a call is run when other calls of its session come first.
    #[arg(long, value_name = "N", default_value_t = default().attempts, value_parser = at_least_one::<u32>, hide_short_help = true)]
    session_attempts: u32,
}

fn default() -> SessionLimits {
    SessionLimits::default()
}

impl SessionSettings {
    pub(crate) fn limits(&self) -> SessionLimits {
        SessionLimits {
            timeout: self.session_timeout.0,
            sessions: self.session_limit,
            reserve: self.session_reserve,
            objects: self.session_objects,
            objects_warning: self.session_objects_warning,
            bytes: self.session_bytes.0,
            bytes_warning: self.session_bytes_warning.0,
            attempts: self.session_attempts,
        }
    }
}
