//! A server that cannot outlive the test process.
//!
//! A shell starts it and then reads from a pipe that only the test process holds. When that process ends, by whatever
//! cause, the pipe closes: the shell stops the server and removes its folder.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{SetupError, programs};

/// How long a server may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// `$1` is the folder, `$2` the signal that stops the server at once; the rest is the server's command line.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
folder=$1; signal=$2; shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -"$signal" "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Supervised {
    shell: Child,
    folder: PathBuf,
    program: String,
}

impl Supervised {
    /// Starts a server whose data is in `folder`, which is removed with it.
    pub(crate) fn start(folder: PathBuf, signal: &str, server: &[&str]) -> Result<Self, SetupError> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .arg(signal)
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let program = server.first().copied().unwrap_or_default().to_owned();
        Ok(Self { shell, folder, program })
    }

    /// Waits until the server answers.
    pub(crate) fn wait(&mut self, answers: impl Fn() -> bool) -> Result<(), SetupError> {
        let begin = Instant::now();
        while !answers() {
            if begin.elapsed() > START_TIMEOUT {
                let log = self.log();
                return Err(SetupError::Silent { program: self.program.clone(), output: programs::tail(&log), log });
            }
            thread::sleep(Duration::from_millis(15));
        }
        Ok(())
    }

    fn log(&self) -> PathBuf {
        Path::new(&self.folder).join("log")
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // Closing the pipe ends the shell's `cat`.
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
    }
}
