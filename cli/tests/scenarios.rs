//! Runs every scenario through the command: a folder with a model, the calls, and what must come back.
//!
//! A scenario is a folder that has a test file (`*.test.mdl` or `*.test.md`) next to its model, anywhere under
//! `tests/scenarios`, `tests/conformance` and `examples`; folders inside it are no part of it. Each is a test of its own,
//! named by its path; it fails with what the runner printed.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use brooklet_test_support::{files_below, root};
use libtest_mimic::{Arguments, Failed, Trial};

/// Where scenarios are, and which of the folders must have some.
const PLACES: [(&str, bool); 3] = [("tests/scenarios", true), ("tests/conformance", true), ("examples", true)];

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for (place, required) in PLACES {
        let found = scenarios(&root().join(place));
        if required {
            let found = found.clone();
            trials.push(Trial::test(format!("{place} has scenarios"), move || match found.is_empty() {
                true => Err("there is none".into()),
                false => Ok(()),
            }));
        }
        for folder in found {
            let name = folder.strip_prefix(root()).unwrap_or(&folder).display().to_string();
            trials.push(Trial::test(name.clone(), move || run(&name)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The folders that have test files.
fn scenarios(place: &Path) -> BTreeSet<PathBuf> {
    let tests = files_below(place, |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".test.mdl") || name.ends_with(".test.md")
    });
    tests.iter().filter_map(|path| Some(path.parent()?.to_owned())).collect()
}

/// `brooklet test` on the folder's files, seen from the project's root so that messages name files shortly.
fn run(folder: &str) -> Result<(), Failed> {
    let place = root().join(folder);
    let files = files_below(&place, |path| path.parent() == Some(&place) && is_input(path));
    let files = files.iter().map(|path| path.strip_prefix(root()).unwrap_or(path));
    let mut command = Command::new(env!("CARGO_BIN_EXE_brooklet"));
    let output = command.args(["test", "--require-assertions"]).args(files).current_dir(root()).output()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let summary = out.lines().last().unwrap_or_default();
    if !output.status.success() {
        let failures = out.lines().filter(|line| !line.starts_with("pass  ")).collect::<Vec<_>>().join("\n");
        return Err(format!("{}\n{failures}\n{err}", output.status).into());
    }
    match summary.split_once(" passed, 0 failed") {
        Some((passed, "")) if passed != "0" => Ok(()),
        _ => Err(format!("no test ran: {out}\n{err}").into()),
    }
}

/// Models, and tests in either format. Other Markdown is for people.
fn is_input(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".mdl") || name.ends_with(".test.md")
}
