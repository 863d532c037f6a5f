//! From the start of a node's process until `/ready` says yes, and its memory at rest.

use std::{thread, time::Duration};

use anyhow::{Context, ensure};
use brooklet_test_support::{Node, root};

use crate::{
    figures::{Bar, Effort, Figure, timed},
    processes::{brooklet, resident_megabytes},
};

/// Starts are slow enough to need fewer rounds than anything else.
const ROUNDS: usize = 7;

/// How long a node is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(1);

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let (mut fresh, mut existing, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds.min(ROUNDS) {
        let folder = tempfile::tempdir()?;
        // Neither a database nor compiled code is there; the second time, both are.
        for times in [&mut fresh, &mut existing] {
            let (node, time) = timed(|| start(folder.path()));
            let node = node?;
            times.push(time);
            thread::sleep(REST);
            memory.push(resident_megabytes(node.process())?);
        }
    }
    Ok(vec![
        Figure::median("start to ready, new database", "ms", &fresh).with_bar(Bar::AtMost(300.0)),
        Figure::median("start to ready, existing database", "ms", &existing).with_bar(Bar::AtMost(300.0)),
        Figure::median("memory at rest", "MB", &memory).with_bar(Bar::AtMost(80.0)),
    ])
}

/// A node on the example, with a database and a cache in the folder, that has said that it is ready.
fn start(folder: &std::path::Path) -> anyhow::Result<Node> {
    let model = root().join("examples/shop");
    let model = model.to_str().context("the project's path is text")?;
    let arguments = [model, "--store", "sqlite:shop.sqlite", "--cache", "cache"];
    let node = Node::start(brooklet()?, arguments, |command| {
        command.current_dir(folder);
    })?;
    let answer = node.get("/ready");
    ensure!(answer.status == 200, "/ready answers {} {}", answer.status, answer.body);
    Ok(node)
}
