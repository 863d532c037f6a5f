//! The versions of this node: loaded, and put into service.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use arc_swap::ArcSwapOption;
use brooklet_model::Manifest;
use brooklet_store::StoreError;

use super::{
    library::{Library, Naming},
    lifecycle::Scope,
    release::{Canary, Release},
    routing::{Routing, Stay, Trial},
    tally::Count,
};
use crate::{
    Node,
    engine::LoadError,
    flow::{Failure, FailureKind, failure_codes},
    limits::fixed::STARTED_VERSIONS,
    version::{ActivationError, Version, component_hash},
};

/// The versions of a node.
#[derive(Debug, Default)]
pub(crate) struct Router {
    /// What serves; none before the first release, and when the node cannot follow.
    routing: ArcSwapOption<Routing>,
    /// Why the node cannot follow the release that holds.
    unfit: ArcSwapOption<String>,
    library: Library,
    /// The versions that were started last: what the model wants before it serves has happened.
    started: Mutex<VecDeque<String>>,
    /// One change at a time.
    turn: tokio::sync::Mutex<()>,
    /// Whether what must happen before the node serves has yet to happen.
    is_closed: AtomicBool,
}

impl Router {
    /// What serves.
    pub(crate) fn current(&self) -> Result<Arc<Routing>, Failure> {
        if self.is_closed.load(Relaxed) {
            return Err(self.not_ready());
        }
        self.loaded()
    }

    /// The same for those who get the node ready.
    pub(crate) fn loaded(&self) -> Result<Arc<Routing>, Failure> {
        self.routing.load_full().ok_or_else(|| self.not_ready())
    }

    fn not_ready(&self) -> Failure {
        let what = match &*self.unfit.load() {
            Some(why) => format!("the node cannot follow the cluster's release: {why}"),
            None => "the node has no model yet; try again in a moment".to_owned(),
        };
        Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, what)
    }

    /// The version on which new calls begin.
    pub(crate) fn version(&self) -> Option<Arc<Version>> {
        self.routing.load().as_ref().map(|routing| routing.active.clone())
    }

    /// Why calls get no version, if they do not.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        self.current().map(|_| ())
    }

    /// From now on calls wait for [`Router::open`] elsewhere.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Relaxed);
    }

    /// Whether calls get a version.
    pub(super) fn is_open(&self) -> bool {
        !self.is_closed.load(Relaxed)
    }

    /// Everything is ready for calls.
    pub(super) fn open(&self) {
        self.is_closed.store(false, Relaxed);
    }

    /// What a version wants before it serves has happened here, or need not.
    pub(super) fn mark_started(&self, hash: &str) {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if !started.iter().any(|known| known == hash) {
            started.push_front(hash.to_owned());
            started.truncate(STARTED_VERSIONS);
        }
    }

    /// Whether it has.
    pub(super) fn is_started(&self, hash: &str) -> bool {
        self.started.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|started| started == hash)
    }

    /// Waits for one's turn to change what serves.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether what serves is the version of the node's group.
    pub(super) fn is_of_group(&self) -> bool {
        self.routing.load().as_ref().is_some_and(|routing| routing.is_of_group)
    }

    /// The generation of what serves; 0 when nothing does.
    pub(super) fn generation(&self) -> i64 {
        self.routing.load().as_ref().map_or(0, |routing| routing.generation)
    }

    /// Why the node cannot follow.
    pub(super) fn unfit(&self) -> Option<String> {
        self.unfit.load().as_deref().cloned()
    }

    /// The hashes of all versions in memory.
    pub(super) fn held(&self) -> Vec<String> {
        self.library.held()
    }

    /// How the calls of each version of a release with a canary have gone; nothing without one.
    pub(super) fn counts(&self) -> BTreeMap<String, Count> {
        let routing = self.routing.load();
        let Some(routing) = routing.as_ref().filter(|routing| routing.canary.is_some()) else {
            return BTreeMap::new();
        };
        routing.versions().map(|version| (version.hash().to_owned(), version.tally().count())).collect()
    }

    /// Serves nothing more: what the cluster serves cannot be served here.
    fn give_up(&self, generation: i64, error: &ActivationError) {
        let why = Arc::new(error.to_string());
        let before = self.unfit.swap(Some(why.clone()));
        self.routing.store(None);
        if before.as_ref() != Some(&why) {
            tracing::error!(generation, "the node stops serving, as it cannot follow the cluster's release: {why}");
        }
    }

    /// Whether a version is in memory that no new call gets.
    pub(super) fn is_retiring(&self) -> bool {
        let routing = self.routing.load();
        let serving = routing.as_ref().map_or(0, |routing| routing.versions().count());
        self.library.held().len() > serving
    }

    /// Lets a version go that sessions stayed on, when its time is over, or when no session is left that has it.
    pub(super) fn end_stay(&self, routing: &Arc<Routing>) {
        let without = Routing { staying: None, ..Routing::clone(routing) };
        // Another release may have come.
        let before = self.routing.compare_and_swap(routing, Some(Arc::new(without)));
        if before.as_ref().is_some_and(|before| Arc::ptr_eq(before, routing))
            && let Some(stay) = &routing.staying
        {
            stay.version.guest().retire();
        }
    }

    /// What serves from now on; answers what did before. Calls that are under way keep what they have.
    fn set(&self, routing: Routing) -> Option<Arc<Routing>> {
        let routing = Arc::new(routing);
        self.unfit.store(None);
        let before = self.routing.swap(Some(routing.clone()))?;
        for version in before.versions() {
            if routing.versions().all(|other| !Arc::ptr_eq(version, other)) {
                version.guest().retire();
            }
        }
        let (was, is) = (before.active.manifest().security.level, routing.active.manifest().security.level);
        if was != is {
            tracing::warn!("the level of the model's security has changed from {was} to {is}");
        }
        Some(before)
    }

    /// Makes a version what serves in this node alone: for a node that has no cluster to ask.
    pub(crate) fn serve_alone(&self, version: Arc<Version>) -> Option<Arc<Routing>> {
        self.set(Routing::only(self.generation() + 1, version))
    }
}

