//! Name resolution: MDL text in, parts of the manifest and findings out.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing fails")]

mod domain;
mod fold;
mod former;
mod names;
mod prelude;
mod rules;
mod security;

use brooklet_compiler::diagnostics::Diagnostics;
use brooklet_compiler::resolve::{Resolved, prelude as prelude_source, resolve};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax;
use brooklet_model::{Association, Entity, Manifest, SourceId};

/// A resolved model, and what was found.
struct Model {
    resolved: Resolved,
    /// `CODE message (help)`, without spellings that are merely old.
    found: Vec<String>,
}

/// Resolves one script.
fn model(text: &str) -> Model {
    models(&[("model.mdl", text)])
}

/// Resolves scripts by name, behind the prelude.
fn models(texts: &[(&str, &str)]) -> Model {
    let user = texts.iter().map(|(name, text)| Source { name: (*name).to_owned(), text: (*text).to_owned() });
    let sources: Vec<Source> = std::iter::once(prelude_source()).chain(user).collect();
    let mut diagnostics = Diagnostics::default();
    let scripts = sources
        .iter()
        .enumerate()
        .map(|(index, source)| syntax::parse(SourceId(index as u32), source, &mut diagnostics))
        .collect();
    let resolved = resolve(&sources, scripts, &mut diagnostics);
    let found = diagnostics
        .into_sorted()
        .into_iter()
        .filter(|one| !one.code.starts_with("MDL-DEPR") && !one.code.starts_with("MDL09"))
        .map(|one| match one.help {
            Some(help) => format!("{} {} ({help})", one.code, one.message),
            None => format!("{} {}", one.code, one.message),
        })
        .collect();
    Model { resolved, found }
}

/// Resolves a script in which nothing is to be found.
#[track_caller]
fn clean(text: &str) -> Model {
    let model = model(text);
    assert_eq!(model.found, Vec::<String>::new());
    model
}

/// What is found in a script.
#[track_caller]
fn check(text: &str, found: &[&str]) {
    assert_eq!(model(text).found, found, "{text}");
}

impl Model {
    fn manifest(&self) -> &Manifest {
        &self.resolved.manifest
    }

    #[track_caller]
    fn entity(&self, name: &str) -> &Entity {
        self.manifest().entities.iter().find(|entity| entity.name == name).expect("an entity of the name")
    }

    #[track_caller]
    fn association(&self, name: &str) -> &Association {
        self.manifest()
            .associations
            .iter()
            .find(|association| association.name == name)
            .expect("an association of the name")
    }

    /// The names of the entities of a module.
    fn entities(&self, module: &str) -> Vec<&str> {
        names(&self.manifest().entities, module, |entity| &entity.name)
    }

    /// The names of an entity's own attributes.
    #[track_caller]
    fn attributes(&self, entity: &str) -> Vec<&str> {
        self.entity(entity).attributes.iter().map(|attribute| attribute.name.as_str()).collect()
    }
}

/// Those of some named things that are in a module.
fn names<'a, T>(all: &'a [T], module: &str, name: impl Fn(&'a T) -> &'a str) -> Vec<&'a str> {
    all.iter().map(name).filter(|name| name.split('.').next() == Some(module)).collect()
}
