//! What administrators do with versions: look, plan, deploy, go back, try out.
//!
//! Any node can be asked: what is done is written in the database, and carried on by the nodes together.

use std::sync::Arc;

use brooklet_model::{Manifest, difference::differences};
use brooklet_store::StoreError;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    deployment::{Deployment, Phase, Thresholds},
    driver::{CANARY_SETTING, Lease, canary_order},
    library::Naming,
    planning::Plan,
    release::{Audience, Origin, Release, WORD_BYTES},
    router,
    routing::WHOLE,
};
use crate::{
    Node,
    cluster::Member,
    limits::fixed::{DEPLOYMENTS_KEPT, FOLLOW_INTERVAL, FOLLOW_INTERVAL_RETIRING, LEASE_PATIENCE, RELEASES_KEPT},
    version::{ActivationError, Version, component_hash},
};

/// Steers the versions of a cluster through one of its nodes.
#[derive(Clone, Debug)]
pub struct Control {
    member: Member,
}

/// What a deployment is to do beside bringing a version.
#[derive(Clone, Debug, Default)]
pub struct DeployOptions {
    /// Deploy only if this is the plan.
    pub plan: Option<String>,
    /// How many of ten thousand sessions get it at first.
    pub share: Option<u32>,
    /// Who gets it besides at first.
    pub audience: Audience,
    /// The group of nodes that is to have it for itself.
    pub group: Option<String>,
    /// When a canary is taken back by itself.
    pub thresholds: Thresholds,
    /// How long sessions that are there stay on the version before, in milliseconds.
    pub stay_ms: Option<i64>,
    /// On whose word.
    pub by: String,
}

/// Why something cannot be done with versions.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The component does not load.
    #[error(transparent)]
    Version(#[from] ActivationError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Data stands in the way.
    #[error("{0}")]
    Refused(String),
    /// Another deployment is under way: its number.
    #[error("deployment {0} is under way; wait for it, or promote or abort its canary")]
    Busy(i64),
    /// The plan is another than the one that was reviewed.
    #[error("the plan is {0} by now: look at it with `brooklet plan`, and deploy with that")]
    PlanChanged(String),
    /// There is no such version, or none to go back to.
    #[error("{0}")]
    Unknown(String),
    /// It cannot be done now.
    #[error("{0}")]
    Unsuitable(String),
}

/// A plan, and the versions that it is between.
#[derive(Debug)]
pub struct Planned {
    /// What is to happen.
    pub plan: Plan,
    /// The active version.
    pub before: Option<Arc<Version>>,
    /// The one that is to be.
    pub version: Arc<Version>,
}

impl Planned {
    /// The plan as people and programs read it.
    pub fn described(&self) -> Value {
        let mut described = json!(self.plan);
        let nothing = Manifest::default();
        let before = self.before.as_ref().map_or(&nothing, |before| before.manifest());
        described["changes"] = json!(differences(before, self.version.manifest()));
        described
    }
}

/// A version that the registry has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownVersion {
    /// The hash of its component.
    pub version: String,
    /// Bytes of its component.
    pub bytes: u64,
    /// When it came.
    pub at_ms: i64,
    /// `active`, `canary`, `staying`, `previous`, `group NAME`, or nothing.
    pub role: String,
    /// The generations in which it became active, the latest first.
    pub generations: Vec<i64>,
    /// Who brought it.
    pub by: String,
}

/// A release and its generation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// The generation.
    pub generation: i64,
    /// Since when.
    pub at_ms: i64,
    /// What serves.
    #[serde(flatten)]
    pub release: Release,
}

impl Control {
    /// Through the node of that member.
    pub fn new(member: Member) -> Self {
        Self { member }
    }

    pub(super) fn node(&self) -> &Node {
        self.member.node()
    }

