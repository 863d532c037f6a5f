//! Carries a deployment on, from wherever it is: one node at a time, which holds a lease.
//!
//! Each step can be done twice: a node that dies in the midst of one is followed by another, which begins that step again. What is
//! written, is written under the lease's fencing token, so that a node that was stopped and comes back changes nothing.

use std::time::Duration;

use brooklet_store::{Cluster, FencingToken, Report, StoreError, Work};
use tokio::time::{Instant, sleep};

use super::{
    canary,
    deployment::{Deployment, Phase},
    follower::{AbortOnDrop, mark_cluster_started},
    lifecycle::{Scope, startup_marker},
    release::{Canary, Origin, Release, Staying},
    report::{NodeReport, Step},
    router,
    tally::Count,
};
use crate::{
    Node,
    cluster::Member,
    limits::fixed::{
        CANARY_INTERVAL, DEPLOYMENTS_KEPT, DRIVER_LEASE, DRIVER_RENEWAL, PREPARING_TIME, RELEASES_KEPT, SPREADING_TIME,
        STARTING_TIME,
    },
    version::ActivationError,
};

/// The lease of whoever carries a deployment on.
const LEASE: &str = "brooklet deployment";

/// The setting with which an administrator says what is to become of a canary.
pub(super) const CANARY_SETTING: &str = "canary";

/// What the setting says of the canary of a deployment, and of no other.
pub(super) fn canary_order(deployment: i64, is_good: bool) -> String {
    format!("{} {deployment}", if is_good { "promote" } else { "abort" })
}

/// A lease of the cluster, held until it is given back.
pub(super) struct Lease {
    cluster: Cluster,
    name: &'static str,
    token: FencingToken,
    _renewal: AbortOnDrop,
}

impl Lease {
    /// Takes the lease of whoever changes what serves; none when somebody else has it.
    pub(super) async fn take(cluster: &Cluster, node: &str) -> Result<Option<Self>, StoreError> {
        Self::take_named(cluster, node, LEASE).await
    }

    /// Takes another lease.
    pub(super) async fn take_named(
        cluster: &Cluster,
        node: &str,
        name: &'static str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(token) = cluster.acquire(name, node, DRIVER_LEASE).await? else { return Ok(None) };
        let renewal = AbortOnDrop(tokio::spawn(renew(cluster.clone(), name, token)).abort_handle());
        Ok(Some(Self { cluster: cluster.clone(), name, token, _renewal: renewal }))
    }

    /// What is checked in each transaction that the lease protects.
    pub(super) fn fence(&self) -> (&'static str, FencingToken) {
        (self.name, self.token)
    }

    /// Lets others have it, and wakes those who wait for it.
    pub(super) async fn give_back(self) {
        if let Err(error) = self.cluster.release(self.name, self.token).await {
            tracing::debug!(%error, lease = self.name, "the lease ends by itself");
        }
        self.cluster.signal().await;
    }
}

/// Why a driver stops without having finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stopped {
    /// Another node carries on.
    #[error("another node carries the deployment on")]
    Overtaken,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fenced { .. } => Self::Overtaken,
            other => Self::Store(other),
        }
    }
}

/// Carries a deployment on until it is finished, if nobody else does.
pub(super) async fn drive(member: Member, id: i64) {
    let cluster = member.node().cluster();
    let lease = match Lease::take(&cluster, member.node().name()).await {
        Ok(Some(lease)) => lease,
        // Another node has it, or the database does not answer: there is a next look.
        Ok(None) | Err(_) => return,
    };
    let mut driver =
        Driver { member, cluster, fence: lease.fence(), id, entered: Instant::now(), watched: None, is_started: false };
    match driver.run().await {
        Ok(()) | Err(Stopped::Overtaken) => {}
        Err(Stopped::Store(error)) => tracing::warn!(%error, id, "the deployment could not be carried on for now"),
    }
    lease.give_back().await;
}

async fn renew(cluster: Cluster, name: &'static str, token: FencingToken) {
    loop {
        sleep(DRIVER_RENEWAL).await;
        if matches!(cluster.renew(name, token, DRIVER_LEASE).await, Ok(false)) {
            return;
        }
    }
}

