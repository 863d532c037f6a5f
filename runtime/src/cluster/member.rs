//! Whether this node is a member, and whether it is ready.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwapOption;
use brooklet_store::{Membership, NodeDescription, NodeState, NodeStatus, StoreError};
use tokio::{sync::Notify, task::AbortHandle, time::timeout};

use super::{LogControl, MAINTENANCE_SETTING, beat};
use crate::{
    Node,
    flow::{Failure, FailureKind, failure_codes},
    limits::fixed::LEAVE_TIME,
};

/// This node among others. Cheap to clone; all clones are the same member.
#[derive(Clone)]
pub struct Member {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) node: Arc<Node>,
    pub(super) log: Option<Arc<dyn LogControl>>,
    /// The place in the cluster; none before joining, when it was lost, and for a node on its own.
    pub(super) membership: ArcSwapOption<Membership>,
    /// Nobody else is asked: there is no cluster.
    is_alone: bool,
    /// An administrator wants it to take nothing new.
    pub(super) draining: AtomicBool,
    stopping: AtomicBool,
    /// Calls under way.
    calls: AtomicU64,
    /// Something has changed that the others should hear of now.
    pub(super) changed: Notify,
    beating: ArcSwapOption<AbortHandle>,
    /// Follows what is to serve.
    following: ArcSwapOption<AbortHandle>,
}

/// A call under way, until it is dropped.
pub(crate) struct CallUnderWay(Arc<Inner>);

impl Member {
    /// A node on its own, which is ready when it can serve: for tests and benchmarks.
    pub fn alone(node: Arc<Node>) -> Self {
        Self::with(node, None, true)
    }

    /// A node that is to [`Member::join`] others. `log` is the process's log, which the cluster may steer.
    pub fn new(node: Arc<Node>, log: Arc<dyn LogControl>) -> Self {
        Self::with(node, Some(log), false)
    }

    fn with(node: Arc<Node>, log: Option<Arc<dyn LogControl>>, is_alone: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                node,
                log,
                membership: ArcSwapOption::empty(),
                is_alone,
                draining: AtomicBool::new(false),
                stopping: AtomicBool::new(false),
                calls: AtomicU64::new(0),
                changed: Notify::new(),
                beating: ArcSwapOption::empty(),
                following: ArcSwapOption::empty(),
            }),
        }
    }

    /// Makes the node a member, which it is until it leaves, in spite of outages. To be done before the first version is
    /// activated: ids bear the number that is given here.
    pub async fn join(&self, description: NodeDescription) -> Result<(), StoreError> {
        let cluster = self.inner.node.cluster();
        cluster.install().await?;
        beat::enter(&self.inner, &cluster, &description).await?;
        // Before the first call, not with the first beat.
        beat::notice(&self.inner, cluster.settings().await?.get(MAINTENANCE_SETTING).map(String::as_str));
        let beating = tokio::spawn(beat::forever(self.inner.clone(), cluster, description)).abort_handle();
        self.inner.beating.store(Some(Arc::new(beating)));
        Ok(())
    }

    /// The place in the cluster; none when it has none at the moment.
    pub(crate) fn membership(&self) -> Option<Membership> {
        self.inner.membership.load().as_deref().copied()
    }

    /// Ends a task when the member leaves.
    pub(crate) fn keep_following(&self, task: AbortHandle) {
        if let Some(before) = self.inner.following.swap(Some(Arc::new(task))) {
            before.abort();
        }
    }

    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.inner.node
    }

    /// The log that the cluster may steer.
    pub(crate) fn log(&self) -> Option<&Arc<dyn LogControl>> {
        self.inner.log.as_ref()
    }

    /// Whether new calls should come here. Answers at once: what it depends on is watched in the background.
    pub fn ready(&self) -> Result<(), Failure> {
        let not_ready = |why| Err(Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, why));
        if self.is_stopping() {
            return not_ready("the node is stopping");
        }
        if !self.inner.is_alone && self.inner.membership.load().is_none() {
            return not_ready("the node is no member of its cluster at the moment");
        }
        if self.inner.draining.load(Relaxed) {
            return not_ready("an administrator drains the node");
        }
        self.inner.node.ready()
    }

    /// Whether clients had better come by another connection the next time: the node stops or drains.
    pub(crate) fn is_leaving(&self) -> bool {
        self.is_stopping() || self.inner.draining.load(Relaxed)
    }

    fn is_stopping(&self) -> bool {
        self.inner.stopping.load(Relaxed)
    }

    /// Not ready from now on, for good.
    pub fn stop(&self) {
        self.inner.stopping.store(true, Relaxed);
        self.inner.changed.notify_one();
    }

    /// Tells the others at once what has changed, such as the version, and hears what they have to say.
    pub fn announce(&self) {
        self.inner.changed.notify_one();
    }

    /// Counts a call until the answer is dropped.
    pub(crate) fn begin_call(&self) -> CallUnderWay {
        self.inner.calls.fetch_add(1, Relaxed);
        CallUnderWay(self.inner.clone())
    }

    /// Ends the membership. The others know it at once, if the database answers; otherwise when the node's time is over.
    pub async fn leave(&self) {
        for task in [self.inner.following.swap(None), self.inner.beating.swap(None)].into_iter().flatten() {
            task.abort();
        }
        let Some(membership) = self.inner.membership.swap(None) else { return };
        match timeout(LEAVE_TIME, self.inner.node.cluster().leave(&membership)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the node could not leave its cluster in good order"),
            Err(_) => {
                tracing::warn!("the node could not leave its cluster in good order: the database does not answer")
            }
        }
    }
}

impl Inner {
    /// What the node says of itself.
    pub(super) fn status(&self) -> NodeStatus {
        let version = self.node.version();
        let state = if self.stopping.load(Relaxed) {
            NodeState::Stopping
        } else if self.draining.load(Relaxed) {
            NodeState::Draining
        } else if self.node.ready().is_ok() {
            NodeState::Ready
        } else {
            NodeState::Starting
        };
        NodeStatus {
            state,
            version: version.map(|version| version.hash().to_owned()).unwrap_or_default(),
            requests: self.calls.load(Relaxed),
        }
    }
}

impl Drop for CallUnderWay {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let membership = self.inner.membership.load();
        f.debug_struct("Member").field("membership", &membership).finish_non_exhaustive()
    }
}
