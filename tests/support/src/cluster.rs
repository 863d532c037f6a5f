//! A cluster of one's own: nodes and a front, as `brooklet cluster` starts them, and what can happen to nodes.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Answer, Client, NotStarted};

/// How long a cluster may take to say that it is ready, on a machine that does other things too.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a process may take to end when it is asked to.
const END_TIMEOUT: Duration = Duration::from_secs(60);

/// A running cluster. When it is dropped, all of its processes end, also those that were started again.
#[derive(Debug)]
pub struct Cluster {
    command: Child,
    /// The command ends when this is closed.
    stdin: Option<ChildStdin>,
    front: Client,
    nodes: Vec<ClusterNode>,
    errors: Arc<Mutex<String>>,
    brooklet: OsString,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
}

/// A node of a cluster.
#[derive(Debug)]
pub struct ClusterNode {
    /// Its name.
    pub name: String,
    client: Client,
    process: u32,
    /// With these it is started again.
    arguments: Vec<String>,
    /// The process that a test has started; none while it is the one that the command has started.
    again: Option<Child>,
}

/// What can be done to a process from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ask it to stop.
    Terminate,
    /// End it at once.
    Kill,
    /// Let it do nothing more.
    Stop,
    /// Let it go on.
    Continue,
}

impl Cluster {
    /// Starts `brooklet cluster` with so many nodes on free ports and waits until all are ready.
    ///
    /// `arguments` are the paths of the model and further options; `prepare` may set the folder and the environment.
    pub fn start<A: Into<OsString>>(
        brooklet: impl Into<OsString>,
        nodes: usize,
        arguments: impl IntoIterator<Item = A>,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self, NotStarted> {
        let brooklet = brooklet.into();
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let mut command = Command::new(&brooklet);
        command.arg("cluster").arg(nodes.to_string()).args(&arguments);
        command.args(["--listen", "127.0.0.1:0", "--format", "json", "--until-stdin-closes"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command);
        let set = |(name, value): (&std::ffi::OsStr, Option<&std::ffi::OsStr>)| Some((name.into(), value?.into()));
        let environment = command.get_envs().filter_map(set).chain(as_variables(&arguments)).collect();
        let folder = command.get_current_dir().map(PathBuf::from);
        let mut child =
            command.spawn().map_err(|error| NotStarted { status: None, errors: format!("{command:?}: {error}") })?;
        let stdin = child.stdin.take();
        let errors = Arc::new(Mutex::new(String::new()));
        if let Some(from) = child.stderr.take() {
            follow(from, errors.clone());
        }
        let records = records(&mut child);
        let mut found = Vec::new();
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let Ok(record) = records.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
                drop(stdin);
                return Err(not_started(child, &errors));
            };
            if let Some(front) = record["front"].as_str() {
                let front = Client::new(front);
                let command = child;
                return Ok(Self { command, stdin, front, nodes: found, errors, brooklet, environment, folder });
            }
            found.extend(ClusterNode::of(&record));
        }
    }

    /// `http://127.0.0.1:4711`
    pub fn front(&self) -> &Client {
        &self.front
    }

    /// Calls a microflow through the front.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn call(&self, microflow: &str, arguments: &str) -> Answer {
        self.front.call(microflow, arguments)
    }

    /// The nodes, in the order of their numbers.
    pub fn nodes(&self) -> &[ClusterNode] {
        &self.nodes
    }

    /// What the command and its nodes have written to standard error so far.
    pub fn errors(&self) -> String {
        self.errors.lock().map(|text| text.clone()).unwrap_or_default()
    }

    /// The number of the command's process, in which the front is.
    pub fn process(&self) -> u32 {
        self.command.id()
    }

    /// Does something to a node's process.
    pub fn signal(&self, node: usize, signal: Signal) {
        signal.send(self.nodes[node].process);
    }

    /// Waits until a node's process has ended.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_until_ended(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        let begin = Instant::now();
        while node.is_running() {
            assert!(begin.elapsed() < END_TIMEOUT, "{} does not end", node.name);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts a node again that has ended: the same name, the same port, the same settings. Does not wait until it is ready.
    /// To be used with a cluster that was told its store: by itself a node would take another.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn restart(&mut self, node: usize) {
        self.restart_with(node, &[]);
    }

    /// The same with further settings.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn restart_with(&mut self, node: usize, more: &[&str]) {
        let node = &mut self.nodes[node];
        node.wait_until_free();
        let mut command = Command::new(&self.brooklet);
        command.args(&node.arguments).args(more).envs(self.environment.iter().cloned());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", node.name));
        if let Some(from) = child.stderr.take() {
            follow(from, self.errors.clone());
        }
        node.process = child.id();
        node.again = Some(child);
    }

    /// Waits until a node is ready.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn wait_until_ready(&self, node: usize) {
        let node = &self.nodes[node];
        let begin = Instant::now();
        while node.client.try_get("/ready").is_none_or(|answer| answer.status != 200) {
            assert!(begin.elapsed() < START_TIMEOUT, "{} does not get ready: {}", node.name, self.errors());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the command to end, as ctrl-c or a closed terminal would, and waits for it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(mut self) -> ExitStatus {
        drop(self.stdin.take());
        let begin = Instant::now();
        loop {
            match self.command.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                Err(error) => panic!("the command's process cannot be looked at: {error}"),
            }
            assert!(begin.elapsed() < END_TIMEOUT, "the cluster does not end: {}", self.errors());
        }
    }
}

