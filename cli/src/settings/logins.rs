//! How patient one has to be with wrong passwords.

use std::{fmt, str::FromStr};

use brooklet_runtime::limits::{LoginLimits, Waits};
use clap::Args;

use super::values::{Time, at_least_one};

/// Bounds of logins.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logins")]
pub(crate) struct LoginSettings {
    /// Logins that are checked at the same time; each takes 19 MiB and a core.
    #[arg(long, value_name = "N", default_value_t = default().at_once, value_parser = at_least_one::<usize>, hide_short_help = true)]
    login_at_once: usize,
    /// Logins that wait for that.
    #[arg(long, value_name = "N", default_value_t = default().queue, hide_short_help = true)]
    login_queue: usize,
    /// How long a login waits for that.
    #[arg(long, value_name = "TIME", default_value_t = Time(default().queue_time), hide_short_help = true)]
    login_queue_time: Time,
    /// After wrong passwords of one user from one address: how many cost nothing, the wait after the next, the longest wait.
    #[arg(long, value_name = "N,TIME,TIME", default_value_t = Patience(default().pair), hide_short_help = true)]
    login_wait_pair: Patience,
    /// The same for one address, whoever the user.
    #[arg(long, value_name = "N,TIME,TIME", default_value_t = Patience(default().address), hide_short_help = true)]
    login_wait_address: Patience,
    /// The same for one user, whatever the address.
    #[arg(long, value_name = "N,TIME,TIME", default_value_t = Patience(default().user), hide_short_help = true)]
    login_wait_user: Patience,
    /// How long after the last one wrong passwords are forgotten.
    #[arg(long, value_name = "TIME", default_value_t = Time(default().forget_after), hide_short_help = true)]
    login_forget_after: Time,
}

fn default() -> LoginLimits {
    LoginLimits::default()
}

impl LoginSettings {
    pub(crate) fn limits(&self) -> LoginLimits {
        LoginLimits {
            at_once: self.login_at_once,
            queue: self.login_queue,
            queue_time: self.login_queue_time.0,
            pair: self.login_wait_pair.0,
            address: self.login_wait_address.0,
            user: self.login_wait_user.0,
            forget_after: self.login_forget_after.0,
        }
    }
}

/// Waits after failures: `5,1s,10m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Patience(Waits);

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let [free, first, longest] = parts[..] else {
            return Err("that is not three parts; write it like 5,1s,10m".to_owned());
        };
        let free = free.parse().map_err(|_| format!("`{free}` is no number; write it like 5,1s,10m"))?;
        let (first, longest): (Time, Time) = (first.parse()?, longest.parse()?);
        Ok(Self(Waits { free, first: first.0, longest: longest.0 }))
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.0.free, Time(self.0.first), Time(self.0.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        for waits in [default().pair, default().address, default().user] {
            assert_eq!(Patience(waits).to_string().parse(), Ok(Patience(waits)));
        }
        for wrong in ["5", "5,1s", "x,1s,2s", "5,soon,2s", "5,1s,2s,3s"] {
            assert!(wrong.parse::<Patience>().is_err(), "{wrong}");
        }
    }
}
