//! `brooklet maintenance`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Access, items, text};
use crate::{
    failure::{Exit, Usage},
    output::{self, Format},
};

/// Shows or says what clients of a cluster may do: everything, only read, or nothing for a while.
#[derive(Debug, Args)]
#[command(after_help = "\
Administrators, whose user role manages all roles, are not held to it; nor are the roles of --exempt.

Examples:
  brooklet maintenance --token secret                                      what holds
  brooklet maintenance blocked --message 'Back at nine.' --token secret    clients get 503
  brooklet maintenance read-only --exempt Clerk --token secret             what changes the database gets 503
  brooklet maintenance notice --message 'Closed tonight.' --token secret   clients are only told
  brooklet maintenance off --token secret")]
pub(crate) struct Maintenance {
    /// What clients may do; without it, what holds is shown.
    #[arg(value_name = "MODE")]
    mode: Option<Mode>,
    /// What clients read.
    #[arg(long, value_name = "TEXT", requires = "mode")]
    message: Option<String>,
    /// A user role that is not held to it; may be given several times.
    #[arg(long, value_name = "ROLE", requires = "mode")]
    exempt: Vec<String>,
    #[command(flatten)]
    access: Access,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// Nothing: calls get 503.
    Blocked,
    /// Read: calls that change the database are undone and get 503.
    ReadOnly,
    /// Everything: they are only told.
    Notice,
    /// Everything; no maintenance holds.
    Off,
}

impl Maintenance {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        if matches!(self.mode, Some(Mode::Off)) && (self.message.is_some() || !self.exempt.is_empty()) {
            return Err(Usage("`off` takes neither --message nor --exempt".to_owned()).into());
        }
        let begin = |mode: &str| {
            let wanted =
                json!({ "mode": mode, "message": self.message.as_deref().unwrap_or_default(), "exempt": self.exempt });
            self.access.send("PUT", "maintenance", Some(&wanted))
        };
        let answer = match self.mode {
            None => self.access.send("GET", "maintenance", None)?,
            Some(Mode::Off) => self.access.send("DELETE", "maintenance", None)?,
            Some(Mode::Blocked) => begin("blocked")?,
            Some(Mode::ReadOnly) => begin("read-only")?,
            Some(Mode::Notice) => begin("notice")?,
        };
        match format {
            Format::Json => output::json(&answer),
            Format::Text => output::line(&sentence(&answer["maintenance"])),
        }
        Ok(Exit::Clean)
    }
}

fn sentence(maintenance: &Value) -> String {
    let held = match text(maintenance, "mode").as_str() {
        "" => return "no maintenance".to_owned(),
        "blocked" => "clients are turned away",
        "read-only" => "clients can only read",
        _ => "clients are told",
    };
    let exempt: Vec<_> = items(maintenance, "exempt").iter().filter_map(Value::as_str).collect();
    let except = if exempt.is_empty() { String::new() } else { format!(", but for {}", exempt.join(", ")) };
    match text(maintenance, "message").as_str() {
        "" => format!("{held}{except}"),
        message => format!("{held}{except}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_said_in_a_sentence() {
        assert_eq!(sentence(&Value::Null), "no maintenance");
        let blocked = json!({ "mode": "blocked", "message": "Back at nine.", "exempt": ["Clerk", "Tester"] });
        assert_eq!(sentence(&blocked), "clients are turned away, but for Clerk, Tester: Back at nine.");
        assert_eq!(sentence(&json!({ "mode": "notice", "message": "" })), "clients are told");
    }
}