struct Driver {
    member: Member,
    cluster: Cluster,
    fence: (&'static str, FencingToken),
    id: i64,
    /// When the present phase began, as far as this node knows.
    entered: Instant,
    /// The counts of a canary and of the version beside it when watching began.
    watched: Option<(Count, Count)>,
    /// Whether what happens once before the version serves has happened, as far as this node knows.
    is_started: bool,
}

/// What becomes of a phase.
enum Next {
    /// It goes on.
    Wait,
    /// The next one.
    Enter(Phase),
}

impl Driver {
    fn node(&self) -> &Node {
        self.member.node()
    }

    async fn run(&mut self) -> Result<(), Stopped> {
        let mut signals = self.cluster.signals();
        loop {
            let Some(row) = self.cluster.deployment(self.id).await?.filter(|row| !row.finished) else { return Ok(()) };
            let Some(mut deployment) = Deployment::read(&row.body) else { return Err(Stopped::Overtaken) };
            let known = deployment.lines.len();
            match self.step(&mut deployment).await? {
                Next::Enter(phase) => {
                    let is_finished = phase.is_finished();
                    deployment.phase = phase;
                    self.entered = Instant::now();
                    if is_finished {
                        self.tidy(&deployment).await;
                    }
                    self.write(&deployment, is_finished).await?;
                    if is_finished {
                        return Ok(());
                    }
                }
                Next::Wait => {
                    if deployment.lines.len() > known {
                        self.write(&deployment, false).await?;
                    }
                    signals.next(CANARY_INTERVAL).await;
                }
            }
        }
    }

    async fn write(&self, deployment: &Deployment, is_finished: bool) -> Result<(), Stopped> {
        match self.cluster.write_deployment(self.id, &deployment.text(), is_finished, self.fence).await? {
            true => Ok(()),
            false => Err(Stopped::Overtaken),
        }
    }

    async fn step(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        match deployment.phase.clone() {
            Phase::Preparing => self.preparing(deployment).await,
            Phase::Expanding => self.expanding(deployment).await,
            Phase::Starting => self.starting(deployment).await,
            Phase::Activating => self.activating(deployment).await,
            Phase::Spreading => self.spreading(deployment).await,
            Phase::Watching => self.watching(deployment).await,
            Phase::Done | Phase::TakenBack(_) => Ok(Next::Wait),
        }
    }

    /// Every node gets the version ready.
    async fn preparing(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        match self
            .all(deployment, PREPARING_TIME, "prepared", |step| *step != Step::Prepared && *step != Step::Started)
            .await?
        {
            Round::Complete => Ok(Next::Enter(Phase::Expanding)),
            Round::Incomplete => Ok(Next::Wait),
            Round::Failed(why) => Ok(Next::Enter(Phase::TakenBack(why))),
        }
    }

    /// The database is made to fit both versions.
    async fn expanding(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        let aside = deployment.plan.database.steps.iter().filter(|step| matches!(step.work, Work::Aside { .. }));
        for sentence in aside.map(|step| step.sentence.clone()).collect::<Vec<_>>() {
            let what = format!("begun, and waits for transactions that are under way: {sentence}");
            deployment.note(self.after_ms(deployment), None, what);
        }
        self.write(deployment, false).await?;
        let expanded = self.node().store().expand(&deployment.plan.database, Some(self.fence)).await;
        match expanded {
            Ok(done) => {
                done.into_iter().for_each(|sentence| {
                    deployment.note(self.after_ms(deployment), None, sentence);
                });
                Ok(Next::Enter(Phase::Starting))
            }
            Err(error) if is_away(&error) || matches!(error, StoreError::Fenced { .. }) => Err(error.into()),
            Err(error) => self.take_back(deployment, format!("the database cannot be made to fit: {error}")).await,
        }
    }

