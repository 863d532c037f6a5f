//! What a node says of the versions that it has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tally::Count;

/// What a node says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeReport {
    /// How far it has come with the deployment that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<Progress>,
    /// Whether it takes calls: what must happen before that has happened.
    pub(super) open: bool,
    /// The group of nodes that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    /// Whether it serves a version of its group's own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_own: bool,
    /// Why it cannot follow the release that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unfit: Option<String>,
    /// The hashes of the versions that it still has in memory.
    pub(super) held: Vec<String>,
    /// How the calls of each version of a release with a canary have gone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) counts: BTreeMap<String, Count>,
}

/// How far a node has come with a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress {
    pub(super) deployment: i64,
    pub(super) step: Step,
    /// How long that took, in milliseconds.
    pub(super) took_ms: u64,
}

/// The steps that each node takes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// The version is compiled and linked.
    Prepared,
    /// What the model wants to happen before it serves has happened.
    Started,
    /// It cannot be.
    Failed(String),
}

impl NodeReport {
    /// What somebody reported; nothing when it cannot be read, which a newer node may have written.
    pub(super) fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How far the node has come with a deployment.
    pub(super) fn step(&self, deployment: i64) -> Option<&Step> {
        let progress = self.progress.as_ref().filter(|progress| progress.deployment == deployment);
        progress.map(|progress| &progress.step)
    }
}
