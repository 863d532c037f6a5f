//! One node of a cluster on one machine: a process of this same command.

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::Context;
use serde_json::Value;
use tokio::{sync::oneshot, time::Instant};

use crate::{
    failure::Usage,
    output::{self, Format},
};

/// How often it is looked whether a process has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// How nodes are started.
#[derive(Debug)]
pub(super) struct Launch {
    /// The model.
    pub(super) component: PathBuf,
    /// The networks that nodes trust.
    pub(super) proxies: String,
    /// What was said on this command's line: variables say the same, and nobody reads secrets in a list of processes.
    pub(super) environment: Vec<(String, OsString)>,
    pub(super) format: Format,
}

/// A node that is ready. It ends when this is dropped, because its standard input closes.
#[derive(Debug)]
pub(super) struct NodeProcess {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    /// With these arguments the same node can be started again.
    pub(super) arguments: Vec<String>,
    child: Child,
    has_ended: bool,
}

/// A node that is not ready yet.
pub(super) struct Starting {
    name: String,
    arguments: Vec<String>,
    child: Child,
    address: oneshot::Receiver<SocketAddr>,
}

impl Launch {
    /// Starts a node.
    pub(super) fn start(&self, number: u16) -> anyhow::Result<Starting> {
        let name = format!("node-{number}");
        let arguments = self.arguments(&name, "127.0.0.1:0");
        let mut command = Command::new(env::current_exe().context("this command's file is not known")?);
        command.args(&arguments).env_remove(super::STORE_FILE).envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // ctrl-c is for this process, which ends its nodes in good order.
            command.process_group(0);
        }
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        if let Some(errors) = child.stderr.take() {
            pass_on(errors, name.clone(), self.format);
        }
        let (sender, address) = oneshot::channel();
        if let Some(output) = child.stdout.take() {
            listen(output, name.clone(), self.format, sender);
        }
        Ok(Starting { name, arguments, child, address })
    }

    fn arguments(&self, name: &str, listen: &str) -> Vec<String> {
        let format = match self.format {
            Format::Text => "text",
            Format::Json => "json",
        };
        let component = self.component.display().to_string();
        let words = ["serve", &component, "--listen", listen, "--name", name, "--trusted-proxy", &self.proxies];
        let ends = ["--format", format, "--until-stdin-closes"];
        words.into_iter().chain(ends).map(str::to_owned).collect()
    }
}

impl Starting {
    /// Waits until the node is ready.
    pub(super) async fn ready(mut self) -> anyhow::Result<NodeProcess> {
        match self.address.await {
            Ok(address) => {
                let mut arguments = self.arguments;
                if let Some(listen) = arguments.iter_mut().find(|one| one.as_str() == "127.0.0.1:0") {
                    *listen = address.to_string();
                }
                Ok(NodeProcess { name: self.name, address, arguments, child: self.child, has_ended: false })
            }
            Err(_) => {
                // Its output has ended, and so has it. What it said is in this process's errors.
                let status = self.child.wait()?;
                Err(Usage(format!("{} does not start ({status}); it says above why", self.name)).into())
            }
        }
    }
}

impl NodeProcess {
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    fn look(&mut self) {
        if self.has_ended {
            return;
        }
        match self.child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => {
                self.has_ended = true;
                tracing::warn!(node = self.name, %status, "the node has ended");
            }
            Err(error) => tracing::debug!(node = self.name, %error, "the node's process cannot be looked at"),
        }
    }
}

/// Says in the log when a node ends. Never done.
pub(super) async fn watch(nodes: &mut [NodeProcess]) {
    loop {
        nodes.iter_mut().for_each(NodeProcess::look);
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Ends nodes in good order; those that take too long at once.
pub(super) async fn end(mut nodes: Vec<NodeProcess>, time: Duration) {
    // A closed standard input asks a node to stop.
    nodes.iter_mut().for_each(|node| drop(node.child.stdin.take()));
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        let has_ended = |node: &mut NodeProcess| node.has_ended || !matches!(node.child.try_wait(), Ok(None));
        if nodes.iter_mut().all(has_ended) {
            return;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    for mut node in nodes {
        if matches!(node.child.try_wait(), Ok(None)) {
            tracing::warn!(node = node.name, "the node takes too long to stop and is ended at once");
            // It may have ended just now.
            let _ = node.child.kill();
            let _ = node.child.wait();
        }
    }
}

/// Hands on what a node writes to its log, with its name.
fn pass_on(errors: impl Read + Send + 'static, name: String, format: Format) {
    thread::spawn(move || {
        for line in lines(errors) {
            match format {
                Format::Text => output::complain(&format!("{name} | {line}")),
                Format::Json => output::complain(&line),
            }
        }
    });
}

/// Waits for a node to say where it serves; what else it says goes to the errors.
fn listen(output: impl Read + Send + 'static, name: String, format: Format, ready: oneshot::Sender<SocketAddr>) {
    thread::spawn(move || {
        let mut ready = Some(ready);
        for line in lines(output) {
            match address_in(&line, format) {
                Some(address) if ready.is_some() => {
                    // Nobody waits for a node that has taken too long.
                    let _ = ready.take().map(|ready| ready.send(address));
                }
                _ => output::complain(&format!("{name} | {line}")),
            }
        }
    });
}

fn lines(from: impl Read) -> impl Iterator<Item = String> {
    let mut from = BufReader::new(from);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let read = from.read_until(b'\n', &mut line).ok()?;
        (read > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    })
}

/// The address in a node's word that it is ready.
fn address_in(line: &str, format: Format) -> Option<SocketAddr> {
    match format {
        Format::Json => {
            let event: Value = serde_json::from_str(line).ok()?;
            (event["event"] == "ready").then(|| event["address"].as_str()?.parse().ok()).flatten()
        }
        Format::Text => {
            let (_, rest) = line.strip_prefix("serving ")?.split_once(" on http://")?;
            rest.split_whitespace().next()?.parse().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_says_where_it_serves() {
        let address: SocketAddr = "127.0.0.1:4711".parse().expect("an address");
        let text = "serving 3 microflows on http://127.0.0.1:4711 (ready in 12 ms)";
        assert_eq!(address_in(text, Format::Text), Some(address));
        assert_eq!(address_in(r#"{"event":"ready","address":"127.0.0.1:4711"}"#, Format::Json), Some(address));
        assert_eq!(address_in(r#"{"event":"rejected"}"#, Format::Json), None);
    }
}
