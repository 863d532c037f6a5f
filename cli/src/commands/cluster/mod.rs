//! `brooklet cluster`: nodes and a front on one machine.
//!
//! The nodes are processes of this same command, `brooklet serve`, on free ports; the front is in this process. The model is
//! compiled once, and the nodes get the component. A node holds the reading end of a pipe of which this process has the
//! other: however this process ends, the pipe closes, and the nodes drain and end.

mod child;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use brooklet_runtime::{front::Front, version::component_hash};
use clap::Args;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

use crate::{
    compiling,
    failure::{Exit, Usage},
    output::{self, Format},
    runtime,
    settings::{Given, NodeSettings, Rank, Resolved},
    stop,
};
use child::{Launch, NodeProcess, Starting};

/// How many nodes one machine can be asked for.
const NODES_MAX: i64 = 64;

/// How long nodes may take to be ready, on a machine that does other things too.
const START_TIME: Duration = Duration::from_secs(120);

/// How long nodes may take to end beyond the times that they were given.
const END_MARGIN: Duration = Duration::from_secs(5);

/// Settings that each node of a cluster on one machine gets by itself.
const OF_ONE_NODE: [&str; 3] = ["name", "url", "admin-listen"];

/// The variable of a file that has the database's URL.
const STORE_FILE: &str = "BROOKLET_STORE_FILE";

/// Starts nodes and a front that distributes requests among them, on one machine: for development and tests.
#[derive(Debug, Args)]
#[command(after_help = "\
All settings of `brooklet serve` are taken, and hold for every node; `listen` is the front's.

A node that dies is left out until it is back; nobody starts it again. With --format json the first lines of output are one
per node, {\"node\": …, \"url\": …, \"pid\": …}, and one for the front, {\"front\": …}, when all are ready.

Examples:
  brooklet cluster 3 model/
  brooklet cluster 3 model/ --store postgres://shop:secret@db/shop --state redis://127.0.0.1 --admin-token secret
  brooklet nodes --to http://127.0.0.1:8080 --token secret")]
pub(crate) struct Cluster {
    /// How many nodes.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u16).range(1..=NODES_MAX))]
    nodes: u16,
    /// Files, folders of .mdl files, or one component.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    settings: NodeSettings,
    /// Stop as well when standard input is closed.
    #[arg(long, hide = true)]
    until_stdin_closes: bool,
}

impl Cluster {
    /// What goes to the log.
    pub(crate) fn log(&self) -> Option<&str> {
        self.settings.log()
    }

    pub(crate) fn execute(self, format: Format, given: &Given) -> anyhow::Result<Exit> {
        let resolved = self.settings.resolve(given, &self.paths[0])?;
        check(&resolved, given)?;
        let Some(model) = compiling::model(&self.paths, format)? else { return Ok(Exit::Faulty) };
        let component = keep(&model.component, &self.settings.stores.cache)?;
        runtime::block_on(async {
            let listen = &self.settings.network.listen;
            let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
            let front = format!("http://{}", listener.local_addr()?);
            let mut environment = given.as_environment().to_vec();
            environment.extend(given.config().map(|file| ("BROOKLET_CONFIG".to_owned(), file.into())));
            // Found out here once: by itself, a node would name its database after the component.
            environment.retain(|(name, _)| name != STORE_FILE);
            environment.push(("BROOKLET_STORE".to_owned(), resolved.node.store.clone().into()));
            let launch = Launch { component, proxies: proxies(&resolved), environment, format };
            let mut nodes = start(&launch, self.nodes).await?;
            let backends = nodes.iter().map(|node| (node.name.clone(), node.address));
            let distribution = Front::new(backends, resolved.http.clone());
            timeout(START_TIME, distribution.all_ready()).await.context("the nodes do not get ready")?;
            report(&nodes, &front, format);

            let (stop_front, front_stopped) = oneshot::channel::<()>();
            let mut serving = tokio::spawn(distribution.serve(listener, async {
                // A sender that is dropped says the same.
                let _ = front_stopped.await;
            }));
            tokio::select! {
                () = stop::asked(self.until_stdin_closes) => {}
                () = child::watch(&mut nodes) => {}
                ended = &mut serving => ended.context("the front ended by a panic")??,
            }
            // First the front finishes, while the nodes still serve.
            drop(stop_front);
            if timeout(resolved.http.drain_time, serving).await.is_err() {
                tracing::warn!("calls were still under way when the front stopped");
            }
            child::end(nodes, resolved.http.drain_delay + resolved.http.drain_time + END_MARGIN).await;
            Ok(Exit::Clean)
        })
    }
}

/// Refuses what makes no cluster.
fn check(resolved: &Resolved, given: &Given) -> Result<(), Usage> {
    if let Some(name) = OF_ONE_NODE.into_iter().find(|name| given.rank(name) > Rank::Default) {
        return Err(Usage(format!("`{name}` is for one node; those of a cluster on one machine get their own")));
    }
    if resolved.node.store.contains(":memory:") {
        let what = "nodes share their database, and none can see another's memory; use sqlite:FILE or postgres://…";
        return Err(Usage(what.to_owned()));
    }
    if resolved.node.state == "memory" {
        return Err(Usage(
            "nodes share their sessions, and none can see another's memory; use sql or redis://…".to_owned(),
        ));
    }
    Ok(())
}

/// The networks that nodes trust: the front's, and those that the front trusts.
fn proxies(resolved: &Resolved) -> String {
    let front = IpAddr::from(Ipv4Addr::LOCALHOST).to_string();
    let others = resolved.http.trusted_proxies.iter().map(ToString::to_string);
    std::iter::once(front).chain(others).collect::<Vec<_>>().join(",")
}

/// Writes a component where nodes find it, also those that somebody starts again. Its name is its hash: there is one file per
/// component, however often it is started.
fn keep(component: &[u8], cache: &Path) -> anyhow::Result<PathBuf> {
    let folder = cache.join("components");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    let file = folder.join(format!("{}.wasm", component_hash(component).replace(':', "-")));
    if !fs::read(&file).is_ok_and(|there| there == component) {
        // In two steps, so that nobody reads half of it.
        let new = folder.join(format!(".{}.new", std::process::id()));
        fs::write(&new, component).with_context(|| format!("cannot write {}", new.display()))?;
        fs::rename(&new, &file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(file)
}

/// Starts the nodes; when one does not start, all end. The first comes alone: it makes the tables and the machine code that the
/// others find then, who come at once.
async fn start(launch: &Launch, count: u16) -> anyhow::Result<Vec<NodeProcess>> {
    let mut nodes = vec![ready(launch.start(1)?).await?];
    let others = (2..=count).map(|number| launch.start(number)).collect::<anyhow::Result<Vec<_>>>()?;
    for node in others {
        nodes.push(ready(node).await?);
    }
    Ok(nodes)
}

async fn ready(node: Starting) -> anyhow::Result<NodeProcess> {
    timeout(START_TIME, node.ready()).await.context("a node does not start")?
}

fn report(nodes: &[NodeProcess], front: &str, format: Format) {
    match format {
        Format::Json => {
            for node in nodes {
                output::json(&json!({
                    "node": node.name,
                    "url": format!("http://{}", node.address),
                    "pid": node.process(),
                    "arguments": node.arguments,
                }));
            }
            output::json(&json!({ "front": front }));
        }
        Format::Text => {
            for node in nodes {
                output::line(&format!("{} on http://{} (process {})", node.name, node.address, node.process()));
            }
            output::line(&format!("serving on {front}"));
        }
    }
}
