//! `brooklet log`.

use clap::Args;
use serde_json::json;

use super::{Access, text};
use crate::{
    failure::Exit,
    output::{self, Format},
};

/// Shows or sets what goes to the log of every node of a cluster.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet log --token secret
  brooklet log debug --token secret
  brooklet log info,microflow=trace --token secret
  brooklet log own --token secret                    each node's own setting again")]
pub(crate) struct Log {
    /// off, error, warn, info, debug, trace, a filter such as info,microflow=trace, or own for each node's own setting.
    /// Without it the present one is shown.
    #[arg(value_name = "LEVEL|FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    access: Access,
}

impl Log {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let answer = match self.filter.as_deref() {
            None => self.access.send("GET", "log", None)?,
            Some("own") => self.access.send("PUT", "log", Some(&json!({ "filter": null })))?,
            Some(filter) => self.access.send("PUT", "log", Some(&json!({ "filter": filter })))?,
        };
        match (format, answer["filter"].as_str()) {
            (Format::Json, _) => output::json(&answer),
            (Format::Text, Some(filter)) => output::line(filter),
            (Format::Text, None) => match text(&answer, "own").as_str() {
                "" => output::line("each node's own"),
                own => output::line(&format!("each node's own; this one has {own}")),
            },
        }
        Ok(Exit::Clean)
    }
}