    /// Users and roles are written; the model's own start runs.
    async fn starting(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        if !self.is_started {
            match self.start(deployment).await {
                Ok(()) => self.is_started = true,
                Err(ActivationError::Store(error)) if is_away(&error) => return Err(error.into()),
                Err(error) => {
                    let why = format!("{}: {error}", self.node().name());
                    return self.take_back(deployment, why).await;
                }
            }
        }
        match self.all(deployment, STARTING_TIME, "started", |step| *step != Step::Started).await? {
            Round::Complete => Ok(Next::Enter(Phase::Activating)),
            Round::Incomplete => Ok(Next::Wait),
            Round::Failed(why) => self.take_back(deployment, why).await,
        }
    }

    /// What happens once before the version serves.
    async fn start(&self, deployment: &Deployment) -> Result<(), ActivationError> {
        let node = self.node();
        let version = node.load(&deployment.version, &deployment.plan.database.naming).await?;
        node.seeding(&version).run().await?;
        let scope = Scope::of_startup(version.manifest()).map_err(ActivationError::Setting)?;
        let is_of_the_cluster = scope == Scope::Cluster && deployment.before.is_none();
        let marker = startup_marker(self.id, version.hash());
        // Another driver may have done it before it died.
        if (is_of_the_cluster || scope == Scope::Version) && !self.cluster.is_committed(marker).await? {
            node.run_after_startup(&version, Some(marker)).await?;
        }
        if is_of_the_cluster {
            mark_cluster_started(node).await?;
        }
        Ok(())
    }

    /// The release is written.
    async fn activating(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        let (generation, before) = match self.cluster.current_release().await? {
            Some(row) => (row.generation, router::read(&row.body, &row.generation)),
            None => (0, None),
        };
        // A driver that died after this has left it behind.
        let is_written = before.as_ref().is_some_and(|before| match deployment.share {
            _ if deployment.group.is_some() => {
                before.of_group(deployment.group.as_deref()) == Some(&deployment.version)
            }
            Some(_) => before.canary.as_ref().is_some_and(|canary| canary.version == deployment.version),
            None => before.active == deployment.version && deployment.before.as_ref() != Some(&deployment.version),
        });
        if is_written {
            deployment.generation = Some(generation);
        } else {
            self.publish(generation + 1, &self.release(deployment, before.as_ref())).await?;
            deployment.generation = Some(generation + 1);
        }
        deployment.note(self.after_ms(deployment), None, "activated");
        Ok(Next::Enter(Phase::Spreading))
    }

    fn release(&self, deployment: &Deployment, before: Option<&Release>) -> Release {
        let version = deployment.version.clone();
        let mut naming = before.map(|before| before.naming.clone()).unwrap_or_default();
        naming.insert(version.clone(), deployment.plan.database.naming.clone());
        let (origin, by) = (deployment.origin, deployment.by.clone());
        let mut release = match (before, deployment.share) {
            (Some(before), _) if let Some(group) = &deployment.group => {
                let mut groups = before.groups.clone();
                groups.insert(group.clone(), version);
                Release { groups, origin, by, naming, ..before.clone() }
            }
            (Some(before), Some(share)) if before.active != version => {
                let (audience, since_ms) = (deployment.audience.clone(), self.node().clock().now_ms());
                let canary = Some(Canary { version, share, audience, since_ms });
                Release { canary, origin, by, naming, ..before.clone() }
            }
            (before, _) => {
                // Somebody who does this again means the same: what was before stays what was before.
                let is_same = before.is_some_and(|before| before.active == version);
                let former = before.map(|before| before.active.clone()).filter(|_| !is_same);
                let now_ms = self.node().clock().now_ms();
                let staying = match (deployment.stay_ms, &former) {
                    (Some(stay_ms), Some(former)) => Some(Staying {
                        version: former.clone(),
                        before_ms: now_ms,
                        until_ms: now_ms.saturating_add(stay_ms),
                    }),
                    _ => None,
                };
                let known = before.and_then(|before| before.previous.clone()).filter(|_| is_same);
                let groups = before.map(|before| before.groups.clone()).unwrap_or_default();
                let previous = former.or(known);
                Release { active: version, canary: None, staying, groups, previous, naming, origin, by }
            }
        };
        let named: Vec<_> = release.versions().map(str::to_owned).chain(release.previous.clone()).collect();
        release.naming.retain(|version, _| named.contains(version));
        release
    }

