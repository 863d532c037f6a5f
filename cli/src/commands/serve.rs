//! `brooklet serve`: a node.

use std::{env, fs, net::SocketAddr, path::PathBuf, process, sync::Arc, time::Instant};

use anyhow::Context;
use brooklet_model::SecurityLevel;
use brooklet_runtime::{
    Node,
    cluster::{LogControl, Member, NodeDescription},
    http::{self, Server},
    version::is_callable,
    versions,
};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    compiling::{self, Model},
    failure::Exit,
    output::{self, Format, Log},
    runtime,
    settings::{Given, NodeSettings, Resolved},
    stop,
    watch::Watcher,
};

/// Serves a model over HTTP. A saved change of its sources is live in the next request.
#[derive(Debug, Args)]
#[command(after_help = "\
Every setting is also a variable of the environment, and a key of the file that --config names:
  --session-timeout 10m    BROOKLET_SESSION_TIMEOUT=10m    session-timeout = \"10m\"
--help lists all of them, -h those that are often needed.

Examples:
  brooklet serve model/
  brooklet serve app.wasm --listen 0.0.0.0:80 --store postgres://shop:secret@db/shop --state redis://sessions

  curl -X POST http://127.0.0.1:8080/api/microflows/Shop.Greet -H 'content-type: application/json' -d '{\"name\": \"Ada\"}'")]
pub(crate) struct Serve {
    /// Files, folders of .mdl files, or one component.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    settings: NodeSettings,
    /// Stop as well when standard input is closed: for whoever starts nodes and must not leave any behind.
    #[arg(long, hide = true)]
    until_stdin_closes: bool,
}

impl Serve {
    /// What goes to the log.
    pub(crate) fn log(&self) -> Option<&str> {
        self.settings.log()
    }

    pub(crate) fn execute(self, format: Format, given: &Given, log: Arc<Log>) -> anyhow::Result<Exit> {
        let began = Instant::now();
        let resolved = self.settings.resolve(given, &self.paths[0])?;
        // Whatever changes while the first version is compiled is compiled again.
        let watcher = Watcher::start(&self.paths)?;
        let Some(model) = compiling::model(&self.paths, format)? else { return Ok(Exit::Faulty) };
        runtime::block_on(async {
            let ports = Ports::open(&self.settings).await?;
            let name = ports.name(&self.settings);
            let store = resolved.node.store.clone();
            let started = start(resolved, &self.settings, name, ports, model, log, self.until_stdin_closes).await?;
            let Some(running) = started else { return Ok(Exit::Clean) };
            running.report(&store, began, format);
            let node = running.member.node().clone();
            let watching =
                watcher.map(|watcher| tokio::spawn(watcher.follow(running.member.clone(), self.paths.clone(), format)));
            let served = running.serving.await.context("the server ended by a panic")?;
            if let Some(watching) = watching {
                watching.abort();
            }
            versions::before_shutdown(&running.member).await;
            running.member.leave().await;
            node.close().await;
            served?;
            Ok(Exit::Clean)
        })
    }
}

/// The ports of a node.
struct Ports {
    application: TcpListener,
    address: SocketAddr,
    administration: Option<(TcpListener, SocketAddr)>,
}

impl Ports {
    async fn open(settings: &NodeSettings) -> anyhow::Result<Self> {
        let (application, address) = open(&settings.network.listen).await?;
        let administration = match &settings.network.admin_listen {
            Some(listen) => Some(open(listen).await?),
            None => None,
        };
        Ok(Self { application, address, administration })
    }

    /// The node's name: the one that is set, or the machine's and the port.
    fn name(&self, settings: &NodeSettings) -> String {
        settings.network.name.clone().unwrap_or_else(|| format!("{}:{}", machine(), self.address.port()))
    }
}

