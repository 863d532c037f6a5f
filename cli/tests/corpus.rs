//! The command on models that other people wrote (see `../shared/corpus`, or set `BROOKLET_CORPUS`).
//!
//! The models are no part of the project. Where they are missing, these tests are listed as ignored, under a name that
//! says why.

use std::{
    path::Path,
    process::{Command, ExitCode, Output},
};

use brooklet_test_support::{corpus, files_below};
use libtest_mimic::{Arguments, Failed, Trial};

/// The folder of models by kind of document.
const BY_KIND: &str = "mxcli/mdl-examples/doctype-tests";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let Some(corpus) = corpus() else {
        let absent = Trial::test("corpus not present: set BROOKLET_CORPUS", || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![absent]).exit_code();
    };
    let mut trials = Vec::new();
    for file in files_below(&corpus, is_model) {
        let name = file.strip_prefix(&corpus).unwrap_or(&file).display().to_string();
        let folder = corpus.clone();
        trials.push(Trial::test(format!("check {name}"), move || check(&folder, &name)));
    }
    trials.push(Trial::test("the 41 tests of microflow-spec.test.mdl pass", move || microflow_specification(&corpus)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Scripts; those named `.fail.mdl` must be refused, and most of them are about pages, which are not checked.
fn is_model(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".mdl") && !name.ends_with(".fail.mdl") && !name.ends_with(".test.mdl")
}

fn brooklet(folder: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    Ok(Command::new(env!("CARGO_BIN_EXE_brooklet")).args(arguments).current_dir(folder).output()?)
}

/// A model may have errors, since most were written to be parsed only; but it is read to its end and understood.
fn check(folder: &Path, name: &str) -> Result<(), Failed> {
    let output = brooklet(folder, &["check", "--format", "json", name])?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("{}: {err}", output.status).into());
    }
    let is_syntax_error = |line: &&str| line.contains("\"severity\":\"error\"") && line.contains("\"code\":\"MDL00");
    if let Some(error) = out.lines().find(is_syntax_error) {
        return Err(error.into());
    }
    match out.lines().last() {
        Some(summary) if summary.contains("\"summary\"") => Ok(()),
        _ => Err(format!("no summary: {out}{err}").into()),
    }
}

fn microflow_specification(corpus: &Path) -> Result<(), Failed> {
    let folder = corpus.join(BY_KIND);
    let output = brooklet(&folder, &["test", "02-microflow-examples.mdl", "microflow-spec.test.mdl"])?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match out.lines().last() {
        Some("41 passed, 0 failed") if output.status.success() => Ok(()),
        _ => {
            let failures: Vec<_> = out.lines().filter(|line| !line.starts_with("pass  ")).collect();
            Err(format!("{}\n{err}", failures.join("\n")).into())
        }
    }
}