    async fn publish(&self, generation: i64, release: &Release) -> Result<(), Stopped> {
        let body = serde_json::to_string(release).unwrap_or_default();
        match self.cluster.publish(generation, &body, self.fence).await? {
            true => Ok(()),
            false => Err(Stopped::Overtaken),
        }
    }

    /// Every node takes new calls to the version.
    async fn spreading(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        let generation = deployment.generation.unwrap_or(i64::MAX);
        let mut is_complete = true;
        deployment.left_out.clear();
        for report in self.cluster.reports().await? {
            let said = NodeReport::read(&report.body);
            let after_ms = self.after_ms(deployment);
            match said.unfit {
                Some(why) => {
                    deployment.note(after_ms, Some(&report.node), format!("stopped serving: {why}"));
                    deployment.left_out.push(report.node);
                }
                None if report.generation >= generation => {
                    deployment.note(after_ms, Some(&report.node), format!("serves generation {generation}"));
                }
                None if self.entered.elapsed() > SPREADING_TIME => {
                    let what = "has not been heard of: it may still serve the version before";
                    deployment.note(after_ms, Some(&report.node), what);
                    deployment.left_out.push(report.node);
                }
                None => is_complete = false,
            }
        }
        Ok(match (is_complete, deployment.share) {
            (false, _) => Next::Wait,
            (true, Some(_)) => Next::Enter(Phase::Watching),
            (true, None) => Next::Enter(Phase::Done),
        })
    }

    /// A canary has its share.
    async fn watching(&mut self, deployment: &mut Deployment) -> Result<Next, Stopped> {
        let Some(row) = self.cluster.current_release().await? else { return Ok(Next::Wait) };
        let Some(release) = router::read(&row.body, &row.generation) else { return Ok(Next::Wait) };
        // A driver that died in the midst of it has left the release behind.
        if release.active == deployment.version {
            return Ok(self.promoted(deployment, row.generation));
        }
        if release.canary.as_ref().is_none_or(|canary| canary.version != deployment.version) {
            return Ok(Next::Enter(Phase::TakenBack("the canary was aborted".to_owned())));
        }
        let order = self.cluster.settings().await?.remove(CANARY_SETTING);
        if order.as_deref() == Some(&*canary_order(self.id, true)) {
            let promoted = Deployment { share: None, origin: Origin::Promotion, ..deployment.clone() };
            self.publish(row.generation + 1, &self.release(&promoted, Some(&release))).await?;
            return Ok(self.promoted(deployment, row.generation + 1));
        }
        if order.as_deref() == Some(&*canary_order(self.id, false)) {
            return self.abort(deployment, (row.generation, release), "an administrator aborted the canary").await;
        }
        let mut counts = (Count::default(), Count::default());
        for report in self.cluster.reports().await? {
            let said = NodeReport::read(&report.body);
            let of = |hash: &str| said.counts.get(hash).cloned().unwrap_or_default();
            counts = (counts.0.plus(&of(&deployment.version)), counts.1.plus(&of(&release.active)));
        }
        let (first, beside) = self.watched.get_or_insert_with(|| (Count::default(), counts.1.clone()));
        let (canary, active) = (counts.0.since(first), counts.1.since(beside));
        match canary::verdict(&canary, &active, &deployment.thresholds) {
            Some(why) => {
                self.abort(deployment, (row.generation, release), &format!("the canary was aborted: {why}")).await
            }
            None => Ok(Next::Wait),
        }
    }

    /// The canary is the active version from now on.
    fn promoted(&self, deployment: &mut Deployment, generation: i64) -> Next {
        deployment.share = None;
        deployment.origin = Origin::Promotion;
        deployment.generation = Some(generation);
        deployment.note(self.after_ms(deployment), None, "the canary becomes the active version");
        Next::Enter(Phase::Spreading)
    }

