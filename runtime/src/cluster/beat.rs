//! The word that a node gives each second: that it lives, and what it is about. What it learns in return is carried out.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use brooklet_store::{Beat, Cluster, Membership, NodeDescription, NodeState, StoreError, Wanted};
use tokio::time::{Instant, sleep, timeout};

use super::{LOG_SETTING, MAINTENANCE_SETTING, member::Inner};
use crate::{
    flow::Maintenance,
    limits::fixed::{BEAT_INTERVAL, BEAT_TIME, MEMBER_LIFETIME, NUMBER_LIFETIME},
};

/// Joins, and draws ids under the number that this gives.
pub(super) async fn enter(inner: &Inner, cluster: &Cluster, node: &NodeDescription) -> Result<(), StoreError> {
    let until_ms = number_until_ms(inner);
    let membership = cluster.join(node, MEMBER_LIFETIME).await?;
    inner.node.clock().renumber(membership.number, until_ms);
    inner.membership.store(Some(Arc::new(membership)));
    tracing::info!(node = node.name, number = membership.number, "the node is a member of its cluster");
    Ok(())
}

/// Beats until the task is dropped.
pub(super) async fn forever(inner: Arc<Inner>, cluster: Cluster, node: NodeDescription) {
    let mut heard = Instant::now();
    let mut told = Told::default();
    loop {
        let until_ms = number_until_ms(&inner);
        let asked = Instant::now();
        let outcome = match inner.membership.load_full() {
            Some(membership) => timeout(BEAT_TIME, beat(&inner, &cluster, &membership)).await,
            None => timeout(BEAT_TIME, again(&inner, &cluster, &node)).await.map(|joined| joined.map(|()| None)),
        };
        match outcome {
            Ok(Ok(Some(beat))) => {
                heard = asked;
                inner.node.clock().keep_number(until_ms);
                apply(&inner, beat, &mut told);
            }
            Ok(Ok(None)) if inner.membership.load().is_some() => {
                // Joined anew: the next beat, at once, brings what is wanted.
                heard = asked;
                continue;
            }
            Ok(Ok(None)) => continue,
            Ok(Err(error)) => silent(&inner, heard, &error.to_string()),
            Err(_) => silent(&inner, heard, "the database does not answer"),
        }
        tokio::select! {
            () = sleep(BEAT_INTERVAL) => {}
            () = inner.changed.notified() => {}
        }
    }
}

/// One beat. None when the node is no member any more, which it knows from then on.
async fn beat(inner: &Inner, cluster: &Cluster, membership: &Membership) -> Result<Option<Beat>, StoreError> {
    let beat = cluster.beat(membership, &inner.status(), MEMBER_LIFETIME).await?;
    if beat.is_none() {
        inner.membership.store(None);
        let number = membership.number;
        tracing::warn!(number, "the node has lost its membership: it was stopped for too long, or its name is taken");
    }
    Ok(beat)
}

/// Joins again, unless another process that lives has the node's name: of two, the one that came later has it.
async fn again(inner: &Inner, cluster: &Cluster, node: &NodeDescription) -> Result<(), StoreError> {
    let nodes = cluster.nodes().await?;
    let of_name = nodes.iter().find(|one| one.alive && one.description.name == node.name);
    if let Some(other) = of_name.filter(|one| one.description != *node && one.status.state != NodeState::Stopping) {
        let at = &other.description.url;
        tracing::error!(node = node.name, "another node has this one's name, at {at}: give each its own (`name`)");
        sleep(BEAT_INTERVAL).await;
        return Ok(());
    }
    enter(inner, cluster, node).await
}

/// The database has not answered. A membership that ends meanwhile is found out by the next answer.
fn silent(inner: &Inner, heard: Instant, error: &str) {
    let seconds = heard.elapsed().as_secs();
    if inner.membership.load().is_some() && heard.elapsed() < MEMBER_LIFETIME {
        tracing::warn!(error, seconds, "the node's beat was not heard");
    } else {
        tracing::debug!(error, seconds, "the node's beat was not heard");
    }
}

/// Carries out what was learned.
fn apply(inner: &Inner, beat: Beat, told: &mut Told) {
    let drain = beat.wanted == Wanted::Drain;
    if inner.draining.swap(drain, Relaxed) != drain {
        tracing::info!("{}", if drain { "the node drains: it is not ready" } else { "the node serves again" });
        // The others see it with the next beat, which is due now.
        inner.changed.notify_one();
    }
    let mut settings: BTreeMap<String, String> = beat.settings;
    let maintenance = settings.remove(MAINTENANCE_SETTING);
    if told.maintenance.as_ref() != Some(&maintenance) {
        notice(inner, maintenance.as_deref());
        told.maintenance = Some(maintenance);
    }
    let wanted = settings.remove(LOG_SETTING);
    if told.log != wanted
        && let Some(control) = &inner.log
    {
        match control.set(wanted.as_deref()) {
            Ok(()) => tracing::info!("the log's filter is {}", wanted.as_deref().unwrap_or("the node's own")),
            Err(error) => tracing::warn!(error, "the cluster's filter of the log cannot be used"),
        }
        told.log = wanted;
    }
}

/// What the settings of the cluster said last.
#[derive(Default)]
struct Told {
    log: Option<String>,
    /// None before the first beat.
    maintenance: Option<Option<String>>,
}

/// What clients may do from now on. What cannot be read, because a newer node wrote it, changes nothing.
pub(super) fn notice(inner: &Inner, said: Option<&str>) {
    let maintenance: Option<Maintenance> = match said.map(serde_json::from_str).transpose() {
        Ok(maintenance) => maintenance,
        Err(error) => {
            tracing::error!(%error, "what is said of maintenance cannot be read: is this node older?");
            return;
        }
    };
    let mode = maintenance.as_ref().map(|one| one.mode.name());
    if inner.node.notices().set(maintenance) {
        tracing::info!(mode = mode.unwrap_or("none"), "another maintenance holds");
    }
}

/// Up to which moment ids may bear the node's number, when a word that is given now is heard.
fn number_until_ms(inner: &Inner) -> i64 {
    let lifetime_ms = i64::try_from(NUMBER_LIFETIME.as_millis()).unwrap_or(i64::MAX);
    inner.node.clock().now_ms().saturating_add(lifetime_ms)
}
