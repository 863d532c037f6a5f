//! Compiles MDL sources into one WebAssembly component.
//!
//! [`compile`] is a pure function: from named sources to a component and diagnostics. It touches neither disk nor network, and
//! the same sources give the same bytes on any machine.
//!
//! The stages, each a module that knows only what comes before it:
//!
//! 1. [`syntax`]: text to trees. Errors never stop at the first.
//! 2. [`resolve`]: all scripts folded into one model, names to numbers: the manifest.
//! 3. `check`: the bodies of microflows to a typed form with every name looked up.
//! 4. `emit`: that form to Wasm, wrapped into a component with its manifest.
//!
//! ```
//! use brooklet_compiler::{Options, compile, source::Source};
//!
//! let text = "create microflow Shop.Twice ($N: Integer) returns Integer begin return $N * 2; end;";
//! let sources = [Source { name: "shop.mdl".into(), text: text.into() }];
//! let compilation = compile(&sources, &Options::default());
//! assert!(compilation.diagnostics.is_empty());
//! assert!(compilation.component.is_some());
//! ```

mod check;
pub mod codes;
pub mod diagnostics;
mod emit;
pub mod resolve;
pub mod source;
pub mod suggest;
pub mod syntax;
mod test_flows;
pub mod tests_input;

use brooklet_model::{Manifest, MicroflowKind, SourceId};

pub use check::{QueryError, QueryPart, query};
use diagnostics::{Diagnostic, Diagnostics, Severity};
use source::Source;
use tests_input::Tests;

/// How a model is compiled.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether a microflow that needs something that this version leaves out is an error; otherwise it is a warning, and
    /// calling the microflow raises an error.
    pub strict: bool,
    /// Tests to compile with the model.
    pub tests: Tests,
}

/// What compiling gives.
#[derive(Debug)]
pub struct Compilation {
    /// Everything there is to say, in the order of places.
    pub diagnostics: Vec<Diagnostic>,
    /// The component; none when there are errors.
    pub component: Option<Vec<u8>>,
    /// What the component says about itself; none when there are errors.
    pub manifest: Option<Manifest>,
    /// Figures for people.
    pub summary: Summary,
}

/// What a model has, without the modules that every model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entities.
    pub entities: usize,
    /// Microflows and nanoflows that can run.
    pub microflows_compiled: usize,
    /// Microflows and nanoflows that raise an error because they need something that this version leaves out.
    pub left_out: usize,
    /// Statements that were read and left aside.
    pub skipped_statements: usize,
}

/// Compiles a model, with its tests.
///
/// Sources are numbered in the order given, then the sources of tests, then the prelude: diagnostics and the manifest name
/// them by these numbers.
pub fn compile(sources: &[Source], options: &Options) -> Compilation {
    let mut diagnostics = Diagnostics::default();
    let mut all: Vec<Source> = sources.to_vec();
    all.extend(options.tests.sources.iter().cloned());
    all.push(resolve::prelude());

    let last = all.len() - 1;
    let scripts = all
        .iter()
        .enumerate()
        .map(|(index, source)| {
            // Test files are parsed case by case, not as scripts.
            let is_model = index < sources.len() || index == last;
            let empty = Source { name: source.name.clone(), text: String::new() };
            syntax::parse(SourceId(index as u32), if is_model { source } else { &empty }, &mut diagnostics)
        })
        .collect();
    let mut resolved = resolve::resolve(&all, scripts, &mut diagnostics);
    let first_test = resolved.manifest.microflows.len();
    let expectations = test_flows::add(&mut resolved, &options.tests, sources.len(), &mut diagnostics);

    let places = resolve::Places::new(&all);
    let resolve::Resolved { mut manifest, flows, names, constraints, skipped_statements } = resolved;
    check::constraints(&mut manifest, &constraints, &names, &mut diagnostics);
    let tests = check::TestExpectations { first: first_test, of: &expectations };
    let checked = check::check(&mut manifest, &flows, &names, &places, tests, &mut diagnostics);

    let summary = summarize(&manifest, skipped_statements);
    let mut diagnostics = diagnostics.into_sorted();
    if options.strict {
        refuse_what_is_left_out(&mut diagnostics);
    }
    if diagnostics.iter().any(|one| one.severity == Severity::Error) {
        return Compilation { diagnostics, component: None, manifest: None, summary };
    }
    let component = emit::emit(&mut manifest, &checked);
    Compilation { diagnostics, component: Some(component), manifest: Some(manifest), summary }
}

fn refuse_what_is_left_out(diagnostics: &mut [Diagnostic]) {
    for one in diagnostics {
        if one.code == codes::NOT_YET {
            one.severity = Severity::Error;
        }
    }
}

fn summarize(manifest: &Manifest, skipped_statements: usize) -> Summary {
    let own = |name: &str| !["System.", "Administration."].iter().any(|module| name.starts_with(module));
    let written = manifest
        .microflows
        .iter()
        .filter(|flow| matches!(flow.kind, MicroflowKind::Microflow | MicroflowKind::Nanoflow));
    let (left_out, compiled): (Vec<_>, Vec<_>) = written.partition(|flow| flow.unavailable.is_some());
    Summary {
        entities: manifest.entities.iter().filter(|entity| own(&entity.name)).count(),
        microflows_compiled: compiled.len(),
        left_out: left_out.len(),
        skipped_statements,
    }
}
