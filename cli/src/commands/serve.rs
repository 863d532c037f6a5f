//! `brooklet serve`: a node.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use brooklet_runtime::{Node, NodeOptions, http, version::is_callable};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    compiling,
    failure::Exit,
    output::{self, Format},
    runtime,
    watch::Watcher,
};

/// Serves a model over HTTP. A saved change of its sources is live in the next request.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet serve model/
  brooklet serve app.wasm --listen 0.0.0.0:80 --store postgres://shop:secret@db/shop

  curl -X POST http://127.0.0.1:8080/api/microflows/Shop.Greet -H 'content-type: application/json' -d '{\"name\": \"Ada\"}'")]
pub(crate) struct Serve {
    /// Files, folders of .mdl files, or one component.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The database: sqlite:FILE, sqlite::memory: or postgres://…. Without it, a file in the folder data.
    #[arg(long, value_name = "URL", env = "BROOKLET_STORE")]
    store: Option<String>,
    /// The folder for compiled code, which makes the next start quick.
    #[arg(long, value_name = "FOLDER", default_value = ".brooklet/cache")]
    cache: PathBuf,
}

impl Serve {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let began = Instant::now();
        let store = self.store.clone().unwrap_or_else(|| default_store(&self.paths[0]));
        // Whatever changes while the first version is compiled is compiled again.
        let watcher = Watcher::start(&self.paths)?;
        let Some(model) = compiling::model(&self.paths, format)? else { return Ok(Exit::Faulty) };
        runtime::block_on(async {
            let options = NodeOptions { store: store.clone(), cache: Some(self.cache), ..NodeOptions::default() };
            let node = Arc::new(Node::start(options).await?);
            let microflows = model.manifest.microflows.iter().filter(|one| is_callable(one.kind)).count();
            node.activate(model.component, Some(model.manifest)).await.context("the model does not start")?;
            let listener =
                TcpListener::bind(&self.listen).await.with_context(|| format!("cannot listen on {}", self.listen))?;
            let address = listener.local_addr()?;
            let milliseconds = began.elapsed().as_millis();
            match format {
                Format::Text => output::line(&format!(
                    "serving {microflows} microflows on http://{address} (ready in {milliseconds} ms)\nstore {}",
                    without_password(&store)
                )),
                Format::Json => output::json(&json!({
                    "event": "ready",
                    "address": address.to_string(),
                    "store": without_password(&store),
                    "milliseconds": milliseconds,
                })),
            }
            let watching =
                watcher.map(|watcher| tokio::spawn(watcher.follow(node.clone(), self.paths.clone(), format)));
            http::serve(node.clone(), listener, stop_signal()).await?;
            if let Some(watching) = watching {
                watching.abort();
            }
            node.close().await;
            Ok(Exit::Clean)
        })
    }
}

/// `sqlite:data/<name>.sqlite` under the current folder; the name is that of the model's folder or file.
fn default_store(path: &Path) -> String {
    let name = path.canonicalize().ok().and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    format!("sqlite:data/{}.sqlite", name.unwrap_or_else(|| "model".to_owned()))
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

/// Done when the process is asked to stop: by ctrl-c, or by SIGTERM from whatever manages it.
async fn stop_signal() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    () = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
    tracing::info!("stopping");
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
