//! `brooklet versions`.

use clap::Args;
use serde_json::{Value, json};

use super::{Access, items, moment, short_hash, table, text};
use crate::{
    failure::Exit,
    output::{self, Format},
};

/// Lists the versions of a cluster's model, and who brought them into service.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet versions --to http://127.0.0.1:8080 --token secret
  brooklet versions --history --token secret      every release and deployment, with who and when")]
pub(crate) struct Versions {
    /// What happened, the latest first.
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    access: Access,
}

impl Versions {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let known = self.access.send("GET", "versions", None)?;
        let began = self.access.send("GET", "deployments", None)?;
        match format {
            Format::Json => output::json(&json!({
                "versions": known["versions"],
                "releases": known["releases"],
                "deployments": began["deployments"],
            })),
            Format::Text if self.history => {
                let rows: Vec<_> = items(&began, "deployments").iter().map(deployment).collect();
                output::line(&table(&["deployment", "began", "kind", "version", "before", "by", "ended"], &rows));
            }
            Format::Text => {
                let rows: Vec<_> = items(&known, "versions").iter().map(version).collect();
                output::line(&table(&["version", "role", "since", "bytes", "came", "by"], &rows));
            }
        }
        Ok(Exit::Clean)
    }
}

fn version(version: &Value) -> Vec<String> {
    let of = |name| text(version, name);
    let since = items(version, "generations").first().map_or_else(String::new, |one| format!("generation {one}"));
    vec![short_hash(&of("version")), of("role"), since, of("bytes"), moment(version, "atMs"), of("by")]
}

fn deployment(deployment: &Value) -> Vec<String> {
    let of = |name| text(deployment, name);
    let ended = match &deployment["phase"] {
        Value::String(phase) => phase.clone(),
        phase => format!("taken back: {}", text(phase, "taken-back")),
    };
    let (version, before) = (short_hash(&of("version")), short_hash(&of("before")));
    vec![of("deployment"), moment(deployment, "beganMs"), of("origin"), version, before, of("by"), ended]
}