    async fn abort(
        &mut self,
        deployment: &mut Deployment,
        (generation, release): (i64, Release),
        why: &str,
    ) -> Result<Next, Stopped> {
        let without = Release { canary: None, origin: Origin::Abort, ..release };
        self.publish(generation + 1, &without).await?;
        tracing::warn!(version = deployment.version, "{why}");
        // Its columns may have data by now: they are put aside with the next deployment.
        Ok(Next::Enter(Phase::TakenBack(why.to_owned())))
    }

    /// Removes what was expanded.
    async fn take_back(&self, deployment: &Deployment, why: String) -> Result<Next, Stopped> {
        match self.node().store().take_back(&deployment.plan.database, Some(self.fence)).await {
            Ok(_) => Ok(Next::Enter(Phase::TakenBack(why))),
            Err(error) if is_away(&error) || matches!(error, StoreError::Fenced { .. }) => Err(error.into()),
            Err(error) => {
                Ok(Next::Enter(Phase::TakenBack(format!("{why}; what was added to the database stays: {error}"))))
            }
        }
    }

    /// Whether all nodes have taken a step.
    async fn all(
        &self,
        deployment: &mut Deployment,
        at_most: Duration,
        done: &str,
        is_missing: impl Fn(&Step) -> bool,
    ) -> Result<Round, StoreError> {
        let mut missing = Vec::new();
        for Report { node, body, .. } in self.cluster.reports().await? {
            let said = NodeReport::read(&body);
            match said.step(self.id) {
                Some(Step::Failed(why)) => return Ok(Round::Failed(format!("{node}: {why}"))),
                Some(_) if !deployment.concerns(said.group.as_deref(), said.has_own) => {}
                Some(step) if !is_missing(step) => {
                    let took = said.progress.map(|progress| progress.took_ms).unwrap_or_default();
                    deployment.note(self.after_ms(deployment), Some(&node), format!("{done} in {took} ms"));
                }
                _ => missing.push(node),
            }
        }
        Ok(if missing.is_empty() {
            Round::Complete
        } else if self.entered.elapsed() > at_most {
            let (names, seconds) = (missing.join(", "), at_most.as_secs());
            Round::Failed(format!("not {done} within {seconds} s: {names}"))
        } else {
            Round::Incomplete
        })
    }

    fn after_ms(&self, deployment: &Deployment) -> i64 {
        self.node().clock().now_ms() - deployment.began_ms
    }

    /// Forgets what is long past, and the components that only that had.
    async fn tidy(&self, deployment: &Deployment) {
        let generation = deployment.generation.unwrap_or_default();
        let forgotten = async {
            self.cluster.forget_deployments(self.id - DEPLOYMENTS_KEPT as i64).await?;
            self.cluster.forget_releases(generation - RELEASES_KEPT as i64).await?;
            let releases = self.cluster.releases(RELEASES_KEPT + 1).await?;
            let releases: Vec<_> = releases.iter().filter_map(|row| router::read(&row.body, &row.generation)).collect();
            let deployments = self.cluster.deployments(DEPLOYMENTS_KEPT).await?;
            let mut named: Vec<String> = releases.iter().flat_map(Release::versions).map(str::to_owned).collect();
            named.extend(releases.iter().filter_map(|release| release.previous.clone()));
            named.extend(deployments.iter().filter_map(|row| Some(Deployment::read(&row.body)?.version)));
            let known = self.cluster.components().await?.into_iter().map(|entry| entry.hash);
            let unnamed: Vec<_> = known.filter(|hash| !named.contains(hash)).collect();
            if !unnamed.is_empty() {
                self.cluster.forget_components(&unnamed).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = forgotten.await {
            tracing::debug!(%error, "what is long past is forgotten another time");
        }
    }
}

/// Whether it may go better later, as the database is away or busy.
fn is_away(error: &StoreError) -> bool {
    error.is_retryable() || matches!(error, StoreError::Unreachable { .. })
}

/// How far all nodes together are.
enum Round {
    Complete,
    Incomplete,
    Failed(String),
}
