//! Running cargo and what it builds.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::summary::Summary;

/// What every chore builds: the same packages in the same profile, so that cargo chooses the same features for all they
/// depend on, and wasmtime is compiled once.
pub(crate) const EVERYTHING: [&str; 2] = ["--release", "--workspace"];

/// The cargo that runs this.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(subcommand);
    command
}

/// A program that was built next to this one.
pub(crate) fn built(name: &str) -> anyhow::Result<Command> {
    let file: PathBuf = env::current_exe()?.with_file_name(name);
    ensure!(file.is_file(), "{} was not built", file.display());
    Ok(Command::new(file))
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} cannot be run"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Runs a command to its end, or ends it when that takes too long.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> anyhow::Result<()> {
    let mut child = command.spawn().with_context(|| format!("{command:?} cannot be run"))?;
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            bail!("{command:?} was stopped after {} s", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    };
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Runs a command for what it prints.
pub(crate) fn read(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?} cannot be run"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs tests, shows what they print, and adds their results up. Answers whether the runner is content.
pub(crate) fn watch(command: &mut Command) -> anyhow::Result<(bool, Summary)> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?} cannot be run"))?;
    let output = child.stdout.take().context("its output is piped")?;
    let mut output = BufReader::new(output);
    let mut summary = Summary::default();
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        summary.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok((child.wait()?.success(), summary))
}
