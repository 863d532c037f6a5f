//! A node: an engine, a database, and the version that serves.

use std::{path::PathBuf, sync::Arc, time::Instant};

use brooklet_model::{Manifest, MicroflowId};
use brooklet_state::{StateError, StateOptions};
use brooklet_store::{Cluster, Naming, Options, Store, StoreError};
use tokio::sync::watch;

use super::{
    Announcement, Call, Ending, Failure, FailureKind, KnownVersions, Maintenance, Outcome, Trigger, Work, XPath,
    announcement::Announcements,
    dependencies::Dependencies,
    failure::failure_codes,
    gate::Gate,
    maintenance::Notices,
    objects::no_xpath,
    permit::{guests, may_call},
    run::{Broken, Run, Task, TaskKind},
};
use crate::{
    clock::Clock,
    engine::{Engine, LoadError},
    json,
    limits::{
        Limits,
        fixed::{BETWEEN_STATEMENTS, OVERTAKEN_WAIT},
    },
    locks::Locks,
    request::{Request, Session},
    session::{Caller, Client, Ended, Housekeeping, Sessions, Visit},
    users::{FirstAdministrator, Seeding},
    version::{ActivationError, Version, is_callable},
    versions::{Router, Routing},
};

/// What a call must answer, as JSON, to be committed if it answers true.
const TRUE: &str = "true";

/// A node. All of its methods can be called from any number of tasks at once.
#[derive(Debug)]
pub struct Node {
    engine: Arc<Engine>,
    pub(super) store: Store,
    pub(super) sessions: Sessions,
    /// Removes what sessions leave behind, as long as the node is there.
    _housekeeping: Housekeeping,
    locks: Locks,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    xpath: XPath,
    gate: Gate,
    /// Whether the database and the state store answer.
    pub(super) dependencies: Dependencies,
    /// Few logins are looked at at a time.
    pub(super) logins: Gate,
    /// The user who can log in to a new application.
    administrator: Option<FirstAdministrator>,
    /// Which versions serve.
    router: Router,
    /// The node's name in the cluster.
    name: Arc<str>,
    /// The group of nodes that it belongs to.
    group: Option<String>,
    /// Versions that clients may know.
    pub(super) known: KnownVersions,
    /// Says which version serves, to whoever wants to know.
    announcements: Announcements,
    /// What clients may do at the moment.
    pub(super) notices: Notices,
}

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// The database: `sqlite::memory:`, `sqlite:path`, or `postgres://…`.
    pub store: String,
    /// Where sessions are: `memory`, `sql` for the database, or `redis://…`.
    pub state: String,
    /// The node's name in the cluster, for operators.
    pub name: String,
    /// The group of nodes that it belongs to, which may get a version of its own.
    pub group: Option<String>,
    /// What calls may take.
    pub limits: Limits,
    /// The folder for compiled code; none to compile at each start.
    pub cache: Option<PathBuf>,
    /// Time, randomness and ids.
    pub clock: Clock,
    /// Reads the XPath constraints of clients.
    pub xpath: XPath,
    /// The user who can log in to a new application, with all user roles that manage all roles.
    pub administrator: Option<FirstAdministrator>,
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
    /// The store of sessions.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            store: "sqlite::memory:".to_owned(),
            state: "memory".to_owned(),
            name: "node".to_owned(),
            group: None,
            limits: Limits::default(),
            cache: None,
            clock: Clock::system(0),
            xpath: no_xpath,
            administrator: None,
        }
    }
}

