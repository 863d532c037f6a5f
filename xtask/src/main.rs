//! Chores of the workspace: `cargo xtask setup | test | bench`.
//!
//! Everything is built in the release profile, so that wasmtime is compiled once.

#![allow(clippy::print_stdout)] // It is a command.

mod cargo;
mod setup;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup          finds the servers that tests start (PostgreSQL, Redis), and installs what is missing
  test [ARGS…]   setup, then all tests; ARGS go to `cargo test`
  bench [ARGS…]  the benchmarks; `--quick` for a short run";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match command.as_deref() {
        Some("setup") => {
            setup::setup()?;
            Ok(ExitCode::SUCCESS)
        }
        Some("test") => {
            setup::setup()?;
            cargo::test(&rest)
        }
        Some("bench") => cargo::bench(&rest),
        Some(other) => bail!("there is no command `{other}`\n\n{USAGE}"),
        None => bail!("a command is missing\n\n{USAGE}"),
    }
}
