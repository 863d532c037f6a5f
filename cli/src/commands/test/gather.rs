//! Finds the tests, and compiles them with the model.

use std::path::{Path, PathBuf};

use brooklet_compiler::{
    diagnostics::{Diagnostic, Severity},
    source::Source,
    tests_input::{TestCase, Tests},
};

use super::judge::Finding;
use crate::{
    compiling::{Compiled, Model, compile_sources},
    failure::Usage,
    input::{self, Input, TestFormat},
    output::Format,
    testfile::{self, Cleanup, Throws, Verify, line_of},
};

/// A model with its tests.
pub(super) struct Gathered {
    pub(super) model: Model,
    /// In the order of the files, and within each in its order.
    pub(super) tests: Vec<Planned>,
    /// What is wrong with the test files themselves.
    pub(super) faults: Vec<String>,
}

/// A test that is to run.
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u32,
    /// The number of its microflow; none when it does not compile.
    pub(super) number: Option<usize>,
    /// Why it does not compile.
    pub(super) broken: Vec<Finding>,
    pub(super) setup: Vec<(String, u32)>,
    pub(super) throws: Option<Throws>,
    pub(super) verifies: Vec<Verify>,
    pub(super) cleanup: Cleanup,
    /// The text and line of each expectation.
    pub(super) expects: Vec<(String, u32)>,
}

/// Finds the tests and compiles them. None when the model has errors, which are printed. Only to name the tests, nothing
/// is compiled.
pub(super) fn gather(paths: &[PathBuf], only_names: bool, format: Format) -> anyhow::Result<Option<Gathered>> {
    let (test_files, model_paths): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.iter().cloned().partition(|path| input::test_format(path).is_some());
    let test_files = if test_files.is_empty() { tests_beside(&model_paths)? } else { test_files };
    if test_files.is_empty() {
        return Err(Usage("there are no tests; name a .test.mdl or .test.md file".to_owned()).into());
    }
    let (mut tests, mut faults) = (Vec::new(), Vec::new());
    let (mut sources, mut cases) = (Vec::new(), Vec::new());
    for (number, path) in test_files.iter().enumerate() {
        let source = input::read_source(path)?;
        read_tests(path, number, &source, &mut tests, &mut cases, &mut faults);
        sources.push(source);
    }
    if only_names {
        let model = Model { component: Vec::new().into(), manifest: Default::default() };
        return Ok(Some(Gathered { model, tests, faults }));
    }
    if model_paths.is_empty() {
        return Err(Usage("which model? give its files or folder before the test files".to_owned()).into());
    }
    let Input::Sources(model) = input::read(&model_paths)? else {
        return Err(Usage("tests are compiled with their model; give its sources, not a component".to_owned()).into());
    };
    let compiled = compile(&model, &Tests { sources, cases }, &mut tests);
    if compiled.has_errors() {
        compiled.print(format, false);
    }
    Ok(compiled.into_model().map(|model| Gathered { model, tests, faults }))
}

fn tests_beside(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Usage> {
    let mut found = Vec::new();
    for folder in paths.iter().filter(|path| path.is_dir()) {
        found.extend(input::test_files(folder)?);
    }
    Ok(found)
}

fn read_tests(
    path: &Path,
    number: usize,
    source: &Source,
    tests: &mut Vec<Planned>,
    cases: &mut Vec<TestCase>,
    faults: &mut Vec<String>,
) {
    let markdown = input::test_format(path) == Some(TestFormat::Markdown);
    let file = testfile::read(&source.text, number, markdown);
    faults.extend(file.faults.iter().map(|fault| format!("{}:{}: {}", source.name, fault.line, fault.message)));
    for test in file.tests {
        let expects =
            test.case.expects.iter().map(|one| {
                (source.text[one.expression.start as usize..one.expression.end as usize].to_owned(), one.line)
            });
        tests.push(Planned {
            name: test.case.name.clone(),
            file: source.name.clone(),
            line: test.case.line,
            number: Some(cases.len()),
            broken: Vec::new(),
            setup: test.setup,
            throws: test.throws,
            verifies: test.verifies,
            cleanup: test.cleanup,
            expects: expects.collect(),
        });
        cases.push(test.case);
    }
}

/// Compiles the model with its tests. A test that does not compile fails; the others run.
fn compile(model: &[Source], all: &Tests, planned: &mut [Planned]) -> Compiled {
    let compiled = compile_sources(model.to_vec(), all.clone(), false);
    let mut left = Vec::new();
    for (case, test) in all.cases.iter().zip(planned.iter_mut()) {
        let source = &all.sources[case.source];
        let errors = compiled.compilation.diagnostics.iter();
        let errors = errors.filter(|one| one.severity == Severity::Error && belongs(one, case, model.len()));
        test.broken = errors.map(|one| finding(one, source)).collect();
        if test.broken.is_empty() {
            test.number = Some(left.len());
            left.push(case.clone());
        } else {
            test.number = None;
        }
    }
    if left.len() == all.cases.len() {
        return compiled;
    }
    compile_sources(model.to_vec(), Tests { sources: all.sources.clone(), cases: left }, false)
}

/// Whether a finding stands in a test: in its body or in one of its expectations.
fn belongs(diagnostic: &Diagnostic, case: &TestCase, model_sources: usize) -> bool {
    let at = diagnostic.span.start;
    let is_within = |range: &std::ops::Range<u32>| range.start <= at && at <= range.end;
    diagnostic.span.source.index() == model_sources + case.source
        && (is_within(&case.body) || case.expects.iter().any(|one| is_within(&one.expression)))
}

fn finding(diagnostic: &Diagnostic, source: &Source) -> Finding {
    let help = diagnostic.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    Finding {
        line: line_of(&source.text, (diagnostic.span.start as usize).min(source.text.len())),
        message: format!("does not compile: {} ({}){help}", diagnostic.message, diagnostic.code),
        ..Finding::default()
    }
}