impl Node {
    /// Follows the release that holds, if the node does not yet, and answers what serves then. One question to the database
    /// when there is nothing to do.
    pub(crate) async fn follow(&self) -> Result<Arc<Routing>, Failure> {
        self.follow_closed().await?;
        self.router().current()
    }

    /// The same for those who get the node ready.
    pub(super) async fn follow_closed(&self) -> Result<Arc<Routing>, Failure> {
        let router = self.router();
        let release = self.cluster().current_release().await.map_err(Failure::of_store)?;
        if let Some(release) = release.filter(|release| release.generation > router.generation()) {
            let _turn = router.turn().await;
            if release.generation > router.generation() {
                let Some(said) = read(&release.body, &release.generation) else {
                    let what = "it was written by a newer version of brooklet".to_owned();
                    router.give_up(release.generation, &StoreError::Data(what).into());
                    return router.loaded();
                };
                match self.started_routing(release.generation, &said).await {
                    Ok(routing) => {
                        let before = router.set(routing);
                        self.announce(before.as_deref());
                    }
                    // The database is away: what serves goes on, and there is a next look.
                    Err(ActivationError::Store(error)) if !is_lasting(&error) => return Err(Failure::of_store(error)),
                    Err(error) => router.give_up(release.generation, &error),
                }
            }
        }
        router.loaded()
    }

    /// The release that holds, and its generation; none before the first.
    pub(super) async fn current_release(&self) -> Result<Option<(i64, Release)>, StoreError> {
        let row = self.cluster().current_release().await?;
        Ok(row.and_then(|row| Some((row.generation, read(&row.body, &row.generation)?))))
    }

    /// A release, with its versions loaded, and started as far as each node has to: a node that was away when they were deployed
    /// does it now. A node that has yet to open does it by itself.
    async fn started_routing(&self, generation: i64, release: &Release) -> Result<Routing, ActivationError> {
        let routing = self.routing(generation, release).await?;
        let router = self.router();
        if router.is_open() {
            for version in routing.versions().filter(|version| !router.is_started(version.hash())) {
                if Scope::of_startup(version.manifest()) == Ok(Scope::Node) {
                    self.run_after_startup(version, None).await?;
                }
                router.mark_started(version.hash());
            }
        }
        Ok(routing)
    }

    /// A release, with those of its versions loaded that this node serves.
    async fn routing(&self, generation: i64, release: &Release) -> Result<Routing, ActivationError> {
        let load = async |hash: &str| self.load(hash, &release.naming_of(hash)).await;
        if let Some(version) = release.of_group(self.group()) {
            return Ok(Routing { is_of_group: true, ..Routing::only(generation, load(version).await?) });
        }
        let canary = match &release.canary {
            Some(Canary { version, share, audience, since_ms }) => {
                let (version, audience) = (load(version).await?, audience.clone());
                Some(Trial { version, share: *share, audience, since_ms: *since_ms })
            }
            None => None,
        };
        let staying = match &release.staying {
            Some(staying) => Some(Stay {
                version: load(&staying.version).await?,
                before_ms: staying.before_ms,
                until_ms: staying.until_ms,
            }),
            None => None,
        };
        let active = load(&release.active).await?;
        Ok(Routing { generation, active, canary, staying, is_of_group: false })
    }

    /// A version, from memory, or from its component, which is fetched.
    pub(super) async fn load(&self, hash: &str, naming: &Naming) -> Result<Arc<Version>, ActivationError> {
        if let Some(version) = self.router().library.find(hash, naming) {
            return Ok(version);
        }
        self.prepare(self.fetch(hash).await?, None, naming.clone()).await
    }

    /// A component that the database has, checked.
    async fn fetch(&self, hash: &str) -> Result<Arc<[u8]>, ActivationError> {
        let component = self.cluster().component(hash).await?;
        let component = component.ok_or_else(|| StoreError::Data(format!("the registry has no component {hash}")))?;
        let found = component_hash(&component);
        if found != hash {
            return Err(StoreError::Data(format!("the registry's component {hash} was altered: it is {found}")).into());
        }
        Ok(component.into())
    }

    /// Compiles and links a component, somewhere else than where calls are answered.
    pub(crate) async fn prepare(
        &self,
        component: Arc<[u8]>,
        manifest: Option<Arc<Manifest>>,
        naming: Naming,
    ) -> Result<Arc<Version>, ActivationError> {
        let (engine, store) = (self.engine().clone(), self.store().clone());
        let prepared =
            tokio::task::spawn_blocking(move || Version::prepare(&engine, &store, &component, manifest, naming)).await;
        let version = Arc::new(prepared.map_err(|panic| LoadError::Compile(panic.to_string()))??);
        self.router().library.add(&version);
        Ok(version)
    }
}

/// Whether an error of the database will be the same the next time.
pub(super) fn is_lasting(error: &StoreError) -> bool {
    matches!(error, StoreError::Data(_) | StoreError::Model(_) | StoreError::Query { .. })
}

/// A release in words; none when it cannot be read, which is said.
pub(super) fn read(body: &str, generation: &i64) -> Option<Release> {
    serde_json::from_str(body)
        .inspect_err(|error| tracing::error!(%error, generation, "a release cannot be read: is this node older?"))
        .ok()
}
