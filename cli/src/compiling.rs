//! The command's one door to the compiler: reads the input, compiles it, prints the diagnostics.

use std::{path::PathBuf, sync::Arc};

use brooklet_compiler::{
    Compilation, Options, Summary, compile,
    diagnostics::{Renderer, Severity},
    resolve::prelude,
    source::Source,
    tests_input::Tests,
};
use brooklet_model::{EntityId, Manifest, Query};
use brooklet_runtime::engine::manifest_section;

use crate::{
    failure::Usage,
    input::{self, Input},
    output::{self, Format},
};

/// Reads an XPath constraint and a sort order of a client.
pub(crate) fn xpath(
    manifest: &Manifest,
    entity: EntityId,
    constraint: &str,
    sort: &[(String, bool)],
) -> Result<Query, String> {
    let sort: Vec<_> = sort.iter().map(|(path, descending)| (path.as_str(), *descending)).collect();
    brooklet_compiler::query(manifest, entity, constraint, &sort).map_err(|error| error.to_string())
}

/// A model that can run.
pub(crate) struct Model {
    /// The component.
    pub(crate) component: Arc<[u8]>,
    /// What it says about itself.
    pub(crate) manifest: Arc<Manifest>,
}

/// The outcome of compiling: what was found, and the model if it has no errors.
pub(crate) struct Compiled {
    pub(crate) compilation: Compilation,
    /// All sources in the order of their numbers: the model's, the tests', the prelude.
    pub(crate) sources: Vec<Source>,
}

impl Compiled {
    /// Whether the model has errors.
    pub(crate) fn has_errors(&self) -> bool {
        self.compilation.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// The model, if it has no errors.
    pub(crate) fn into_model(self) -> Option<Model> {
        let (component, manifest) = (self.compilation.component?, self.compilation.manifest?);
        Some(Model { component: component.into(), manifest: Arc::new(manifest) })
    }

    /// Prints what was found: as JSON to standard output, as text to standard error. Notes only when they are asked for.
    pub(crate) fn print(&self, format: Format, notes: bool) {
        let mut renderer = Renderer::new(&self.sources);
        let found = self.compilation.diagnostics.iter();
        for diagnostic in found.filter(|one| notes || one.severity > Severity::Note) {
            match format {
                Format::Json => output::json(&renderer.record(diagnostic)),
                Format::Text => output::complain(&renderer.text(diagnostic)),
            }
        }
    }
}

/// Compiles sources, with tests if there are any.
pub(crate) fn compile_sources(sources: Vec<Source>, tests: Tests, strict: bool) -> Compiled {
    let mut all = sources;
    let options = Options { strict, tests };
    let compilation = compile(&all, &options);
    all.extend(options.tests.sources);
    all.push(prelude());
    Compiled { compilation, sources: all }
}

/// The model that the paths stand for. When it has errors they are printed, and there is none.
pub(crate) fn model(paths: &[PathBuf], format: Format) -> anyhow::Result<Option<Model>> {
    match input::read(paths)? {
        Input::Sources(sources) => {
            let compiled = compile_sources(sources, Tests::default(), false);
            if compiled.has_errors() {
                compiled.print(format, false);
            }
            Ok(compiled.into_model())
        }
        Input::Component(bytes) => load(bytes).map(Some),
    }
}

/// A model that was built before.
pub(crate) fn load(bytes: Vec<u8>) -> anyhow::Result<Model> {
    let manifest = manifest_section(&bytes).map_err(|error| Usage(error.to_string()))?;
    let manifest = Manifest::from_bytes(manifest).map_err(|error| Usage(error.to_string()))?;
    Ok(Model { component: bytes.into(), manifest: Arc::new(manifest) })
}

/// `5 entities, 30 microflows compiled, 0 left out, 2 skipped statements`.
pub(crate) fn summary_line(summary: &Summary) -> String {
    format!(
        "{} entities, {} microflows compiled, {} left out, {} skipped statements",
        summary.entities, summary.microflows_compiled, summary.left_out, summary.skipped_statements
    )
}
