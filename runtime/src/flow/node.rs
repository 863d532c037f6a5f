//! A node: an engine, a database, and the version that serves.

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwapOption;
use brooklet_model::{Manifest, MicroflowId};
use brooklet_store::{Options, Store, StoreError};

use super::{
    Call, Ending, Failure, FailureKind, Outcome, Trigger,
    failure::failure_codes,
    gate::Gate,
    run::{Broken, Run},
};
use crate::{
    clock::Clock,
    engine::{Engine, LoadError},
    json,
    limits::Limits,
    request::Request,
    version::{ActivationError, Version, is_callable},
};

/// The setting that names the microflow to run after start-up.
const AFTER_STARTUP: (&str, &str) = ("model", "AfterStartupMicroflow");

/// What that microflow must answer, as JSON.
const TRUE: &str = "true";

/// A node. All of its methods can be called from any number of tasks at once.
#[derive(Debug)]
pub struct Node {
    engine: Arc<Engine>,
    store: Store,
    clock: Clock,
    limits: Limits,
    gate: Gate,
    /// The version on which new requests begin; none before the first activation.
    active: ArcSwapOption<Version>,
    /// One activation at a time.
    activation: tokio::sync::Mutex<()>,
}

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// The database: `sqlite::memory:`, `sqlite:path`, or `postgres://…`.
    pub store: String,
    /// What calls may take.
    pub limits: Limits,
    /// The folder for compiled code; none to compile at each start.
    pub cache: Option<PathBuf>,
    /// Time, randomness and ids.
    pub clock: Clock,
}

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] LoadError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self { store: "sqlite::memory:".to_owned(), limits: Limits::default(), cache: None, clock: Clock::system(0) }
    }
}

impl Node {
    /// A node without a version; it answers calls after the first [`Node::activate`].
    pub async fn start(options: NodeOptions) -> Result<Self, StartError> {
        let mut engine = Engine::new(&options.limits.engine)?;
        if let Some(folder) = &options.cache {
            engine = engine.with_cache(folder);
        }
        let store_options = Options { rows_per_query: options.limits.request.rows_per_retrieve, ..Options::default() };
        Ok(Self {
            engine: Arc::new(engine),
            store: Store::connect(&options.store, store_options).await?,
            gate: Gate::new(&options.limits.engine),
            clock: options.clock,
            limits: options.limits,
            active: ArcSwapOption::empty(),
            activation: tokio::sync::Mutex::new(()),
        })
    }

    /// Makes a component the version on which new requests begin. Requests that are under way finish on theirs. When
    /// anything fails, the version that serves goes on serving.
    pub async fn activate(
        &self,
        component: Arc<[u8]>,
        manifest: Option<Arc<Manifest>>,
    ) -> Result<Arc<Version>, ActivationError> {
        let _one_at_a_time = self.activation.lock().await;
        let (engine, store) = (self.engine.clone(), self.store.clone());
        let prepared =
            tokio::task::spawn_blocking(move || Version::prepare(&engine, &store, &component, manifest)).await;
        let version = Arc::new(prepared.map_err(|panic| LoadError::Compile(panic.to_string()))??);
        let migration = self.store.migrate(version.model().plan(), self.clock.now_ms()).await?;
        if !migration.changes.is_empty() {
            tracing::info!(
                "the database was fitted to the model: {} changes (each in the log at level debug)",
                migration.changes.len()
            );
        }
        self.run_after_startup(&version).await?;
        if let Some(before) = self.active.swap(Some(version.clone())) {
            before.guest().retire();
        }
        Ok(version)
    }

    /// The version on which a new request begins.
    pub fn version(&self) -> Option<Arc<Version>> {
        self.active.load_full()
    }

    /// What calls may take.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether calls can be answered: there is a version, and the database answers.
    pub async fn ready(&self) -> Result<(), Failure> {
        if self.active.load().is_none() {
            return Err(not_ready());
        }
        self.store.ping().await.map_err(|error| {
            tracing::warn!(%error, "the database does not answer");
            Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, "the database does not answer")
        })
    }

    /// Closes the database. Calls that are under way should have ended before.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Runs a microflow: the one way in.
    pub async fn run(&self, call: Call<'_>) -> Result<Outcome, Failure> {
        let _place = self.gate.enter().await?;
        let version = self.active.load_full().ok_or_else(not_ready)?;
        self.run_on(&version, call).await
    }

    /// Runs a microflow on a version.
    async fn run_on(&self, version: &Version, call: Call<'_>) -> Result<Outcome, Failure> {
        let microflow = find(version, call.microflow, call.trigger)?;
        let setup = call.setup.iter().map(|name| find(version, name, call.trigger)).collect::<Result<Vec<_>, _>>()?;
        let request = Request::new(
            version.model().clone(),
            &self.store,
            call.session,
            self.clock.clone(),
            self.limits.request.clone(),
        );
        let manifest = version.manifest();
        let entered = version.guest().enter(Box::new(request)).await;
        let entered = entered.map_err(|stopped| Failure::of_stopped(stopped, manifest))?;
        let mut run = Run::new(entered, manifest);
        match run.steps(microflow, &setup, call.arguments).await {
            Ok(outcome) => {
                let mut request = run.leave();
                let ended = match call.ending {
                    Ending::Commit => request.finish_ok().await,
                    Ending::CommitIfTrue if outcome.result == TRUE => request.finish_ok().await,
                    Ending::CommitIfTrue | Ending::Rollback => request.finish_err().await,
                };
                ended.map_err(|cause| Failure::of_interruption(cause, manifest))?;
                Ok(outcome)
            }
            Err(Broken::Failed(failure)) => {
                let mut request = run.leave();
                if let Err(error) = request.finish_err().await {
                    tracing::warn!(%error, "the transaction could not be rolled back; the database will do it");
                }
                Err(failure)
            }
            // The instance and the request are dropped, and the transaction with them.
            Err(Broken::Stopped(failure)) => Err(failure),
        }
    }

    async fn run_after_startup(&self, version: &Version) -> Result<(), ActivationError> {
        let (section, key) = AFTER_STARTUP;
        let Some(name) = version.manifest().setting(section, key).filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        if version.microflow(name).is_none() {
            return Err(ActivationError::NoStartup(name.to_owned()));
        }
        let call = Call { ending: Ending::CommitIfTrue, ..Call::new(name, "{}", Trigger::Startup) };
        match self.run_on(version, call).await {
            Ok(outcome) if outcome.result == TRUE => Ok(()),
            Ok(_) => Err(ActivationError::StartupRefused(name.to_owned())),
            Err(failure) => {
                Err(ActivationError::StartupFailed { microflow: name.to_owned(), failure: Box::new(failure) })
            }
        }
    }
}

/// The microflow of that name, if the trigger may run it.
fn find(version: &Version, name: &str, trigger: Trigger) -> Result<MicroflowId, Failure> {
    let found = version.microflow(name).filter(|id| {
        // Tests are microflows that only the test runner may run.
        trigger == Trigger::Test || is_callable(version.manifest().microflow(*id).kind)
    });
    found.ok_or_else(|| {
        let nearest = json::nearest(name, version.callable());
        let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
        Failure::new(
            FailureKind::NotFound,
            failure_codes::MICROFLOW_NOT_FOUND,
            format!("there is no microflow `{name}`{hint}"),
        )
    })
}

fn not_ready() -> Failure {
    Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, "the node has no model yet; try again in a moment")
}