impl Node {
    /// A node without a version; it answers calls when it follows a release ([`crate::versions::start`]), or after
    /// [`Node::activate`].
    pub async fn start(options: NodeOptions) -> Result<Self, StartError> {
        let mut engine = Engine::new(&options.limits.engine)?;
        if let Some(folder) = &options.cache {
            engine = engine.with_cache(folder);
        }
        let store_options = Options {
            rows_per_query: options.limits.request.rows_per_retrieve,
            // A request may compute for as long between two statements, and then has to write its session.
            idle_transaction: options.limits.engine.cpu_time + BETWEEN_STATEMENTS,
            ..Options::default()
        };
        let store = Store::connect(&options.store, store_options).await?;
        let cluster = store.cluster();
        cluster.install().await?;
        let session = options.limits.session.clone();
        let state_options =
            StateOptions { timeout: session.timeout, limit: session.sessions, reserve: session.reserve };
        let state = brooklet_state::connect(&options.state, &store, state_options).await?;
        let sessions =
            Sessions::new(state, cluster.clone(), options.clock.clone(), session, options.name.as_str().into());
        Ok(Self {
            engine: Arc::new(engine),
            dependencies: Dependencies::watch(&options.store, &store, sessions.state()).await?,
            locks: Locks::new(cluster, &options.name, &options.clock, options.limits.locks.clone()),
            _housekeeping: sessions.keep_house(),
            sessions,
            store,
            gate: Gate::new(&options.limits.engine),
            logins: Gate::for_logins(&options.limits.login),
            administrator: options.administrator,
            clock: options.clock,
            xpath: options.xpath,
            limits: options.limits,
            router: Router::default(),
            name: options.name.into(),
            group: options.group,
            known: KnownVersions::default(),
            announcements: Announcements::default(),
            notices: Notices::default(),
        })
    }

    /// Makes a component the version on which new requests begin, in this node alone: for one that follows no cluster.
    /// Requests that are under way finish on theirs. When anything fails, the version that serves goes on serving.
    pub async fn activate(
        &self,
        component: Arc<[u8]>,
        manifest: Option<Arc<Manifest>>,
    ) -> Result<Arc<Version>, ActivationError> {
        let _one_at_a_time = self.router.turn().await;
        let mut version = self.prepare(component.clone(), manifest, Naming::default()).await?;
        let migration = self.store.migrate(version.model().plan(), self.clock.now_ms()).await?;
        if migration.plan.naming() != version.naming() {
            // The database calls some things as former versions did.
            version =
                self.prepare(component, Some(version.manifest().clone()), migration.plan.naming().clone()).await?;
        }
        if !migration.changes.is_empty() {
            tracing::info!(
                "the database was fitted to the model: {} changes (each in the log at level debug)",
                migration.changes.len()
            );
        }
        self.seeding(&version).run().await?;
        self.run_after_startup(&version, None).await?;
        let before = self.router.serve_alone(version.clone());
        self.announce(before.as_deref());
        Ok(version)
    }

    /// Which version serves, as it changes; nothing before the first one does.
    pub fn announcements(&self) -> watch::Receiver<Option<Announcement>> {
        self.announcements.subscribe()
    }

    /// Tells whoever wants to know that something else serves than before.
    pub(crate) fn announce(&self, before: Option<&Routing>) {
        let Ok(routing) = self.router.loaded() else { return };
        routing.versions().for_each(|version| self.known.learn(version.hash(), version.manifest().clone()));
        self.announcements.announce(before.map(|before| &*before.active), &routing.active, routing.generation);
    }

    /// What clients may do at the moment.
    pub(crate) fn notices(&self) -> &Notices {
        &self.notices
    }

    pub(crate) fn seeding<'n>(&'n self, version: &'n Version) -> Seeding<'n> {
        let administrator = self.administrator.as_ref();
        Seeding { version, store: &self.store, sessions: &self.sessions, clock: &self.clock, administrator }
    }

    /// The version on which a new request begins.
    pub fn version(&self) -> Option<Arc<Version>> {
        self.router.version()
    }

    /// Which versions serve.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The node's name in the cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The group of nodes that it belongs to.
    pub(crate) fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// What runs components.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The database.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What calls may take.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether calls can be answered: there is a version, and the database answers.
    pub fn ready(&self) -> Result<(), Failure> {
        self.router.ready()?;
        self.dependencies.ready()
    }

