//! From a component's bytes to a guest.

use std::sync::Arc;

use brooklet_model::{MANIFEST_SECTION, Manifest};
use wasmparser::{ComponentTypeRef, Parser, Payload};
use wasmtime::component::Component;

use super::{Engine, Guest, LoadError, idle::Idle, places::Places};

/// The name of the function that a model exports.
const INVOKE: &str = "invoke";

/// The bytes of the manifest, read without running or validating anything.
pub fn manifest_section(component: &[u8]) -> Result<&[u8], LoadError> {
    if !Parser::is_component(component) {
        let what = if Parser::is_core_wasm(component) { "it is a core module" } else { "it is not WebAssembly" };
        return Err(LoadError::NotAComponent(what.to_owned()));
    }
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::CustomSection(section)) if section.name() == MANIFEST_SECTION => return Ok(section.data()),
            Ok(_) => {}
            Err(error) => return Err(LoadError::NotAComponent(error.to_string())),
        }
    }
    Err(LoadError::NoManifest)
}

/// What the component needs from its host: the names of the interfaces that it imports.
pub fn imports(component: &[u8]) -> Result<Vec<String>, LoadError> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| LoadError::NotAComponent(error.to_string()))? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    let import = import.map_err(|error| LoadError::NotAComponent(error.to_string()))?;
                    if let ComponentTypeRef::Instance(_) = import.ty {
                        names.push(import.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// The manifest of a component.
pub(super) fn manifest(component: &[u8]) -> Result<Manifest, LoadError> {
    Ok(Manifest::from_bytes(manifest_section(component)?)?)
}

/// Machine code for this machine.
pub(super) fn compile(engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Component, LoadError> {
    Component::new(engine, bytes).map_err(|error| LoadError::Compile(format!("{error:#}")))
}

/// Ties the component's imports to the host.
pub(super) fn link(engine: &Engine, component: &Component, manifest: Arc<Manifest>) -> Result<Guest, LoadError> {
    let misfit = |error: wasmtime::Error| LoadError::Link(format!("{error:#}"));
    let linked = engine.linker.instantiate_pre(component).map_err(misfit)?;
    let Some(invoke) = component.get_export_index(None, INVOKE) else {
        return Err(LoadError::Link(format!("it does not export `{INVOKE}`")));
    };
    Ok(Guest {
        engine: engine.wasmtime.clone(),
        linked,
        invoke,
        places: Arc::new(Places::new(manifest.clone())),
        limits: engine.limits.clone(),
        idle: Idle::new(),
        manifest,
    })
}
