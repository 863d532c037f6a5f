//! A node of one's own: the real command, as a user starts it.

use std::{
    ffi::OsStr,
    fmt,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use ureq::{Agent, http};

/// How long a node may take to say that it is ready, on a machine that does other things too.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// A running node; killed when dropped.
pub struct Node {
    child: Child,
    address: String,
    agent: Agent,
    errors: Arc<Mutex<String>>,
    output: Arc<Mutex<String>>,
    /// From the start of the process to its word that it is ready.
    started_in: Duration,
}

/// Why a node does not run.
#[derive(Debug)]
pub struct NotStarted {
    /// How the process ended; none when it runs but does not get ready.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard error.
    pub errors: String,
}

/// What a node answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`; empty when there is none.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Node {
    /// Starts `brooklet serve` on a free port and waits until it is ready.
    ///
    /// `arguments` are the paths of the model and further options; `prepare` may set the folder and the environment.
    pub fn start<A: AsRef<OsStr>>(
        brooklet: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self, NotStarted> {
        let mut command = Command::new(brooklet);
        command.arg("serve").args(arguments).args(["--listen", "127.0.0.1:0", "--format", "json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command);
        let began = Instant::now();
        let mut child =
            command.spawn().map_err(|error| NotStarted { status: None, errors: format!("{command:?}: {error}") })?;
        let errors = Arc::new(Mutex::new(String::new()));
        follow_errors(&mut child, errors.clone());
        let output = Arc::new(Mutex::new(String::new()));
        let events = follow_output(&mut child, output.clone());
        match events.recv_timeout(START_TIMEOUT) {
            Ok(address) => {
                let config = Agent::config_builder()
                    .http_status_as_error(false)
                    .allow_non_standard_methods(true)
                    .timeout_global(Some(CALL_TIMEOUT));
                let agent = config.build().new_agent();
                Ok(Self { child, address, agent, errors, output, started_in: began.elapsed() })
            }
            Err(why) => {
                if why == mpsc::RecvTimeoutError::Timeout {
                    child.kill().ok();
                }
                let status = child.wait().ok();
                // The rest of standard error is on its way.
                thread::sleep(Duration::from_millis(50));
                let errors = errors.lock().map(|text| text.clone()).unwrap_or_default();
                Err(NotStarted { status, errors })
            }
        }
    }

    /// `127.0.0.1:4711`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// From the start of the process to its word that it is ready.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// What the node has written to standard error so far.
    pub fn errors(&self) -> String {
        self.errors.lock().map(|text| text.clone()).unwrap_or_default()
    }

    /// What the node has written to standard output so far: a line of JSON for each event and each diagnostic.
    pub fn output(&self) -> String {
        self.output.lock().map(|text| text.clone()).unwrap_or_default()
    }

    /// Calls a microflow with a JSON object of arguments.
    pub fn call(&self, microflow: &str, arguments: &str) -> Answer {
        self.send("POST", &format!("/api/microflows/{microflow}"), Some("application/json"), arguments.as_bytes())
    }

    /// Reads a path.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, b"")
    }

    /// Sends any request.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn send(&self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(kind) = content_type {
            request = request.header("content-type", kind);
        }
        let sent = if body.is_empty() {
            request.body(()).map_err(Into::into).and_then(|request| self.agent.run(request))
        } else {
            request.body(body).map_err(Into::into).and_then(|request| self.agent.run(request))
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}; {}", self.errors()));
        let content_type = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        Answer {
            status: response.status().as_u16(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: response.body_mut().read_to_string().unwrap_or_else(|error| panic!("{method} {path}: {error}")),
        }
    }

    /// Ends the node at once.
    pub fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The code of a problem document; empty when it is none.
    pub fn code(&self) -> String {
        match self.content_type.as_str() {
            "application/problem+json" => self.json()["code"].as_str().unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "the node ended with {status}: {}", self.errors),
            None => write!(f, "the node does not start: {}", self.errors),
        }
    }
}

impl std::error::Error for NotStarted {}

/// Collects what the process writes to standard error.
fn follow_errors(child: &mut Child, into: Arc<Mutex<String>>) {
    let Some(errors) = child.stderr.take() else { return };
    let mut errors = BufReader::new(errors);
    thread::spawn(move || {
        let mut line = Vec::new();
        while errors.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if let Ok(mut text) = into.lock() {
                text.push_str(&String::from_utf8_lossy(&line));
            }
            line.clear();
        }
    });
}

/// Collects what the process writes to standard output, and hands on the address that it says it listens on.
fn follow_output(child: &mut Child, into: Arc<Mutex<String>>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let Some(output) = child.stdout.take() else { return receiver };
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|read| read > 0) {
            if let Ok(mut text) = into.lock() {
                text.push_str(&line);
            }
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == "ready"
                && let Some(address) = event["address"].as_str()
            {
                // Nobody waits for a second address.
                sender.send(address.to_owned()).ok();
            }
            line.clear();
        }
    });
    receiver
}
