//! `brooklet sessions`, `brooklet sessions end`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Access, moment, short_hash, table, text};
use crate::{
    failure::Exit,
    output::{self, Format},
};

/// How many sessions one question asks for.
const SESSIONS_PER_QUESTION: u32 = 1_000;

/// Lists the sessions of a cluster, or ends one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  brooklet sessions --to http://127.0.0.1:8080 --token secret
  brooklet sessions end 0123456789abcdef0123456789abcdef --token secret")]
pub(crate) struct Sessions {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ends a session, on all nodes at once.
    End(End),
}

#[derive(Debug, Args)]
struct End {
    /// The session's id; `brooklet sessions` lists them.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    access: Access,
}

impl Sessions {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        match self.action {
            Some(Action::End(end)) => end.execute(format),
            None => list(&self.access, format),
        }
    }
}

impl End {
    fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let answer = self.access.send("DELETE", &format!("sessions/{}", self.id), None)?;
        match format {
            Format::Json => output::json(&answer),
            Format::Text => output::line(&format!("session {} is ended", self.id)),
        }
        Ok(Exit::Clean)
    }
}

fn list(access: &Access, format: Format) -> anyhow::Result<Exit> {
    let mut sessions: Vec<Value> = Vec::new();
    let mut after = String::new();
    loop {
        let answer = access.send("GET", &format!("sessions?limit={SESSIONS_PER_QUESTION}{after}"), None)?;
        sessions.extend(answer["sessions"].as_array().into_iter().flatten().cloned());
        match answer["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    match format {
        Format::Json => output::json(&json!({ "sessions": sessions })),
        Format::Text => {
            let rows: Vec<_> = sessions.iter().map(row).collect();
            let head = ["session", "user", "node", "last active", "address", "version", "bytes"];
            output::line(&table(&head, &rows));
        }
    }
    Ok(Exit::Clean)
}

fn row(session: &Value) -> Vec<String> {
    let of = |name| text(session, name);
    let (active, version) = (moment(session, "lastActiveMs"), short_hash(&of("version")));
    vec![of("id"), of("user"), of("node"), active, of("address"), version, of("objectBytes")]
}
