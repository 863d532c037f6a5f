//! One version of a model, ready to serve.
//!
//! A version is prepared completely — compiled, linked, its queries translated, the database made to fit — before any request
//! sees it. Requests hold it in an `Arc`, and finish on the version on which they began.

use std::{collections::HashMap, fmt, sync::Arc};

use brooklet_model::{Manifest, MicroflowId, MicroflowKind};
use brooklet_store::{Naming, Store, StoreError};
use sha2::{Digest, Sha256};

use crate::{
    engine::{Engine, Guest, LoadError},
    flow::Failure,
    request::Model,
    users::{Directory, SeedError},
    versions::Tally,
};

/// One version of a model.
pub struct Version {
    /// The component's hash: what tells versions apart.
    hash: String,
    guest: Guest,
    model: Arc<Model>,
    by_name: HashMap<String, MicroflowId>,
    /// What it calls its tables and columns.
    naming: Naming,
    /// How its calls went.
    tally: Tally,
    /// Its users; none when it has no stored ones.
    directory: Option<Directory>,
}

/// Why a version cannot become the active one. The one that serves goes on serving.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// The component cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database cannot be made to fit.
    #[error("the database does not fit the model: {0}")]
    Store(#[from] StoreError),
    /// Users and roles cannot be written.
    #[error("users and roles cannot be written to the database: {0}")]
    Users(#[from] SeedError),
    /// The microflow that runs after start-up is not there.
    #[error("the after-startup microflow `{0}` does not exist")]
    NoStartup(String),
    /// The microflow that runs after start-up failed.
    #[error("the after-startup microflow `{microflow}` ended in an error: {failure}")]
    StartupFailed {
        /// Its name.
        microflow: String,
        /// What went wrong.
        failure: Box<Failure>,
    },
    /// The microflow that runs after start-up answered something other than true.
    #[error("the after-startup microflow `{0}` did not answer true, so the model does not start")]
    StartupRefused(String),
    /// A setting of the model cannot be understood.
    #[error("the model's setting {0}")]
    Setting(String),
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Version").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl Version {
    /// Compiles and links a component. Blocks for as long as that takes.
    pub(crate) fn prepare(
        engine: &Engine,
        store: &Store,
        component: &[u8],
        manifest: Option<Arc<Manifest>>,
        naming: Naming,
    ) -> Result<Self, ActivationError> {
        let guest = match manifest {
            Some(manifest) => engine.load_with(component, manifest)?,
            None => engine.load(component)?,
        };
        let manifest = guest.manifest().clone();
        let plan = store.plan_with(manifest.clone(), &naming)?;
        let ids = (0..).map(MicroflowId);
        let by_name = manifest.microflows.iter().map(|microflow| microflow.name.clone()).zip(ids).collect();
        let directory = Directory::new(&manifest, &plan)?;
        let model = Arc::new(Model::new(manifest, plan));
        Ok(Self { hash: component_hash(component), guest, model, by_name, naming, tally: Tally::default(), directory })
    }

    /// The component's hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What it calls its tables and columns.
    pub(crate) fn naming(&self) -> &Naming {
        &self.naming
    }

    /// How its calls went.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The model as data.
    pub fn manifest(&self) -> &Arc<Manifest> {
        self.guest.manifest()
    }

    /// The model as requests know it.
    pub(crate) fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Its users; none when it has no stored ones.
    pub(crate) fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }

    /// The component.
    pub(crate) fn guest(&self) -> &Guest {
        &self.guest
    }

    /// A microflow by qualified name.
    pub(crate) fn microflow(&self, name: &str) -> Option<MicroflowId> {
        self.by_name.get(name).copied()
    }

    /// Names of the microflows that can be called from outside.
    pub(crate) fn callable(&self) -> impl Iterator<Item = &str> {
        let microflows = self.manifest().microflows.iter();
        microflows.filter(|microflow| is_callable(microflow.kind)).map(|microflow| microflow.name.as_str())
    }
}

/// Whether somebody wrote it to be called; the rest is generated.
pub fn is_callable(kind: MicroflowKind) -> bool {
    matches!(kind, MicroflowKind::Microflow | MicroflowKind::Nanoflow)
}

/// The hash that names a version: `sha256:` and hexadecimal digits.
pub fn component_hash(component: &[u8]) -> String {
    let digits: String = Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}
