//! Chores of the workspace: `cargo xtask help`.
//!
//! Everything that a fresh machine needs beyond Rust and a C compiler is found or installed here, so that one command
//! passes every test anywhere. Nothing is skipped: what cannot be had is an error that says what to type.
#![allow(clippy::print_stdout, reason = "what it prints is the result")]

mod cargo;
mod guest;
mod setup;
mod summary;

use std::{env, process::ExitCode};

use anyhow::bail;

use crate::guest::Guest;

const HELP: &str = "\
cargo xtask setup            find or install what tests need: PostgreSQL, Redis, curl
cargo xtask guests           find or install a cargo that compiles Rust to wasm32-unknown-unknown, and name it
cargo xtask test [FILTER]    set up, then run every test; ends with `N passed, N failed`
cargo xtask bench [--quick] [--format json] [NAME…]
                             measure what the project promises: compile, loop, http, start, size, sessions, nodes, deploy
cargo xtask docs             check that every error code has its page, and build the documentation of the crates";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (command, rest) = arguments.split_first().map_or(("help", &[][..]), |(first, rest)| (first.as_str(), rest));
    match command {
        "setup" => setup::setup(),
        "guests" => guests(),
        "test" => test(rest),
        "bench" => bench(rest),
        "docs" => docs(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("there is no chore `{other}`\n\n{HELP}"),
    }
}

/// All tests: units, suites, examples in documentation. The README's commands are one of the suites, `cli/tests/readme.rs`.
fn test(filter: &[String]) -> anyhow::Result<()> {
    setup::setup()?;
    let mut tests = cargo::cargo("test");
    tests.args(cargo::EVERYTHING).arg("--no-fail-fast").args(filter);
    let (is_content, summary) = cargo::watch(&mut tests)?;
    println!("\n{summary}");
    if !is_content || summary.failed > 0 {
        bail!("not every test passed");
    }
    if summary.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// Builds the command and the benchmarks as the tests have them, so that nothing is compiled twice, and runs them.
fn bench(arguments: &[String]) -> anyhow::Result<()> {
    cargo::run(cargo::cargo("build").args(cargo::EVERYTHING).arg("--all-targets"))?;
    cargo::run(cargo::built("brooklet-benches")?.args(arguments))
}

fn guests() -> anyhow::Result<()> {
    println!("{}", Guest::set_up()?);
    Ok(())
}

fn docs() -> anyhow::Result<()> {
    let mut pages = cargo::cargo("test");
    cargo::run(pages.args(["--release", "--package", "brooklet-tests", "--test", "documentation"]))?;
    let mut crates = cargo::cargo("doc");
    cargo::run(crates.args(cargo::EVERYTHING).arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings"))
}
