//! `brooklet inspect`: what a component says about itself.

use std::path::PathBuf;

use brooklet_model::{Entity, Manifest, Microflow};
use brooklet_runtime::{
    engine::imports,
    json::{signature, type_name},
    version::{component_hash, is_callable},
};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    compiling,
    failure::{Exit, Usage},
    input::{self, Input},
    output::{self, Format},
};

/// Prints what a component consists of, without running it: entities, microflows, imports, size and hash.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet inspect app.wasm
  brooklet inspect app.wasm --format json | jq '.microflows[].name'")]
pub(crate) struct Inspect {
    /// The component.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Inspect {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let Input::Component(bytes) = input::read(std::slice::from_ref(&self.file))? else {
            return Err(Usage(format!("{} is not a .wasm file", self.file.display())).into());
        };
        let model = compiling::load(bytes)?;
        let imports = imports(&model.component).map_err(|error| Usage(error.to_string()))?;
        let facts = Facts {
            manifest: &model.manifest,
            imports,
            bytes: model.component.len(),
            hash: component_hash(&model.component),
        };
        match format {
            Format::Text => facts.print(),
            Format::Json => output::json(&facts.to_json()),
        }
        Ok(Exit::Clean)
    }
}

/// Modules that every model has.
const BUILT_IN: [&str; 2] = ["System.", "Administration."];

struct Facts<'a> {
    manifest: &'a Manifest,
    imports: Vec<String>,
    bytes: usize,
    hash: String,
}

impl Facts<'_> {
    fn print(&self) {
        output::line(&format!("size {} bytes\nhash {}", self.bytes, self.hash));
        output::line("\nimports");
        self.imports.iter().for_each(|name| output::line(&format!("  {name}")));
        output::line("\nentities");
        for entity in self.entities() {
            let stored = if entity.persistable { "" } else { " (not stored)" };
            let attributes: Vec<_> = entity.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            output::line(&format!("  {}{stored}: {}", entity.name, attributes.join(", ")));
        }
        output::line("\nmicroflows");
        for microflow in self.microflows() {
            let note = microflow.unavailable.as_ref().map(|why| format!("  [{}: {}]", why.code, why.message));
            output::line(&format!("  {}{}", signature(microflow, self.manifest), note.unwrap_or_default()));
        }
    }

    fn to_json(&self) -> Value {
        let entities: Vec<_> = self
            .entities()
            .map(|entity| {
                let attributes: Vec<_> = entity.attributes.iter().map(|attribute| &attribute.name).collect();
                json!({ "name": entity.name, "persistable": entity.persistable, "attributes": attributes })
            })
            .collect();
        let microflows: Vec<_> = self
            .microflows()
            .map(|microflow| {
                let parameters: Vec<_> = microflow
                    .parameters
                    .iter()
                    .map(|one| json!({ "name": one.name, "type": type_name(one.kind, self.manifest) }))
                    .collect();
                json!({
                    "name": microflow.name,
                    "parameters": parameters,
                    "returns": type_name(microflow.returns, self.manifest),
                    "unavailable": microflow.unavailable,
                })
            })
            .collect();
        json!({
            "bytes": self.bytes,
            "hash": self.hash,
            "imports": self.imports,
            "entities": entities,
            "microflows": microflows,
        })
    }

    /// Those of the model itself, without the modules that every model has.
    fn entities(&self) -> impl Iterator<Item = &Entity> {
        let is_own = |entity: &&Entity| !BUILT_IN.iter().any(|module| entity.name.starts_with(module));
        self.manifest.entities.iter().filter(is_own)
    }

    /// Those that somebody wrote.
    fn microflows(&self) -> impl Iterator<Item = &Microflow> {
        self.manifest.microflows.iter().filter(|microflow| is_callable(microflow.kind))
    }
}