    /// What a deployment of a component would change. Changes nothing.
    pub async fn plan(&self, component: Arc<[u8]>) -> Result<Planned, ControlError> {
        let release = self.node().current_release().await?.map(|(_, release)| release);
        let node = self.node();
        let before = match &release {
            Some(release) => Some(node.load(&release.active, &release.naming_of(&release.active)).await?),
            None => None,
        };
        let version = node.prepare(component, None, Naming::default()).await?;
        let plan = self.plan_between(before.as_deref(), version.hash(), version.manifest()).await?;
        Ok(Planned { plan, before, version })
    }

    async fn plan_between(
        &self,
        before: Option<&Version>,
        hash: &str,
        manifest: &Arc<Manifest>,
    ) -> Result<Plan, ControlError> {
        let before = before.map(|before| (before.hash(), &**before.manifest(), before.naming()));
        let node = self.node();
        Ok(Plan::make(node.store(), (hash, manifest), before, node.clock().now_ms()).await?)
    }

    /// Begins to deploy a component, and answers the deployment's number.
    pub async fn deploy(&self, component: Arc<[u8]>, options: DeployOptions) -> Result<i64, ControlError> {
        let share = options.share.or((!options.audience.is_empty()).then_some(0));
        let origin = if share.is_some() { Origin::Canary } else { Origin::Deploy };
        self.begin(component, DeployOptions { share, ..options }, origin).await
    }

