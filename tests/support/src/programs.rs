//! Finding programs, running them, and finding ports.

use std::{
    env,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use crate::SetupError;

/// A program: in the PATH, or in one of some other folders.
pub(crate) fn find(program: &str, folders: &[PathBuf]) -> Result<PathBuf, SetupError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let everywhere = folders.iter().cloned().chain(env::split_paths(&path));
    everywhere
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| SetupError::Missing { program: program.to_owned() })
}

/// Runs a program to its end and answers what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<String, SetupError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(SetupError::Failed { program, output: String::from_utf8_lossy(&output.stderr).into_owned() })
}

/// A port that nobody listens on right now.
pub(crate) fn free_port() -> Result<u16, SetupError> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The end of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
