//! A node follows the release that holds, gets versions ready that are to be deployed, and says how far it has come.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use brooklet_model::Manifest;
use brooklet_store::{DeploymentRow, Membership, NodeEntry, Report, StoreError};
use tokio::{task::AbortHandle, time::sleep};

use super::{
    control::{Control, ControlError},
    deployment::{Deployment, Phase},
    driver::{self, Lease},
    lifecycle::Scope,
    release::Origin,
    report::{NodeReport, Progress, Step},
    router::{self, is_lasting},
};
use crate::{
    Node,
    cluster::Member,
    flow::Failure,
    limits::fixed::{
        CANARY_INTERVAL, FOLLOW_INTERVAL, FOLLOW_INTERVAL_BUSY, FOLLOW_INTERVAL_RETIRING, SETTLING_INTERVAL,
        STAYING_INTERVAL,
    },
    version::{ActivationError, Version, component_hash},
};

/// Why a node cannot begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The version that it brings cannot be deployed.
    #[error(transparent)]
    Deploy(#[from] ControlError),
    /// The version that it brings was taken back.
    #[error("{0}")]
    TakenBack(String),
    /// What the model wants at startup failed.
    #[error(transparent)]
    Startup(#[from] ActivationError),
    /// The node cannot follow the cluster.
    #[error("{}", .0.message)]
    Unfit(Failure),
}

/// Begins to follow, and returns when the node serves: what the cluster says, or the version that the node brings if nobody
/// says anything else. Follows until the member leaves.
pub async fn start(member: &Member, component: Arc<[u8]>, manifest: Arc<Manifest>) -> Result<(), FollowError> {
    let node = member.node().clone();
    let hash = component_hash(&component);
    let bringing = brings(member, &hash).await?;
    // What it brings is at hand when it is to be loaded.
    let brought = match bringing {
        true => Some(node.prepare(component.clone(), Some(manifest), Default::default()).await?),
        false => None,
    };
    // Until what must happen before the node serves has happened.
    node.router().close();
    let now = Instant::now();
    let follower =
        Follower { member: member.clone(), staged: None, said: None, counted: now, looked: now, settled: now };
    member.keep_following(tokio::spawn(follower.run()).abort_handle());
    if bringing && let Phase::TakenBack(why) = Control::new(member.clone()).bring(component).await? {
        return Err(FollowError::TakenBack(why));
    }
    drop(brought);
    // What comes meanwhile is started, too.
    let routing = loop {
        let routing = node.follow_closed().await.map_err(FollowError::Unfit)?;
        let Some(version) = routing.versions().find(|version| !node.router().is_started(version.hash())) else {
            break routing;
        };
        // With a deployment it has run already.
        run_startup_on_join(member, version).await?;
        node.router().mark_started(version.hash());
    };
    if routing.active.hash() != hash {
        let (serves, brought) = (routing.active.hash(), &hash);
        tracing::warn!(serves, brought, "the cluster serves another version; `brooklet deploy` brings this one");
    }
    node.router().open();
    Ok(())
}

/// Whether the version that the node was started with is what the cluster is to serve: when it serves nothing yet; or when the
/// version that it last served came the same way, and no other node is there.
async fn brings(member: &Member, hash: &str) -> Result<bool, FollowError> {
    let cluster = member.node().cluster();
    let Some(row) = cluster.current_release().await? else { return Ok(true) };
    let Some(release) = router::read(&row.body, &row.generation) else { return Ok(false) };
    if release.active == hash || release.origin != Origin::Start {
        return Ok(false);
    }
    let reports = cluster.reports().await?;
    Ok(reports.iter().all(|report| report.generation == 0 || report.node == member.node().name()))
}

/// A node that joins a release that holds already runs what the model wants on each node, or of the first one.
async fn run_startup_on_join(member: &Member, version: &Version) -> Result<(), FollowError> {
    let node = member.node();
    match Scope::of_startup(version.manifest()).map_err(ActivationError::Setting)? {
        Scope::Node => node.run_after_startup(version, None).await?,
        Scope::Version => {}
        Scope::Cluster => {
            let cluster = node.cluster();
            let lease = loop {
                match Lease::take_named(&cluster, node.name(), STARTUP_LEASE).await? {
                    Some(lease) => break lease,
                    None => sleep(FOLLOW_INTERVAL_RETIRING).await,
                }
            };
            let started = run_startup_of_cluster(node, version).await;
            lease.give_back().await;
            started?;
        }
    }
    Ok(())
}

/// Runs it if nobody has since the cluster started. To be called under the lease, so that one of several nodes is the first.
async fn run_startup_of_cluster(node: &Node, version: &Version) -> Result<(), FollowError> {
    let reports = node.cluster().reports().await?;
    let is_open = |report: &Report| report.node != node.name() && NodeReport::read(&report.body).open;
    if !reports.iter().any(is_open) && !is_cluster_started(node).await? {
        node.run_after_startup(version, None).await?;
        mark_cluster_started(node).await?;
    }
    Ok(())
}

/// The lease of whoever looks whether it is the first node.
const STARTUP_LEASE: &str = "brooklet startup";

/// The setting that names the process that has run what the model wants of the first node.
const STARTED_SETTING: &str = "cluster-started-by";

/// Whether the process that has done so still runs.
async fn is_cluster_started(node: &Node) -> Result<bool, StoreError> {
    let cluster = node.cluster();
    let Some(by) = cluster.settings().await?.remove(STARTED_SETTING) else { return Ok(false) };
    Ok(cluster.nodes().await?.iter().any(|entry| entry.alive && process_of(entry) == by))
}

/// Notes that this process has done so.
pub(super) async fn mark_cluster_started(node: &Node) -> Result<(), StoreError> {
    let cluster = node.cluster();
    let nodes = cluster.nodes().await?;
    let own = nodes.iter().find(|entry| entry.alive && entry.description.name == node.name()).map(process_of);
    cluster.set(STARTED_SETTING, own.as_deref()).await
}

fn process_of(entry: &NodeEntry) -> String {
    let about = &entry.description;
    format!("{} {} {}", about.name, about.process, about.started_ms)
}

/// What is done as long as the node is there.
struct Follower {
    member: Member,
    staged: Option<Staged>,
    /// What was said last, and as which member.
    said: Option<(Membership, i64, NodeReport)>,
    /// When it was last said how calls went.
    counted: Instant,
    /// When it was last looked whether sessions stay on a version.
    looked: Instant,
    /// When it was last looked what of former versions has had its time.
    settled: Instant,
}

/// A version that is being got ready.
struct Staged {
    deployment: i64,
    version: Option<Arc<Version>>,
    step: Step,
    took_ms: u64,
}

impl Follower {
    async fn run(mut self) {
        let mut signals = self.member.node().cluster().signals();
        let mut driving: Option<AbortOnDrop> = None;
        loop {
            let mut is_busy = false;
            match self.look().await {
                Ok(Some(id)) => {
                    is_busy = true;
                    if driving.as_ref().is_none_or(|driving| driving.0.is_finished()) {
                        driving =
                            Some(AbortOnDrop(tokio::spawn(driver::drive(self.member.clone(), id)).abort_handle()));
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "the node could not look what is to serve"),
            }
            // Others wait until a version is let go.
            let is_retiring = self.member.node().router().is_retiring();
            let patience = match (is_retiring, is_busy) {
                (true, _) => FOLLOW_INTERVAL_RETIRING,
                (false, true) => FOLLOW_INTERVAL_BUSY,
                (false, false) => FOLLOW_INTERVAL,
            };
            signals.next(patience).await;
        }
    }

    /// Does what there is to do, and answers the deployment that is unfinished.
    async fn look(&mut self) -> Result<Option<i64>, StoreError> {
        let node = self.member.node().clone();
        if let Err(failure) = node.follow_closed().await {
            tracing::debug!(%failure, "nothing serves");
        }
        self.let_go().await;
        let row = node.cluster().deployments(1).await?.pop().filter(|row| !row.finished);
        match &row {
            Some(row) => self.stage(row).await,
            None => self.staged = None,
        }
        if let Err(error) = self.report().await {
            tracing::debug!(%error, "nobody hears how far the node has come");
        }
        if row.is_none() && self.settled.elapsed() >= SETTLING_INTERVAL {
            self.settled = Instant::now();
            if let Err(error) = node.settle_what_is_due().await {
                tracing::debug!(%error, "what former versions left is looked at another time");
            }
        }
        match row {
            Some(row) if self.may_drive(&row).await? => Ok(Some(row.id)),
            _ => Ok(None),
        }
    }

    /// Whether the node may carry a deployment on: it has to load the version for that, so that those that are to serve it come first.
    async fn may_drive(&self, row: &DeploymentRow) -> Result<bool, StoreError> {
        let Some(deployment) = Deployment::read(&row.body) else { return Ok(false) };
        let node = self.member.node();
        if deployment.concerns(node.group(), node.router().is_of_group()) {
            return Ok(true);
        }
        let reports = node.cluster().reports().await?;
        let mut reports = reports.iter().map(|report| NodeReport::read(&report.body));
        Ok(!reports.any(|said| deployment.concerns(said.group.as_deref(), said.has_own)))
    }

    /// Lets a version go that no session stays on any more.
    async fn let_go(&mut self) {
        let node = self.member.node();
        let Ok(routing) = node.router().current() else { return };
        let Some(stay) = &routing.staying else { return };
        let is_over = node.clock().now_ms() >= stay.until_ms;
        if !is_over && self.looked.elapsed() < STAYING_INTERVAL {
            return;
        }
        self.looked = Instant::now();
        match node.sessions().any_from_before(stay.before_ms).await {
            Ok(true) if !is_over => {}
            Err(error) if !is_over => tracing::debug!(%error, "nobody knows whether sessions stay on a version"),
            _ => node.router().end_stay(&routing),
        }
    }

    /// Gets the version of a deployment ready, as far as it is time for it.
    async fn stage(&mut self, row: &DeploymentRow) {
        let Some(deployment) = Deployment::read(&row.body) else {
            let step = Step::Failed("this node cannot read the deployment: it is older than others".to_owned());
            self.staged = Some(Staged { deployment: row.id, version: None, step, took_ms: 0 });
            return;
        };
        let node = self.member.node().clone();
        if !deployment.concerns(node.group(), node.router().is_of_group()) {
            let (version, step) = (None, Step::Started);
            self.staged = Some(Staged { deployment: row.id, version, step, took_ms: 0 });
            return;
        }
        if self.staged.as_ref().is_none_or(|staged| staged.deployment != row.id) {
            let began = Instant::now();
            let loaded = node.load(&deployment.version, &deployment.plan.database.naming).await;
            let (version, step) = match loaded {
                Ok(version) => (Some(version), Step::Prepared),
                // There is a next look.
                Err(ActivationError::Store(error)) if !is_lasting(&error) => return,
                Err(error) => (None, Step::Failed(error.to_string())),
            };
            self.staged = Some(Staged { deployment: row.id, version, step, took_ms: milliseconds(began) });
        }
        let Some(staged) = &mut self.staged else { return };
        if deployment.phase == Phase::Starting
            && staged.step == Step::Prepared
            && let Some(version) = &staged.version
        {
            let began = Instant::now();
            staged.step = match Scope::of_startup(version.manifest()) {
                Ok(Scope::Node) => match node.run_after_startup(version, None).await {
                    Ok(()) => {
                        node.router().mark_started(version.hash());
                        Step::Started
                    }
                    Err(error) => Step::Failed(error.to_string()),
                },
                // The driver does it.
                Ok(_) => Step::Started,
                Err(what) => Step::Failed(what),
            };
            staged.took_ms = milliseconds(began);
        }
    }

    /// Says how far the node has come, if that is news.
    async fn report(&mut self) -> Result<(), StoreError> {
        let Some(membership) = self.member.membership() else { return Ok(()) };
        let node = self.member.node();
        let router = node.router();
        let progress = self.staged.as_ref().map(|staged| Progress {
            deployment: staged.deployment,
            step: staged.step.clone(),
            took_ms: staged.took_ms,
        });
        let report = NodeReport {
            progress,
            open: router.is_open(),
            group: node.group().map(str::to_owned),
            has_own: router.is_of_group(),
            unfit: router.unfit(),
            held: router.held(),
            counts: BTreeMap::new(),
        };
        let news = (membership, router.generation(), report.clone());
        let is_news = self.said.as_ref() != Some(&news);
        let counts = router.counts();
        // Counts are news all the time: nobody is woken for them.
        let is_due = !counts.is_empty() && self.counted.elapsed() >= CANARY_INTERVAL;
        if is_news || is_due {
            let body = NodeReport { counts, ..report }.text();
            node.cluster().report(&news.0, news.1, &body).await?;
            self.counted = Instant::now();
            self.said = Some(news);
        }
        if is_news {
            node.cluster().signal().await;
        }
        Ok(())
    }
}

/// Ends a task when it is dropped.
pub(super) struct AbortOnDrop(pub(super) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