async fn open(listen: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The machine's name.
fn machine() -> String {
    let said = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| env::var("HOSTNAME").ok());
    let name: String = said.unwrap_or_default().trim().chars().filter(|one| !one.is_whitespace()).collect();
    if name.is_empty() { "node".to_owned() } else { name }
}

/// A node that is ready.
struct Running {
    member: Member,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Starts a node and waits until it is ready; none when it is asked to stop before. It answers from the beginning, if only
/// that it is not ready.
async fn start(
    resolved: Resolved,
    settings: &NodeSettings,
    name: String,
    ports: Ports,
    model: Model,
    log: Arc<Log>,
    until_stdin_closes: bool,
) -> anyhow::Result<Option<Running>> {
    let mut options = resolved.node;
    options.name.clone_from(&name);
    let is_open_to_all = resolved.http.admin_token.is_none();
    let node = Arc::new(Node::start(options).await?);
    let member = Member::new(node.clone(), log as Arc<dyn LogControl>);
    let mut server = Server::new(member.clone(), resolved.http);
    let mut admin_address = None;
    if let Some((listener, address)) = ports.administration {
        if is_open_to_all {
            tracing::info!("without `admin-token` the administration's port answers about health only");
        }
        server = server.administered_on(listener);
        admin_address = Some(address);
    }
    let mut serving = tokio::spawn(server.serve(ports.application, stop::asked(until_stdin_closes)));
    let url = settings.network.url.clone().unwrap_or_else(|| format!("http://{}", ports.address));
    let description = NodeDescription {
        name,
        url,
        admin_url: admin_address.map(|address| format!("http://{address}")),
        process: process::id(),
        started_ms: node.clock().now_ms(),
    };
    let starting = async {
        member.join(description).await.context("the node cannot join its cluster")?;
        versions::start(&member, model.component, model.manifest).await.context("the model does not start")?;
        member.announce();
        http::say_notices(&node, !ports.address.ip().is_loopback());
        anyhow::Ok(())
    };
    tokio::select! {
        started = starting => started?,
        // Asked to stop before it has begun.
        ended = &mut serving => {
            ended.context("the server ended by a panic")??;
            member.leave().await;
            return Ok(None);
        }
    }
    Ok(Some(Running { member, address: ports.address, admin_address, serving }))
}

impl Running {
    /// Says that the node serves.
    fn report(&self, store: &str, began: Instant, format: Format) {
        let milliseconds = began.elapsed().as_millis();
        let (address, store) = (self.address, without_password(store));
        let version = self.member.node().version();
        let security = version.as_ref().map(|version| version.manifest().security.level).unwrap_or_default();
        match format {
            Format::Text => {
                let microflows = version.map_or(0, |version| {
                    version.manifest().microflows.iter().filter(|one| is_callable(one.kind)).count()
                });
                let mut text = format!(
                    "serving {microflows} microflows on http://{address} (ready in {milliseconds} ms)\nstore {store}\n{}",
                    enforced(security)
                );
                if let Some(address) = self.admin_address {
                    text.push_str(&format!("\nadministration http://{address}"));
                }
                output::line(&text);
            }
            Format::Json => output::json(&json!({
                "event": "ready",
                "address": address.to_string(),
                "adminAddress": self.admin_address.map(|address| address.to_string()),
                "store": store,
                "security": security.to_string(),
                "milliseconds": milliseconds,
            })),
        }
    }
}

/// What of the model's security holds, for people.
fn enforced(level: SecurityLevel) -> &'static str {
    match level {
        SecurityLevel::Off => "security OFF: whoever reaches this node may call everything",
        SecurityLevel::Prototype => "security prototype: rights on microflows hold, rights on entities do not",
        SecurityLevel::Production => "security production: rights on microflows and entities hold",
    }
}

/// A URL as it may be printed.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_printed() {
        assert_eq!(without_password("postgres://shop:s@cret@db/shop"), "postgres://shop@db/shop");
        assert_eq!(without_password("sqlite:data/a.sqlite"), "sqlite:data/a.sqlite");
    }
}
