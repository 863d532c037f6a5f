//! `brooklet nodes`, `brooklet drain`, `brooklet undrain`.

use clap::Args;
use serde_json::Value;

use super::{Access, items, short_hash, table, text};
use crate::{
    failure::Exit,
    output::{self, Format},
};

/// Lists the nodes of a cluster.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet nodes --to http://127.0.0.1:8080 --token secret
  BROOKLET_ADMIN_TOKEN=secret brooklet nodes --format json | jq '.nodes[].state'")]
pub(crate) struct Nodes {
    #[command(flatten)]
    access: Access,
}

/// Takes a node out of the rotation: it finishes what it has begun, is not ready, and goes on running.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  brooklet drain node-2 --token secret")]
pub(crate) struct Drain {
    /// The node's name; `brooklet nodes` lists them.
    #[arg(value_name = "NODE")]
    node: String,
    #[command(flatten)]
    access: Access,
}

/// Takes a drained node into the rotation again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  brooklet undrain node-2 --token secret")]
pub(crate) struct Undrain {
    /// The node's name; `brooklet nodes` lists them.
    #[arg(value_name = "NODE")]
    node: String,
    #[command(flatten)]
    access: Access,
}

impl Nodes {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let answer = self.access.send("GET", "nodes", None)?;
        match format {
            Format::Json => output::json(&answer),
            Format::Text => {
                let nodes = items(&answer, "nodes");
                let rows: Vec<_> = nodes.iter().map(row).collect();
                let head = ["node", "number", "group", "state", "wanted", "calls", "process", "version", "url"];
                output::line(&table(&head, &rows));
            }
        }
        Ok(Exit::Clean)
    }
}

fn row(node: &Value) -> Vec<String> {
    let of = |name| text(node, name);
    let version = short_hash(&of("version"));
    let before = ["name", "number", "group", "state", "wanted", "requests", "process"].map(of);
    before.into_iter().chain([version, of("url")]).collect()
}

impl Drain {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        want(&self.access, &self.node, "drain", format)
    }
}

impl Undrain {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        want(&self.access, &self.node, "undrain", format)
    }
}

fn want(access: &Access, node: &str, what: &str, format: Format) -> anyhow::Result<Exit> {
    let answer = access.send("POST", &format!("nodes/{node}/{what}"), None)?;
    match format {
        Format::Json => output::json(&answer),
        Format::Text if what == "drain" => {
            output::line(&format!("{node} drains; `brooklet nodes` says when its calls are done"))
        }
        Format::Text => output::line(&format!("{node} serves again")),
    }
    Ok(Exit::Clean)
}