    /// Deploys the version that this node was started with, or that its sources are by now, and waits for the end. What is under
    /// way is waited for first: mostly another node brings the same.
    pub async fn bring(&self, component: Arc<[u8]>) -> Result<Phase, ControlError> {
        let hash = component_hash(&component);
        loop {
            let release = self.node().current_release().await?;
            if release.is_some_and(|(_, release)| release.active == hash && release.canary.is_none()) {
                return Ok(Phase::Done);
            }
            let options = DeployOptions { by: format!("node {}", self.node().name()), ..DeployOptions::default() };
            match self.begin(component.clone(), options, Origin::Start).await {
                Ok(id) => return Ok(self.wait(id).await?.phase),
                Err(ControlError::Busy(other)) => {
                    let other_deployment = self.deployment(other).await?;
                    if other_deployment.is_some_and(|one| one.phase == Phase::Watching) {
                        return Err(ControlError::Busy(other));
                    }
                    self.wait(other).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn begin(&self, component: Arc<[u8]>, options: DeployOptions, origin: Origin) -> Result<i64, ControlError> {
        if options.group.is_some() && (options.share.is_some() || options.stay_ms.is_some()) {
            let what = "a group of nodes gets a version for all of its calls: no canary, no pinned sessions";
            return Err(ControlError::Unsuitable(what.to_owned()));
        }
        if options.share.is_some_and(|share| share >= WHOLE || share == 0 && options.audience.is_empty()) {
            return Err(ControlError::Unsuitable("a canary's share is more than 0 and less than 100 %".to_owned()));
        }
        if options.share.is_some() && options.stay_ms.is_some() {
            let what = "a canary leaves other sessions on the version before anyway: pin sessions when it is promoted";
            return Err(ControlError::Unsuitable(what.to_owned()));
        }
        let latency = options.thresholds.latency_factor;
        if options.stay_ms.is_some_and(|stay_ms| stay_ms <= 0) || !latency.is_finite() || latency <= 0.0 {
            return Err(ControlError::Unsuitable("times and factors are greater than 0".to_owned()));
        }
        let lease = self.lease().await?;
        let begun = self.begin_under(&lease, component, options, origin).await;
        lease.give_back().await;
        begun
    }

    async fn begin_under(
        &self,
        lease: &Lease,
        component: Arc<[u8]>,
        options: DeployOptions,
        origin: Origin,
    ) -> Result<i64, ControlError> {
        self.settle(lease).await?;
        if let Some(group) = &options.group {
            self.must_be_there(group).await?;
        }
        let Planned { plan, before, version } = self.plan(component.clone()).await?;
        if (options.share.is_some() || options.group.is_some()) && before.is_none() {
            let what =
                "there is no version beside which a canary or a group's own could serve: deploy one to all nodes";
            return Err(ControlError::Unsuitable(what.to_owned()));
        }
        if before.as_ref().is_some_and(|before| before.hash() == version.hash()) && options.share.is_some() {
            return Err(ControlError::Unsuitable("the version is the active one already".to_owned()));
        }
        if let Some(reviewed) = &options.plan
            && *reviewed != plan.hash
        {
            return Err(ControlError::PlanChanged(plan.hash));
        }
        accept(&plan)?;
        self.must_suit_groups(before.as_deref(), &version, &plan, options.group.as_deref()).await?;
        check_audience(&options.audience, &version)?;
        self.node().cluster().put_component(version.hash(), &component, &options.by).await?;
        self.open(lease, plan, options, origin).await
    }

    /// The lease of whoever changes what serves: nobody else plans, deploys or tidies up meanwhile.
    async fn lease(&self) -> Result<Lease, ControlError> {
        let cluster = self.node().cluster();
        let patience = Instant::now() + LEASE_PATIENCE;
        loop {
            if let Some(lease) = Lease::take(&cluster, self.node().name()).await? {
                return Ok(lease);
            }
            // Whoever carries a deployment on has it for long; whoever tidies up after one, for a moment.
            self.refuse_unfinished().await?;
            if Instant::now() >= patience {
                return Err(ControlError::Unsuitable("another node changes what serves; try again".to_owned()));
            }
            tokio::time::sleep(FOLLOW_INTERVAL_RETIRING).await;
        }
    }

    async fn refuse_unfinished(&self) -> Result<(), ControlError> {
        match self.node().cluster().deployments(1).await?.pop() {
            Some(row) if !row.finished => Err(ControlError::Busy(row.id)),
            _ => Ok(()),
        }
    }

    /// Puts aside what the last deployment left, unless sessions need it.
    async fn settle(&self, lease: &Lease) -> Result<(), ControlError> {
        self.refuse_unfinished().await?;
        if self.node().are_sessions_staying().await? {
            let what =
                "sessions stay on the version before; wait for them, or go on without: `brooklet deploy --unpin`";
            return Err(ControlError::Unsuitable(what.to_owned()));
        }
        self.node().settle(lease).await
    }

    /// Sessions that stay on the version before go on with the active one.
    pub async fn unpin(&self, by: &str) -> Result<(), ControlError> {
        let change = |release: &mut Release| release.staying.take().is_some();
        self.change_release(change, "no sessions stay on another version", by).await
    }

    /// Lets something go that the release has besides the active version. `change` answers whether it has it.
    pub(super) async fn change_release(
        &self,
        change: impl FnOnce(&mut Release) -> bool + Send,
        otherwise: &str,
        by: &str,
    ) -> Result<(), ControlError> {
        let lease = self.lease().await?;
        let changed = self.change_release_under(&lease, change, otherwise, by).await;
        lease.give_back().await;
        changed
    }

    async fn change_release_under(
        &self,
        lease: &Lease,
        change: impl FnOnce(&mut Release) -> bool + Send,
        otherwise: &str,
        by: &str,
    ) -> Result<(), ControlError> {
        self.refuse_unfinished().await?;
        let held = self.node().current_release().await?;
        let (generation, mut release) =
            held.ok_or_else(|| ControlError::Unknown("nothing was deployed yet".to_owned()))?;
        if !change(&mut release) {
            return Err(ControlError::Unsuitable(otherwise.to_owned()));
        }
        by.clone_into(&mut release.by);
        let body = serde_json::to_string(&release).unwrap_or_default();
        match self.node().cluster().publish(generation + 1, &body, lease.fence()).await? {
            true => Ok(()),
            false => Err(ControlError::Unsuitable("something else is under way; try again".to_owned())),
        }
    }

    async fn open(
        &self,
        lease: &Lease,
        plan: Plan,
        options: DeployOptions,
        origin: Origin,
    ) -> Result<i64, ControlError> {
        let deployment = Deployment {
            origin,
            version: plan.version.clone(),
            before: plan.before.clone(),
            plan,
            share: options.share,
            audience: options.audience,
            group: options.group,
            thresholds: options.thresholds,
            stay_ms: options.stay_ms,
            by: options.by,
            phase: Phase::Preparing,
            generation: None,
            began_ms: self.node().clock().now_ms(),
            left_out: Vec::new(),
            lines: Vec::new(),
        };
        if let Some(id) = self.node().cluster().open_deployment(&deployment.text(), lease.fence()).await? {
            return Ok(id);
        }
        self.refuse_unfinished().await?;
        Err(ControlError::Unsuitable("another node changes what serves; try again".to_owned()))
    }

    /// Begins to go back to a version: the one before, or one that the registry has.
    pub async fn roll_back(&self, to: Option<&str>, by: String) -> Result<i64, ControlError> {
        let lease = self.lease().await?;
        let begun = self.roll_back_under(&lease, to, by).await;
        lease.give_back().await;
        begun
    }

    async fn roll_back_under(&self, lease: &Lease, to: Option<&str>, by: String) -> Result<i64, ControlError> {
        self.refuse_unfinished().await?;
        let nothing = || ControlError::Unknown("nothing was deployed yet".to_owned());
        let (_, release) = self.node().current_release().await?.ok_or_else(nothing)?;
        if release.canary.is_some() {
            return Err(ControlError::Unsuitable("a canary is tried out: abort it".to_owned()));
        }
        let hash = match to {
            Some(to) => self.find(to).await?,
            None => release.previous.clone().ok_or_else(|| {
                ControlError::Unknown(
                    "there is no version before the active one; `brooklet versions` lists all".to_owned(),
                )
            })?,
        };
        // What the version before had is as it left it; any other is deployed like a new one.
        if release.previous.as_deref() != Some(&*hash) {
            self.settle(lease).await?;
        }
        let node = self.node();
        let active = node.load(&release.active, &release.naming_of(&release.active)).await?;
        let version = node.load(&hash, &release.naming_of(&hash)).await?;
        let plan = self.plan_between(Some(&active), &hash, version.manifest()).await?;
        accept(&plan)?;
        self.must_suit_groups(Some(&active), &version, &plan, None).await?;
        self.open(lease, plan, DeployOptions { by, ..DeployOptions::default() }, Origin::Rollback).await
    }

    /// The version that begins with those digits.
    async fn find(&self, digits: &str) -> Result<String, ControlError> {
        let wanted = digits.strip_prefix("sha256:").unwrap_or(digits);
        let known = self.node().cluster().components().await?;
        let is_it = |hash: &&String| !wanted.is_empty() && hash.trim_start_matches("sha256:").starts_with(wanted);
        let found: Vec<_> = known.iter().map(|entry| &entry.hash).filter(is_it).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(ControlError::Unknown(format!("there is no version {digits}; `brooklet versions` lists all"))),
            _ => Err(ControlError::Unknown(format!("more than one version begins with {digits}; give more digits"))),
        }
    }

    /// Says that the canary is to become the active version, or that it is to be taken back; answers the deployment's number.
    pub async fn settle_canary(&self, is_good: bool) -> Result<i64, ControlError> {
        let cluster = self.node().cluster();
        let row = cluster.deployments(1).await?.pop().filter(|row| !row.finished);
        let watching = row.filter(|row| Deployment::read(&row.body).is_some_and(|one| one.phase == Phase::Watching));
        let Some(row) = watching else {
            return Err(ControlError::Unsuitable("no canary is tried out".to_owned()));
        };
        cluster.set(CANARY_SETTING, Some(&canary_order(row.id, is_good))).await?;
        cluster.signal().await;
        Ok(row.id)
    }

    /// A deployment.
    pub async fn deployment(&self, id: i64) -> Result<Option<Deployment>, ControlError> {
        Ok(self.node().cluster().deployment(id).await?.and_then(|row| Deployment::read(&row.body)))
    }

    /// Deployments, the latest first.
    pub async fn deployments(&self) -> Result<Vec<(i64, Deployment)>, ControlError> {
        let rows = self.node().cluster().deployments(DEPLOYMENTS_KEPT).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id, Deployment::read(&row.body)?))).collect())
    }

    /// Waits until a deployment is finished.
    pub async fn wait(&self, id: i64) -> Result<Deployment, ControlError> {
        let cluster = self.node().cluster();
        let mut signals = cluster.signals();
        loop {
            match self.deployment(id).await? {
                Some(deployment) if deployment.phase.is_finished() => return Ok(deployment),
                Some(_) => signals.next(FOLLOW_INTERVAL).await,
                None => return Err(ControlError::Unknown(format!("there is no deployment {id}"))),
            }
        }
    }

    /// All versions that the registry has, the latest first.
    pub async fn versions(&self) -> Result<(Vec<KnownVersion>, Vec<Generation>), ControlError> {
        let cluster = self.node().cluster();
        let rows = cluster.releases(RELEASES_KEPT).await?;
        let generations: Vec<_> = rows
            .iter()
            .filter_map(|row| {
                let release = router::read(&row.body, &row.generation)?;
                Some(Generation { generation: row.generation, at_ms: row.at_ms, release })
            })
            .collect();
        let holds = generations.first().map(|generation| &generation.release);
        let known = cluster.components().await?.into_iter().map(|entry| KnownVersion {
            role: holds.map(|release| role(release, &entry.hash)).unwrap_or_default(),
            generations: became_active(&generations, &entry.hash),
            version: entry.hash,
            bytes: entry.bytes,
            at_ms: entry.at_ms,
            by: entry.about,
        });
        Ok((known.collect(), generations))
    }
}

