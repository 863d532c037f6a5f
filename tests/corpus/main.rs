//! The compiler and the runtime on models that other people wrote (see `../shared/corpus`, or set `BROOKLET_CORPUS`).
//!
//! The models are no part of the project. Where they are missing, these tests say so and pass; `cli/tests/corpus.rs`, which
//! looks for them in the same places, is listed as ignored then.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use brooklet_compiler::{Compilation, Options, compile, diagnostics::Severity, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Trigger},
};
use brooklet_test_support::files_below;

/// What compiling one file may take.
const BAR: Duration = Duration::from_millis(100);

/// How much longer a machine may take that does other things too.
const LENIENCE: u32 = 5;

/// Words of which one is in every reason why a microflow of the examples is left out.
const OUT_OF_SCOPE: [&str; 9] =
    ["REST", "HTTP", "Java", "JavaScript", "mapping", "database connection", "query", "workflow", "transform"];

/// The corpus; none, with a word about it, when it is not there.
fn corpus() -> Option<PathBuf> {
    let found = brooklet_test_support::corpus();
    if found.is_none() {
        eprintln!("corpus not present: set BROOKLET_CORPUS");
    }
    found
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a readable model");
    Source { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text }
}

fn errors(compilation: &Compilation, prefix: &str) -> Vec<String> {
    let found = compilation.diagnostics.iter();
    let errors = found.filter(|one| one.severity == Severity::Error && one.code.starts_with(prefix));
    errors.map(|one| format!("{} at byte {}: {}", one.code, one.span.start, one.message)).collect()
}

#[test]
fn every_model_is_compiled_quickly_and_without_a_syntax_error() {
    let Some(corpus) = corpus() else { return };
    let models = files_below(&corpus, |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".mdl") && !name.ends_with(".fail.mdl") && !name.ends_with(".test.mdl")
    });
    let mut times = Vec::new();
    let mut wrong = Vec::new();
    for path in &models {
        let sources = [read(path)];
        let began = Instant::now();
        let compilation = compile(&sources, &Options::default());
        times.push((began.elapsed(), path.clone()));
        wrong.extend(errors(&compilation, "MDL00").into_iter().map(|error| format!("{}: {error}", path.display())));
    }
    times.sort();
    for (time, path) in times.iter().rev().take(3) {
        eprintln!("{time:?} {}", path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let slowest = times.last().map(|(time, _)| *time).unwrap_or_default();
    assert!(slowest < BAR * LENIENCE, "the slowest took {slowest:?}, and {BAR:?} is the bar");
}

#[test]
fn the_examples_of_microflows_leave_out_only_what_is_out_of_scope() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("mxcli/mdl-examples/doctype-tests/02-microflow-examples.mdl");
    let compilation = compile(&[read(&path)], &Options::default());
    let errors = errors(&compilation, "");
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let manifest = compilation.manifest.expect("a model without errors has a manifest");
    let left_out = manifest.microflows.iter().filter_map(|one| Some((&one.name, &one.unavailable.as_ref()?.message)));
    let left_out: Vec<_> = left_out.collect();
    eprintln!("{:?}: {left_out:#?}", compilation.summary);
    let unexpected: Vec<_> =
        left_out.iter().filter(|(_, why)| !OUT_OF_SCOPE.iter().any(|word| why.contains(word))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

#[tokio::test]
async fn the_examples_of_mathematics_pass_their_own_tests() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("mxcli/mdl-examples/doctype-tests");
    let sources = ["04-math-examples.mdl", "04-math-examples.tests.mdl"].map(|name| read(&folder.join(name)));
    let began = Instant::now();
    let compilation = compile(&sources, &Options::default());
    let errors = errors(&compilation, "");
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let node = Node::start(NodeOptions::default()).await.expect("a node");
    let component = compilation.component.expect("a model without errors has a component");
    let version = node.activate(component.into(), None).await.expect("a version");
    let tests: Vec<_> = version.manifest().microflows.iter().map(|one| one.name.clone()).collect();
    let tests: Vec<_> = tests.iter().filter(|name| name.contains(".UT_")).collect();
    let mut wrong = Vec::new();
    for name in &tests {
        match node.run(Call::new(name, "{}", Trigger::Test)).await {
            Ok(outcome) if outcome.result.starts_with("\"PASS") => {}
            Ok(outcome) => wrong.push(format!("{name}: {}", outcome.result)),
            Err(failure) => wrong.push(format!("{name}: {failure}")),
        }
    }
    eprintln!("{} tests, compiled and run in {:?}", tests.len(), began.elapsed());
    assert!(!tests.is_empty());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