impl ClusterNode {
    fn of(record: &Value) -> Option<Self> {
        let arguments = record["arguments"].as_array()?.iter().filter_map(|one| one.as_str().map(str::to_owned));
        Some(Self {
            name: record["node"].as_str()?.to_owned(),
            client: Client::new(record["url"].as_str()?),
            process: u32::try_from(record["pid"].as_u64()?).ok()?,
            arguments: arguments.collect(),
            again: None,
        })
    }

    /// Waits until the node's port is free: a process that was killed is dead before all of its threads have let go.
    fn wait_until_free(&self) {
        let begin = Instant::now();
        while TcpListener::bind(self.client.address()).is_err() {
            assert!(begin.elapsed() < END_TIMEOUT, "the port of {} does not get free", self.name);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Speaks to this node, not to the front.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Whether its process runs, stopped or not.
    pub fn is_running(&mut self) -> bool {
        match &mut self.again {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            // Not a child of this process: the command reaps it.
            None => is_there(self.process),
        }
    }
}

impl Signal {
    /// Sends it to a process.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn send(self, process: u32) {
        let name = match self {
            Self::Terminate => "-TERM",
            Self::Kill => "-KILL",
            Self::Stop => "-STOP",
            Self::Continue => "-CONT",
        };
        let status = Command::new("kill").args([name, &process.to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "no {self:?} for process {process}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Some(mut child) = node.again.take() {
                child.kill().ok();
                child.wait().ok();
            } else if is_there(node.process) && self.command.try_wait().is_ok_and(|ended| ended.is_none()) {
                // The command's own child, as the command still runs: the number is not another's.
                Signal::Kill.send_quietly(node.process);
            }
        }
        self.command.kill().ok();
        self.command.wait().ok();
    }
}

impl Signal {
    fn send_quietly(self, process: u32) {
        let name = if self == Self::Kill { "-KILL" } else { "-TERM" };
        Command::new("kill").args([name, &process.to_string()]).stderr(Stdio::null()).status().ok();
    }
}

/// Whether a process runs; one that has ended and that nobody has looked at does not.
fn is_there(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

/// The lines of JSON that a process writes.
fn records(child: &mut Child) -> mpsc::Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    let Some(output) = child.stdout.take() else { return receiver };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody reads what comes after the beginning.
            sender.send(serde_json::from_str(&line).unwrap_or_default()).ok();
        }
    });
    receiver
}

fn not_started(mut child: Child, errors: &Mutex<String>) -> NotStarted {
    let begin = Instant::now();
    let mut status = None;
    while status.is_none() && begin.elapsed() < END_TIMEOUT {
        status = child.try_wait().ok().flatten();
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().ok();
    child.wait().ok();
    NotStarted { status, errors: errors.lock().map(|text| text.clone()).unwrap_or_default() }
}

/// The settings of a command line as variables.
fn as_variables(arguments: &[OsString]) -> impl Iterator<Item = (OsString, OsString)> {
    arguments.windows(2).filter_map(|pair| {
        let name = pair[0].to_str()?.strip_prefix("--")?;
        Some((format!("BROOKLET_{}", name.to_uppercase().replace('-', "_")).into(), pair[1].clone()))
    })
}

/// Collects what a process writes to standard error.
fn follow(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    let mut from = BufReader::new(from);
    thread::spawn(move || {
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if let Ok(mut text) = into.lock() {
                text.push_str(&String::from_utf8_lossy(&line));
            }
            line.clear();
        }
    });
}
