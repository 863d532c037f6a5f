//! Commands that steer a cluster through any of its nodes, or through the front: one file each.

pub(crate) mod audit;
pub(crate) mod deploy;
pub(crate) mod log;
pub(crate) mod maintenance;
pub(crate) mod nodes;
pub(crate) mod plan;
pub(crate) mod sessions;
pub(crate) mod versions;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::Value;
use ureq::{Agent, http};

use crate::{failure::Usage, settings::read_secret};

/// How long an answer may take: a component is compiled before there is one.
const ANSWER_TIME: Duration = Duration::from_secs(120);

/// Where the cluster is, and what proves that one may steer it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Access {
    /// Any node of the cluster, or the front.
    #[arg(long, value_name = "URL", env = "BROOKLET_TO", default_value = "http://127.0.0.1:8080")]
    to: String,
    /// The administration's token.
    #[arg(long, value_name = "TOKEN", env = "BROOKLET_ADMIN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that has the token; it comes before the token itself.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Access {
    /// Sends a request to the administration's interface and answers what came back.
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let text = body.map(Value::to_string).unwrap_or_default();
        self.exchange(method, path, "application/json", text.into_bytes())
    }

    /// Sends a component.
    fn upload(&self, path: &str, component: &[u8]) -> anyhow::Result<Value> {
        self.exchange("POST", path, "application/wasm", component.to_vec())
    }

    fn exchange(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> anyhow::Result<Value> {
        if self.to.starts_with("https://") {
            return Err(Usage(
                "this command does not speak https: reach the node's own port, or use a tunnel".to_owned(),
            )
            .into());
        }
        let url = format!("{}/admin/{path}", self.to.trim_end_matches('/'));
        let agent: Agent =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER_TIME)).build().into();
        let request = http::Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", format!("Bearer {}", self.token()?))
            .header("brooklet-by", me())
            .header("content-type", kind);
        let request = request.body(body).map_err(|error| Usage(format!("{url}: {error}")))?;
        let answer = agent.run(request).map_err(|error| Usage(format!("{} does not answer: {error}", self.to)));
        let mut answer = answer?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(said);
        }
        let why = match (said["code"].as_str(), said["detail"].as_str()) {
            (Some("not-found"), _) => "it has no administration: start it with `admin-token`".to_owned(),
            (_, Some(detail)) => detail.to_owned(),
            _ => format!("it answers {status}"),
        };
        Err(Usage(format!("{}: {why}", self.to)).into())
    }

    fn token(&self) -> Result<String, Usage> {
        match (&self.token, &self.token_file) {
            (_, Some(file)) => read_secret(file),
            (Some(token), None) => Ok(token.trim().to_owned()),
            (None, None) => {
                Err(Usage("give the administration's token: --token, --token-file or BROOKLET_ADMIN_TOKEN".to_owned()))
            }
        }
    }
}

/// Who types, for the record.
fn me() -> String {
    let said = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    said.unwrap_or_default().chars().filter(|one| one.is_ascii_graphic()).collect()
}

/// Lines of a table, each column as wide as its widest cell.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let line = |cells: &[&str]| {
        let padded: Vec<_> =
            cells.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column))).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    std::iter::once(line(head)).chain(rows).collect::<Vec<_>>().join("\n")
}

/// The elements of a list in a record; none when there is no such list.
fn items<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A member of a record, as text.
fn text(record: &Value, name: &str) -> String {
    match &record[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The beginning of a component's hash, which is enough to tell two apart.
fn short_hash(hash: &str) -> String {
    const DIGITS: usize = 12;
    hash.trim_start_matches("sha256:").chars().take(DIGITS).collect()
}

/// A moment, in UTC.
fn moment(record: &Value, name: &str) -> String {
    let since = record[name].as_u64().map(Duration::from_millis);
    since.map_or_else(String::new, |since| {
        humantime::format_rfc3339_seconds(std::time::SystemTime::UNIX_EPOCH + since).to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [vec!["node-1".to_owned(), "ready".to_owned()], vec!["n".to_owned(), String::new()]];
        assert_eq!(table(&["node", "state"], &rows), "node    state\nnode-1  ready\nn");
    }
}
