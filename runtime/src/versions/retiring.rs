//! What a version before needed is put aside once it has retired: with the next deployment, or after a while, so that a rollback
//! until then finds everything as it was, with the data written since.

use std::time::Duration;

use brooklet_store::{Evolution, FencingToken, StoreError};
use tokio::time::{Instant, sleep};

use super::{
    control::ControlError,
    deployment::{Deployment, Phase},
    driver::{Lease, Stopped},
    report::NodeReport,
};
use crate::{
    Node,
    limits::fixed::{DEPLOYMENTS_KEPT, FOLLOW_INTERVAL_RETIRING, RETIRING_TIME},
};

/// The setting that names the last deployment after which was put aside what nobody needs.
const SETTLED_SETTING: &str = "settled-deployment";

impl Node {
    /// Puts aside what the last deployment left. To be called when none is under way.
    pub(super) async fn settle(&self, lease: &Lease) -> Result<(), ControlError> {
        let Some((id, deployment)) = self.unsettled().await? else { return Ok(()) };
        match self.settle_under(lease, id, &deployment).await {
            Ok(()) => Ok(()),
            Err(Stopped::Overtaken) => Err(ControlError::Unsuitable("another node came first; try again".to_owned())),
            Err(Stopped::Store(error)) => Err(error.into()),
        }
    }

    /// Whether sessions stay on a version that is not the active one.
    pub(super) async fn are_sessions_staying(&self) -> Result<bool, StoreError> {
        let Some((_, release)) = self.current_release().await? else { return Ok(false) };
        let Some(staying) = release.staying.filter(|staying| self.clock().now_ms() < staying.until_ms) else {
            return Ok(false);
        };
        self.is_held(&staying.version).await
    }

    /// Whether a node has a version in memory.
    async fn is_held(&self, hash: &str) -> Result<bool, StoreError> {
        let reports = self.cluster().reports().await?;
        Ok(reports.iter().any(|report| NodeReport::read(&report.body).held.iter().any(|held| held == hash)))
    }

    /// Does what is due: puts aside what the last deployment left a while ago, and drops what was put aside long ago.
    pub(super) async fn settle_what_is_due(&self) -> Result<(), ControlError> {
        let limits = &self.limits().versions;
        let now_ms = self.clock().now_ms();
        let before = |time: Duration| now_ms.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let Some(lease) = Lease::take(&self.cluster(), self.name()).await? else { return Ok(()) };
        let done = async {
            if self.cluster().deployments(1).await?.first().is_some_and(|row| !row.finished) {
                return Ok(());
            }
            let due = self.unsettled().await?.filter(|(_, one)| one.began_ms < before(limits.settle_after));
            if due.is_some() && !self.are_sessions_staying().await? {
                self.settle(&lease).await?;
            }
            let dropped = self.store().purge(before(limits.parked_for)).await?;
            dropped.iter().for_each(|sentence| tracing::info!("the database: {sentence}"));
            Ok(())
        };
        let done = done.await;
        lease.give_back().await;
        done
    }

    /// The last deployment that came as far as a release, if what it left was not put aside yet.
    pub(super) async fn unsettled(&self) -> Result<Option<(i64, Deployment)>, StoreError> {
        let cluster = self.cluster();
        let rows = cluster.deployments(DEPLOYMENTS_KEPT).await?;
        let released = rows.iter().filter(|row| row.finished).find_map(|row| {
            let deployment = Deployment::read(&row.body)?;
            deployment.generation.is_some().then_some((row.id, deployment))
        });
        let Some((id, deployment)) = released else { return Ok(None) };
        let settled = cluster.settings().await?.get(SETTLED_SETTING).and_then(|id| id.parse().ok());
        Ok(Some((id, deployment)).filter(|_| settled.is_none_or(|settled: i64| settled < id)))
    }

    async fn settle_under(&self, lease: &Lease, id: i64, deployment: &Deployment) -> Result<(), Stopped> {
        let evolution = self.last_evolution(deployment).await?;
        if matches!(deployment.phase, Phase::TakenBack(_)) {
            // The way back from the canary may have steps of its own, on which its contraction relies.
            self.store().expand(&evolution, Some(lease.fence())).await?;
        }
        if !evolution.contract.is_empty() {
            if let Some(gone) = self.gone(deployment) {
                self.wait_until_let_go(gone).await?;
            }
            self.contract(&evolution, lease.fence()).await?;
        }
        let id = id.to_string();
        Ok(self.cluster().set(SETTLED_SETTING, Some(&id)).await?)
    }

    /// What is to be put aside after a deployment: that of the version before; after a canary that was aborted, that of the canary.
    async fn last_evolution(&self, deployment: &Deployment) -> Result<Evolution, Stopped> {
        let Phase::TakenBack(_) = deployment.phase else { return Ok(deployment.plan.database.clone()) };
        let release = self.current_release().await?.ok_or(Stopped::Overtaken)?.1;
        let version = |hash: String, naming| async move {
            let loaded = self.load(&hash, &naming).await;
            loaded.map_err(|error| Stopped::Store(StoreError::Data(error.to_string())))
        };
        let canary = version(deployment.version.clone(), deployment.plan.database.naming.clone()).await?;
        let active = version(release.active.clone(), release.naming_of(&release.active)).await?;
        let from = Some((&**canary.manifest(), canary.naming()));
        Ok(self.store().evolve(from, active.manifest(), self.clock().now_ms()).await?)
    }

    /// The version that has retired with a deployment.
    fn gone<'d>(&self, deployment: &'d Deployment) -> Option<&'d str> {
        match deployment.phase {
            Phase::TakenBack(_) => Some(&deployment.version),
            _ => deployment.before.as_deref().filter(|before| *before != deployment.version),
        }
    }

    /// Waits for a while until no node has a version in memory.
    async fn wait_until_let_go(&self, hash: &str) -> Result<(), StoreError> {
        let deadline = Instant::now() + RETIRING_TIME;
        while Instant::now() < deadline && self.is_held(hash).await? {
            sleep(FOLLOW_INTERVAL_RETIRING).await;
        }
        Ok(())
    }

    async fn contract(&self, evolution: &Evolution, fence: (&str, FencingToken)) -> Result<(), Stopped> {
        let done = self.store().contract(evolution, Some(fence), self.clock().now_ms()).await?;
        done.iter().for_each(|sentence| tracing::info!("the database: {sentence}"));
        Ok(())
    }
}
