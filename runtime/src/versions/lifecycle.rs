//! Microflows that the model wants to run around its service: after startup, before shutdown.
//!
//! `AfterStartupMicroflow` and `BeforeShutdownMicroflow` in the model's settings name them, `AfterStartupScope` and
//! `BeforeShutdownScope` say how often they run:
//!
//! | scope | after startup | before shutdown |
//! | --- | --- | --- |
//! | `node` (what holds when nothing is said) | on each node: when it starts, and with each new version | on each node that stops |
//! | `version` | once for each deployment, on one node | – |
//! | `cluster` | on the first node that starts when no other runs | on the last node that stops |
//!
//! After startup the answer must be true; anything else, or an error, keeps the version from serving. Before shutdown a failure
//! is logged, and the node stops.

use brooklet_model::Manifest;
use brooklet_store::{Marker, NodeState};
use sha2::{Digest, Sha256};

use crate::{
    Node,
    cluster::Member,
    errors::codes::ABORTED,
    flow::{Call, Ending, Trigger},
    limits::fixed::SHUTDOWN_MICROFLOW_TIME,
    version::{ActivationError, Version},
};

/// What a microflow that runs after startup must answer, as JSON.
const TRUE: &str = "true";

/// How often a microflow runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On each node.
    Node,
    /// Once for each version.
    Version,
    /// Once for the cluster.
    Cluster,
}

impl Scope {
    /// What the model says about its startup; the error is what cannot be understood.
    pub(super) fn of_startup(manifest: &Manifest) -> Result<Self, String> {
        match manifest.setting("model", "AfterStartupScope").map(str::to_lowercase).as_deref() {
            None | Some("" | "node") => Ok(Self::Node),
            Some("version") => Ok(Self::Version),
            Some("cluster") => Ok(Self::Cluster),
            Some(other) => Err(format!("AfterStartupScope is `node`, `version` or `cluster`, not `{other}`")),
        }
    }

    fn of_shutdown(manifest: &Manifest) -> Result<Self, String> {
        match manifest.setting("model", "BeforeShutdownScope").map(str::to_lowercase).as_deref() {
            None | Some("" | "node") => Ok(Self::Node),
            Some("cluster") => Ok(Self::Cluster),
            Some(other) => Err(format!("BeforeShutdownScope is `node` or `cluster`, not `{other}`")),
        }
    }
}

impl Node {
    /// Runs the microflow after startup, whatever its scope. With a marker it runs once for that, whoever else tries.
    pub(crate) async fn run_after_startup(
        &self,
        version: &Version,
        marker: Option<Marker>,
    ) -> Result<(), ActivationError> {
        let manifest = version.manifest();
        Scope::of_startup(manifest).map_err(ActivationError::Setting)?;
        let Some(name) = manifest.setting("model", "AfterStartupMicroflow").filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        if version.microflow(name).is_none() {
            return Err(ActivationError::NoStartup(name.to_owned()));
        }
        let call = Call { ending: Ending::CommitIfTrue, marker, ..Call::new(name, "{}", Trigger::Startup) };
        match self.run_in(version, &call).await {
            Ok(outcome) if outcome.result == TRUE => Ok(()),
            Ok(_) => Err(ActivationError::StartupRefused(name.to_owned())),
            // Somebody has done it.
            Err(failure) if marker.is_some() && failure.code == ABORTED => Ok(()),
            Err(failure) => {
                Err(ActivationError::StartupFailed { microflow: name.to_owned(), failure: Box::new(failure) })
            }
        }
    }
}

/// Stands for the one run of the after-startup microflow that a deployment gets.
pub(super) fn startup_marker(deployment: i64, version: &str) -> Marker {
    let digest = Sha256::new().chain_update(deployment.to_be_bytes()).chain_update(version).finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    Marker(u128::from_be_bytes(first))
}

/// Runs the model's microflow before shutdown, if this node is one that has to. To be called when no more calls come.
pub async fn before_shutdown(member: &Member) {
    let node = member.node();
    let Some(version) = node.version() else { return };
    let manifest = version.manifest();
    let Some(name) = manifest.setting("model", "BeforeShutdownMicroflow").filter(|name| !name.is_empty()) else {
        return;
    };
    match Scope::of_shutdown(manifest) {
        Ok(Scope::Cluster) if !is_last(node).await => return,
        Ok(_) => {}
        Err(what) => return tracing::error!("{what}; the microflow {name} does not run"),
    }
    let call = Call::new(name, "{}", Trigger::Shutdown);
    match tokio::time::timeout(SHUTDOWN_MICROFLOW_TIME, node.run_in(&version, &call)).await {
        Ok(Ok(_)) => {}
        Ok(Err(failure)) => tracing::error!(%failure, "the before-shutdown microflow {name} ended in an error"),
        Err(_) => {
            let seconds = SHUTDOWN_MICROFLOW_TIME.as_secs();
            tracing::error!("the before-shutdown microflow {name} took longer than {seconds} s");
        }
    }
}

/// Whether no other node runs, but for some that are about to stop as well and leave it to this one.
async fn is_last(node: &Node) -> bool {
    let Ok(nodes) = node.cluster().nodes().await else { return false };
    let alive = || nodes.iter().filter(|entry| entry.alive);
    let Some(own) = alive().find(|entry| entry.description.name == node.name()) else { return false };
    let mut others = alive().filter(|entry| entry.number != own.number);
    others.all(|entry| entry.status.state == NodeState::Stopping && entry.number > own.number)
}
