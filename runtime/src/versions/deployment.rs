//! A deployment, as it is written in the database after each step.

use serde::{Deserialize, Serialize};

use super::{
    planning::Plan,
    release::{Audience, Origin},
};

/// How a version comes into service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// What the release will say of its origin.
    pub origin: Origin,
    /// The hash of the version's component.
    pub version: String,
    /// The version that was active when it was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is to happen.
    pub plan: Plan,
    /// How many of ten thousand sessions the version gets at first; none for all calls at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// Who gets it besides at first.
    #[serde(default, skip_serializing_if = "Audience::is_empty")]
    pub audience: Audience,
    /// The group of nodes that gets it; none for all nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When a canary is taken back by itself.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// How long sessions that are there stay on the version before; none for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay_ms: Option<i64>,
    /// On whose word.
    #[serde(default)]
    pub by: String,
    /// How far it has come.
    pub phase: Phase,
    /// The generation of its release, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// When it began, by the clock of the node that was asked.
    #[serde(default)]
    pub began_ms: i64,
    /// Nodes that do not serve it although they live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What has happened, in order.
    #[serde(default)]
    pub lines: Vec<Line>,
}

/// How far a deployment has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Every node gets the version ready.
    Preparing,
    /// The database is made to fit both versions.
    Expanding,
    /// What must happen before the version serves happens.
    Starting,
    /// The release is about to be written.
    Activating,
    /// Nodes take calls to the version.
    Spreading,
    /// A canary has its share.
    Watching,
    /// The version serves.
    Done,
    /// It does not, and nothing has changed; with the reason.
    TakenBack(String),
}

/// When a canary is taken back by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Thresholds {
    /// So many of a thousand calls may fail more often than with the version before.
    pub failures_permille: u64,
    /// The 95th percentile of its calls' durations may be so many times that of the version before.
    pub latency_factor: f64,
    /// So many of its calls must have ended before anything is said of them.
    pub calls: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { failures_permille: 50, latency_factor: 4.0, calls: 20 }
    }
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When, in milliseconds after the deployment began.
    pub after_ms: i64,
    /// Where; none for the cluster as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What.
    pub text: String,
}

impl Phase {
    /// Whether nothing is left to be done.
    pub fn is_finished(&self) -> bool {
        matches!(self, Self::Done | Self::TakenBack(_))
    }
}

impl Deployment {
    /// Whether a node is to serve it: one of its group, or any that has no version of its group's own.
    pub(super) fn concerns(&self, group: Option<&str>, has_own: bool) -> bool {
        match &self.group {
            Some(wanted) => group == Some(wanted),
            None => !has_own,
        }
    }

    /// What is known of a deployment; none when it cannot be read, which a newer node may have written.
    pub(super) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Notes what has happened, if it is not the same again.
    pub(super) fn note(&mut self, after_ms: i64, node: Option<&str>, text: impl Into<String>) -> bool {
        let line = Line { after_ms, node: node.map(str::to_owned), text: text.into() };
        if self.lines.iter().any(|known| known.node == line.node && known.text == line.text) {
            return false;
        }
        self.lines.push(line);
        true
    }
}
