//! Processes that are measured from outside.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command},
};

use anyhow::{Context, ensure};

/// A process that ends when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        Ok(Self(command.spawn().with_context(|| format!("{command:?}"))?))
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// The processor time that the process has used so far, in seconds.
    pub(crate) fn processor_time(&self) -> anyhow::Result<f64> {
        processor_time(self.0.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The processor time that all threads of a process have used so far, in seconds.
pub(crate) fn processor_time(process: u32) -> anyhow::Result<f64> {
    /// What Linux counts in, on every machine.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may have spaces in it; behind it, user and system time are the 12th and 13th fields.
    let fields = stat.rsplit_once(')').context("no name in /proc/…/stat")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}

/// A process's memory that lies in RAM, in megabytes.
pub(crate) fn resident_megabytes(process: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc/…/status")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// The command, which was built next to this program.
pub(crate) fn brooklet() -> anyhow::Result<PathBuf> {
    let file = std::env::current_exe()?.with_file_name("brooklet");
    ensure!(file.is_file(), "{} is missing: `cargo xtask bench` builds it", file.display());
    Ok(file)
}
