//! Runs cargo, and adds up what its tests say.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};

/// Where the last line of a test run is left for those who run more after it.
const SUMMARY: &str = "target/test-summary.txt";

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// All tests of the workspace, documentation included. The last line says how many passed and failed.
pub(crate) fn test(arguments: &[String]) -> Result<ExitCode> {
    // The suites that start nodes use the command as it is built for everybody.
    let built =
        cargo().args(["build", "--release", "--package", "brooklet-cli"]).status().context("cargo cannot be run")?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut child = cargo()
        .args(["test", "--release", "--workspace", "--no-fail-fast"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be run")?;
    let mut total = Total::default();
    for line in BufReader::new(child.stdout.take().context("cargo has no output")?).lines() {
        let line = line.context("cargo's output cannot be read")?;
        println!("{line}");
        total.add(&line);
    }
    let status = child.wait().context("cargo did not end")?;
    let summary = format!("{} passed, {} failed", total.passed, total.failed);
    println!("\n{summary}");
    fs::write(SUMMARY, format!("{summary}\n")).with_context(|| format!("{SUMMARY} cannot be written"))?;
    Ok(if status.success() && total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The benchmarks.
pub(crate) fn bench(arguments: &[String]) -> Result<ExitCode> {
    let status =
        cargo().args(["build", "--release", "--package", "brooklet-cli"]).status().context("cargo cannot be run")?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let status = cargo()
        .args(["run", "--release", "--quiet", "--package", "brooklet-benches", "--"])
        .args(arguments)
        .status()
        .context("cargo cannot be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Total {
    passed: u64,
    failed: u64,
}

impl Total {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for part in counts.split(['.', ';']) {
            let mut words = part.split_whitespace();
            if let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) {
                match what {
                    "passed" => self.passed += count,
                    "failed" => self.failed += count,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Total;

    #[test]
    fn results_add_up() {
        let mut total = Total::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            total.add(line);
        }
        assert_eq!((total.passed, total.failed), (4, 2));
    }
}
