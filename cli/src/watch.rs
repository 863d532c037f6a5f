//! Follows the sources of a node: a saved change becomes the active version, a broken one is reported.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use brooklet_runtime::{
    cluster::Member,
    versions::{Control, Phase},
};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    compiling,
    input::has_extension,
    output::{self, Format},
};

/// Editors write a file in several steps; what they do within this time is one change.
const SETTLING_TIME: Duration = Duration::from_millis(10);

/// Hears of changes of sources.
pub(crate) struct Watcher {
    /// Ends the watching when it is dropped.
    _watcher: RecommendedWatcher,
    changes: mpsc::Receiver<()>,
}

impl Watcher {
    /// Watches the sources among the paths; none when there are none, because a component does not change.
    pub(crate) fn start(paths: &[PathBuf]) -> anyhow::Result<Option<Self>> {
        if paths.iter().any(|path| has_extension(path, "wasm")) {
            return Ok(None);
        }
        // One pending change is enough: it makes everything be read again.
        let (sender, changes) = mpsc::channel(1);
        let on_event = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(&event)) {
                let _ = sender.try_send(());
            }
        };
        let mut watcher = notify::recommended_watcher(on_event)?;
        for path in paths.iter().filter(|path| path.exists()) {
            // A file is watched through its folder: editors replace files rather than write to them.
            let (folder, mode) = if path.is_dir() {
                (path.as_path(), RecursiveMode::Recursive)
            } else {
                (folder_of(path), RecursiveMode::NonRecursive)
            };
            watcher.watch(folder, mode)?;
        }
        Ok(Some(Self { _watcher: watcher, changes }))
    }

    /// Compiles and activates after each change, for ever.
    pub(crate) async fn follow(mut self, member: Member, paths: Vec<PathBuf>, format: Format) {
        while self.changes.recv().await.is_some() {
            tokio::time::sleep(SETTLING_TIME).await;
            // What arrived meanwhile is read now.
            while self.changes.try_recv().is_ok() {}
            let began = Instant::now();
            let sources = paths.clone();
            let compiled = tokio::task::spawn_blocking(move || compiling::model(&sources, format)).await;
            let outcome = match compiled {
                Ok(Ok(Some(model))) if is_active(&member, &model.component) => continue,
                Ok(Ok(Some(model))) => bring(&member, model.component).await,
                Ok(Ok(None)) => Err("the model has errors".to_owned()),
                Ok(Err(error)) => Err(format!("{error:#}")),
                Err(panic) => Err(panic.to_string()),
            };
            report(outcome, began, format);
        }
    }
}

/// Makes a component the active version.
async fn bring(member: &Member, component: Arc<[u8]>) -> Result<(), String> {
    match Control::new(member.clone()).bring(component).await.map_err(|error| error.to_string())? {
        Phase::TakenBack(why) => Err(why),
        _ => Ok(()),
    }
}

/// Whether a component is the one that serves: a file was saved without a change.
fn is_active(member: &Member, component: &[u8]) -> bool {
    let hash = brooklet_runtime::version::component_hash(component);
    member.node().version().is_some_and(|version| version.hash() == hash)
}

fn report(outcome: Result<(), String>, began: Instant, format: Format) {
    let milliseconds = began.elapsed().as_millis();
    match (outcome, format) {
        (Ok(()), Format::Text) => output::line(&format!("changed: live after {milliseconds} ms")),
        (Ok(()), Format::Json) => output::json(&json!({ "event": "activated", "milliseconds": milliseconds })),
        (Err(error), Format::Text) => output::line(&format!("{error}; the model before the change goes on serving")),
        (Err(error), Format::Json) => output::json(&json!({ "event": "rejected", "error": error })),
    }
}

fn is_change(event: &Event) -> bool {
    !matches!(event.kind, EventKind::Access(_))
        && event.paths.iter().any(|path| path.is_dir() || has_extension(path, "mdl"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
