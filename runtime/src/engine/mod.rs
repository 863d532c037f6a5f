//! Runs components. The only module that knows wasmtime.
//!
//! An [`Engine`] compiles a component and links it to the functions of `wit/model.wit`, which are the methods of
//! [`Request`](crate::request::Request). The result is a [`Guest`]. [`Guest::enter`] gives a request an instance of it, and
//! [`Entered::invoke`] runs microflows in that instance.
//!
//! What a guest may take is bounded in four ways: processor time by epochs (a thread ticks; on each tick the guest yields,
//! and ends when the time inside polls of the call exceeds the limit), linear memory by a limiter, calls by the guest's own
//! count, and stack by wasmtime, in case that a guest does not count. Objects, rows and texts are the request's to bound.
//!
//! **Architecture invariant**: nothing outside this module names a type of wasmtime.

mod cache;
mod config;
mod functions;
mod guest;
mod idle;
mod link;
mod load;
mod meter;
mod places;
mod state;
mod ticker;
mod wire;

use std::{fmt, path::Path, sync::Arc};

use brooklet_model::{MANIFEST_SECTION, Manifest, ManifestError};
use wasmtime::component::Linker;

use crate::{
    errors::{Frame, Interruption, MicroflowError},
    limits::EngineLimits,
};

use cache::CodeCache;
use functions::Functions;
pub use guest::{Entered, Guest};
pub use load::{imports, manifest_section};
use state::State;

/// Compiles and links components, and makes time pass for the guests.
pub struct Engine {
    wasmtime: wasmtime::Engine,
    linker: Linker<State>,
    limits: Arc<EngineLimits>,
    cache: Option<CodeCache>,
    /// What the last components were compiled to.
    functions: Arc<Functions>,
}

/// Why an engine cannot start, or a component cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The machine refuses what the engine needs.
    #[error("the engine cannot start: {0}; lower the limits `instances` or `memory_bytes`")]
    Engine(String),
    /// It is not a component.
    #[error("this is not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// It is a component, but not one of a model.
    #[error("the component has no section `{MANIFEST_SECTION}`; build it with `brooklet build`")]
    NoManifest,
    /// The manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It cannot be compiled.
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    /// It needs something that this host does not offer.
    #[error("the component does not fit this host: {0}; build it again with this version of brooklet")]
    Link(String),
}

/// How a microflow ended without a result.
#[derive(Debug)]
pub enum Ended {
    /// With an error that no handler caught.
    Failed(MicroflowError),
    /// A limit or a bug stopped the guest.
    Stopped(Stopped),
}

/// Why the host stopped a guest, and where it was.
#[derive(Debug)]
pub struct Stopped {
    /// A limit or a bug.
    pub cause: Interruption,
    /// The activities on the stack, innermost first.
    pub frames: Vec<Frame>,
}

impl From<Interruption> for Stopped {
    fn from(cause: Interruption) -> Self {
        Self { cause, frames: Vec::new() }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine whose clock ticks until it is dropped.
    pub fn new(limits: &EngineLimits) -> Result<Self, LoadError> {
        let refused = |error: wasmtime::Error| LoadError::Engine(format!("{error:#}"));
        let functions = Arc::new(Functions::default());
        let mut config = config::config(limits);
        config.enable_incremental_compilation(functions.clone()).map_err(refused)?;
        let wasmtime = wasmtime::Engine::new(&config).map_err(refused)?;
        ticker::start(&wasmtime).map_err(|error| LoadError::Engine(error.to_string()))?;
        let linker = link::linker(&wasmtime).map_err(refused)?;
        Ok(Self { wasmtime, linker, limits: Arc::new(limits.clone()), cache: None, functions })
    }

    /// Keeps compiled code in that folder, so that a restart need not compile again. A folder that cannot be used is
    /// reported and done without.
    pub fn with_cache(mut self, folder: &Path) -> Self {
        match CodeCache::open(folder, &self.wasmtime) {
            Ok(cache) => self.cache = Some(cache),
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "compiled code is not kept"),
        }
        self
    }

    /// Compiles and links a component. Takes as long as compiling does: call it where blocking is allowed.
    pub fn load(&self, bytes: &[u8]) -> Result<Guest, LoadError> {
        let manifest = load::manifest(bytes)?;
        self.load_with(bytes, Arc::new(manifest))
    }

    /// The same for a component whose manifest is at hand.
    pub fn load_with(&self, bytes: &[u8], manifest: Arc<Manifest>) -> Result<Guest, LoadError> {
        let compile = || {
            self.functions.turn();
            load::compile(&self.wasmtime, bytes)
        };
        let component = match &self.cache {
            Some(cache) => cache.load(&self.wasmtime, bytes, compile)?,
            None => compile()?,
        };
        load::link(self, &component, manifest)
    }
}