    /// Whether the database and the state store answer.
    pub(crate) fn is_answered(&self) -> Result<(), Failure> {
        self.dependencies.ready()
    }

    /// What the nodes share in the database.
    pub fn cluster(&self) -> Cluster {
        self.store.cluster()
    }

    /// Time, randomness and ids.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Closes the database. Calls that are under way should have ended before.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Makes a call: the one way in.
    pub async fn run(&self, call: Call<'_>) -> Result<Outcome, Failure> {
        let run = async {
            let _place = self.gate.enter().await?;
            self.until_first(&call).await
        };
        // On the heap: whoever awaits this would carry the room for all of it.
        self.dependencies.guard(Box::pin(run)).await
    }

    /// Makes a call on nobody's behalf in a version that need not serve.
    pub(crate) async fn run_in(&self, version: &Version, call: &Call<'_>) -> Result<Outcome, Failure> {
        match self.attempt(version, None, call).await? {
            Attempt::Done(outcome) => Ok(outcome),
            Attempt::Overtaken => Err(overtaken()),
        }
    }

    /// Makes a call until no other call of its session ends before it does.
    async fn until_first(&self, call: &Call<'_>) -> Result<Outcome, Failure> {
        let mut attempts = 0;
        loop {
            let (version, visit) = self.arrive(&call.caller).await?;
            let held = visit.as_ref().and_then(|visit| self.notices.of(visit.user_roles(), visit.is_administrator()));
            // Not counted: it says nothing of the version.
            held.as_ref().map_or(Ok(()), |held| held.admit()).map_err(|failure| failure.within(version.hash()))?;
            let began = Instant::now();
            let visit = visit.map(|visit| Admitted { visit, held });
            let attempt = match self.understood(&version, call).await? {
                Some(name) => self.attempt(&version, visit, &call.clone().renamed(&name)).await,
                None => self.attempt(&version, visit, call).await,
            };
            version.tally().add(began.elapsed(), attempt.as_ref().is_err_and(Failure::is_fault));
            match attempt.map_err(|failure| failure.within(version.hash()))? {
                Attempt::Done(outcome) => return Ok(Outcome { version: version.hash().to_owned(), ..outcome }),
                Attempt::Overtaken => attempts += 1,
            }
            if attempts >= self.limits.session.attempts {
                return Err(overtaken());
            }
            // Whoever overtook this call may be at it again: wait for a moment that differs from theirs.
            let longest = OVERTAKEN_WAIT * attempts;
            tokio::time::sleep(longest.mul_f64(self.clock.random_fraction())).await;
        }
    }

    /// Who calls, and the version that is theirs. A session never goes back to a version that it has left: where it was
    /// seen on another one than it would get here, either this node is behind and follows, or the session is told.
    pub(super) async fn arrive_client(&self, client: &Client) -> Result<(Arc<Version>, Visit), Failure> {
        for _ in 0..self.limits.session.attempts {
            let routing = self.router.current()?;
            let visit = self.sessions.enter(client, guests(routing.active.manifest())).await?;
            let mine = |routing: &Routing| visit.version_of(routing, self.clock.now_ms()).clone();
            let version = mine(&routing);
            if visit.seen_on().is_none_or(|hash| hash == version.hash()) {
                return Ok((version, visit));
            }
            let routing = self.follow().await?;
            let version = mine(&routing);
            if visit.seen_on() == Some(version.hash()) {
                return Ok((version, visit));
            }
            if let Some(visit) = self.sessions.move_to(visit, version.hash()).await? {
                return Ok((version, visit));
            }
        }
        Err(overtaken())
    }

    /// Who calls, and the version that is theirs.
    async fn arrive(&self, caller: &Caller) -> Result<(Arc<Version>, Option<Visit>), Failure> {
        match caller {
            Caller::System => Ok((self.router.current()?.active.clone(), None)),
            Caller::Client(client) => {
                let (version, visit) = self.arrive_client(client).await?;
                Ok((version, Some(visit)))
            }
        }
    }

