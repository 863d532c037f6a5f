//! A server that cannot outlive the test process.
//!
//! A shell starts it and then takes orders from a pipe that only the test process holds: to stop the server, to start it again
//! on its data, to pause it and to let it go on. When the test process ends, by whatever cause, the pipe closes: the shell ends the
//! server and removes its folder.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::{SetupError, programs};

/// How long a server may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// `$1` is the folder, `$2` the signal that ends the server at once, `$3` the one that stops it without loss; the rest is the
/// server's command line. Each order is answered by a line when it is carried out.
///
/// A paused server is one whose processes are all paused: the first one first, which would start others, and the others twice,
/// because a list of processes that run may miss some.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
folder=$1; signal=$2; gently=$3; shift 3
begin() { "$@" </dev/null >>"$folder/log" 2>&1 & server=$!; }
processes() { echo "$server"; cat "/proc/$server/task/$server/children" 2>/dev/null; }
begin "$@"
while read -r order; do
  case $order in
    stop) kill -"$gently" "$server"; wait "$server"; server= ;;
    kill) kill -"$signal" "$server"; wait "$server"; server= ;;
    start) begin "$@" ;;
    pause) kill -STOP "$server"; kill -STOP $(processes); kill -STOP $(processes) ;;
    resume) kill -CONT $(processes) ;;
  esac
  echo "$order"
done
if [ -n "$server" ]; then
  kill -"$signal" "$server"
  kill -CONT $(processes)
  wait "$server"
fi
rm -rf "$folder"
"#;

/// What ends a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signals {
    /// At once.
    pub(crate) at_once: &'static str,
    /// With everything stored that was acknowledged.
    pub(crate) gently: &'static str,
}

/// A server, running or not.
#[derive(Debug)]
pub struct Supervised {
    shell: Child,
    /// Where orders go and where they are confirmed.
    orders: Option<Mutex<(ChildStdin, BufReader<ChildStdout>)>>,
    folder: PathBuf,
    program: String,
}

impl Supervised {
    /// Stops the server: connections end, and further ones are refused. What was acknowledged is kept, if the server keeps anything.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Ends the server without giving it time for anything, as a crash would.
    pub fn kill(&self) {
        self.order("kill");
    }

    /// Pauses the server with all its processes: connections stay and further ones are accepted, but nothing is answered.
    pub fn pause(&self) {
        self.order("pause");
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        self.order("resume");
    }

    /// Starts a server whose data is in `folder`, which is removed with it.
    pub(crate) fn start(folder: PathBuf, signals: Signals, server: &[&str]) -> Result<Self, SetupError> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .args([signals.at_once, signals.gently])
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let orders = shell.stdin.take().zip(shell.stdout.take());
        let orders = orders.map(|(orders, done)| Mutex::new((orders, BufReader::new(done))));
        let program = server.first().copied().unwrap_or_default().to_owned();
        Ok(Self { shell, orders, folder, program })
    }

    /// Waits until the server answers.
    pub(crate) fn wait(&self, answers: impl Fn() -> bool) -> Result<(), SetupError> {
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

    /// Has the shell carry out an order, and waits until it has.
    ///
    /// # Panics
    /// When the shell is gone.
    pub(crate) fn order(&self, order: &str) {
        let orders = self.orders.as_ref().expect("the pipe is open until the handle is dropped");
        let mut pipes = orders.lock().unwrap_or_else(|error| error.into_inner());
        let (orders, done) = &mut *pipes;
        let mut line = String::new();
        let carried_out = writeln!(orders, "{order}").and_then(|()| done.read_line(&mut line));
        assert!(carried_out.is_ok() && line.trim() == order, "{} cannot be told to {order}: {line:?}", self.program);
    }

    fn log(&self) -> PathBuf {
        Path::new(&self.folder).join("log")
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // Closing the pipe ends the shell's loop.
        drop(self.orders.take());
        self.shell.wait().ok();
    }
}