/// An error when nobody could be in the audience of a canary.
fn check_audience(audience: &Audience, version: &Version) -> Result<(), ControlError> {
    version.manifest().security.check_user_roles(&audience.roles).map_err(ControlError::Unsuitable)?;
    match &audience.word {
        Some(word) if !Audience::is_word(word) => {
            let what = format!("`{word}` cannot be said in a header: letters, digits and signs, {WORD_BYTES} at most");
            Err(ControlError::Unsuitable(what))
        }
        _ => Ok(()),
    }
}

/// An error when data stands in the way.
fn accept(plan: &Plan) -> Result<(), ControlError> {
    let refusals = &plan.database.refusals;
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(ControlError::Refused(StoreError::Refused(refusals.clone()).to_string()))
    }
}

fn role(release: &Release, hash: &str) -> String {
    let groups = release.groups.iter().filter(|(_, version)| *version == hash);
    let groups: Vec<_> = groups.map(|(group, _)| format!("group {group}")).collect();
    let role = if release.active == hash {
        "active"
    } else if release.canary.as_ref().is_some_and(|canary| canary.version == hash) {
        "canary"
    } else if release.staying.as_ref().is_some_and(|staying| staying.version == hash) {
        "staying"
    } else if release.previous.as_deref() == Some(hash) {
        "previous"
    } else {
        return groups.join(", ");
    };
    std::iter::once(role.to_owned()).chain(groups).collect::<Vec<_>>().join(", ")
}

/// The generations in which a version became active.
fn became_active(generations: &[Generation], hash: &str) -> Vec<i64> {
    let before = generations.iter().skip(1).map(|generation| Some(&*generation.release.active)).chain([None]);
    let changes = generations.iter().zip(before);
    let is_one =
        |(generation, before): &(&Generation, Option<&str>)| generation.release.active == hash && *before != Some(hash);
    changes.filter(is_one).map(|(generation, _)| generation.generation).collect()
}