    /// Makes a call once. When another call of the session ends before it does, nothing is done.
    async fn attempt(
        &self,
        version: &Version,
        admitted: Option<Admitted>,
        call: &Call<'_>,
    ) -> Result<Attempt, Failure> {
        let (visit, held) = admitted.map(|one| (one.visit, one.held)).unzip();
        let manifest = version.manifest();
        let task = self.task(version, call)?;
        if let (Some(visit), TaskKind::Microflow(microflow, _)) = (&visit, &task.kind) {
            may_call(manifest, visit, manifest.microflow(*microflow))?;
        }
        let session = visit.as_ref().map_or_else(Session::system, Visit::session);
        let mut request = Request::new(
            version.model().clone(),
            &self.store,
            session,
            self.clock.clone(),
            self.limits.request.clone(),
            self.locks.clone(),
        );
        if let Some(visit) = &visit {
            self.sessions.restore(visit, &mut request)?;
        }
        let entered = version.guest().enter(Box::new(request)).await;
        let entered = entered.map_err(|stopped| Failure::of_stopped(stopped, manifest))?;
        let mut run = Run::new(entered, manifest);
        match run.steps(&task).await {
            Ok(outcome) => {
                let mut request = run.leave();
                if let Some(visit) = &visit {
                    if request.has_changed_database()
                        && let Some(held) = held.flatten()
                        && let Err(failure) = held.admit_change()
                    {
                        undo(&mut request).await;
                        return Err(failure);
                    }
                    return Ok(match self.sessions.leave(visit, &mut request, version.hash()).await? {
                        Ended::Done(grant) => Attempt::Done(Outcome { grant, ..outcome }),
                        Ended::Overtaken => Attempt::Overtaken,
                    });
                }
                let is_kept = match call.ending {
                    Ending::Commit => true,
                    Ending::CommitIfTrue => outcome.result == TRUE,
                    Ending::Rollback => false,
                };
                let failure = |cause| Failure::of_interruption(cause, manifest);
                match (is_kept, call.marker) {
                    (true, Some(marker)) => request.finish_marked(marker).await.map_err(failure)?,
                    (true, None) => self.sessions.commit(&mut request).await?,
                    (false, _) => request.finish_err().await.map_err(failure)?,
                }
                Ok(Attempt::Done(outcome))
            }
            Err(Broken::Failed(failure)) => {
                undo(&mut run.leave()).await;
                Err(failure)
            }
            // The instance and the request are dropped, and the transaction with them.
            Err(Broken::Stopped(failure)) => Err(failure),
        }
    }

    /// What a call comes to in a version.
    fn task<'a>(&self, version: &Version, call: &'a Call<'_>) -> Result<Task<'a>, Failure> {
        let find = |name: &str| find(version, name, call.trigger);
        let kind = match &call.work {
            Work::Microflow { name, arguments } => TaskKind::Microflow(find(name)?, arguments),
            Work::Objects(work) => TaskKind::Objects(work, self.xpath),
        };
        Ok(Task { setup: call.setup.iter().map(|name| find(name)).collect::<Result<_, _>>()?, kind })
    }
}

/// Who makes a call, and what maintenance the call is held to from its beginning to its end.
struct Admitted {
    visit: Visit,
    held: Option<Arc<Maintenance>>,
}

/// What became of running a call once.
enum Attempt {
    Done(Outcome),
    /// Another call of the session came first.
    Overtaken,
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

/// Undoes what a request has done to the database.
async fn undo(request: &mut Request) {
    if let Err(error) = request.finish_err().await {
        tracing::warn!(%error, "the transaction could not be rolled back; the database will do it");
    }
}

fn overtaken() -> Failure {
    let what = "other calls of the same session came first, again and again; nothing was changed";
    Failure::new(FailureKind::Conflict, failure_codes::SESSION_CONFLICT, what)
}
