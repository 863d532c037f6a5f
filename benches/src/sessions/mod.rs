//! What a session costs: requests whose session has no objects, ten, a hundred, a thousand, on each state store.
//!
//! A request reads one object of its session, or changes one. The microflow does the same however many other objects there
//! are, so that what grows with them is the session's doing alone. A session without objects is what all are compared with:
//! the same microflow runs in it, finds nothing, and has nothing to change.
//!
//! One caller calls [`Node::run`](brooklet_runtime::Node::run) in this process, one call after the other, on one node. The
//! servers of the stores are real, and on the same machine.

mod node;
mod stores;

use std::time::{Duration, Instant};

use anyhow::ensure;

pub(crate) use node::MODEL;
pub(crate) use stores::Stores;

use crate::{
    figures::{Bar, Effort, Figure, spread},
    monitor::Monitor,
};
use node::BenchNode;

/// How many objects the sessions have.
const SIZES: [usize; 4] = [0, 10, 100, 1000];

/// Calls of each kind whose round trips are counted.
const COUNTED: u64 = 100;

/// What a request does with its session's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Change,
}

/// The durations of one kind of request in one session, in microseconds.
#[derive(Default)]
struct Cell {
    all: Vec<f64>,
    /// The median of each round.
    medians: Vec<f64>,
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stores = Stores::start()?;
    let mut figures = Vec::new();
    for (name, options) in stores.nodes() {
        let node = runtime.block_on(BenchNode::start(options))?;
        // On a worker's thread, where servers handle their requests.
        let measured = runtime.block_on(async { tokio::spawn(measure_store(name, node, effort)).await })??;
        figures.extend(measured);
    }
    let node = runtime.block_on(BenchNode::start(stores.on_redis()))?;
    figures.extend(runtime.block_on(round_trips(&node, stores.redis_address()))?);
    runtime.block_on(node.close());
    Ok(figures)
}

async fn measure_store(name: &'static str, node: BenchNode, effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let mut sessions = Vec::new();
    for objects in SIZES {
        sessions.push(node.session(objects).await?);
    }
    let kinds = [Kind::Read, Kind::Change];
    let mut cells: Vec<[Cell; 2]> = SIZES.iter().map(|_| Default::default()).collect();
    let time = effort.round_time / (SIZES.len() * kinds.len()) as u32;
    for round in 0..effort.rounds {
        for step in 0..SIZES.len() {
            // Whoever is first may find the machine in another state.
            let index = (round + step) % SIZES.len();
            for (cell, kind) in cells[index].iter_mut().zip(kinds) {
                cell.add(repeat(&node, &mut sessions[index], kind, time).await?);
            }
        }
    }
    node.close().await;
    let mut figures = Vec::new();
    for (column, kind) in kinds.into_iter().enumerate() {
        let of = |index: usize| &cells[index][column];
        let what = match kind {
            Kind::Read => "reads one",
            Kind::Change => "changes one",
        };
        for (index, objects) in SIZES.into_iter().enumerate() {
            let detail = format!("{}; {} bytes", of(index), sessions[index].bytes);
            let figure = if objects == 0 {
                Figure::median(format!("{name}: {what} of 0 objects"), "µs", &of(0).medians)
            } else {
                let ratios: Vec<_> =
                    of(index).medians.iter().zip(&of(0).medians).map(|(many, none)| many / none).collect();
                Figure::median(format!("{name}: {what} of {objects}, to 0"), "×", &ratios)
            };
            figures.push(figure.with_detail(detail));
        }
    }
    Ok(figures)
}

/// Calls for a while; answers how long each call took, in microseconds.
async fn repeat(node: &BenchNode, session: &mut node::Session, kind: Kind, time: Duration) -> anyhow::Result<Vec<f64>> {
    let mut durations = Vec::new();
    let end = Instant::now() + time;
    loop {
        let began = Instant::now();
        if !durations.is_empty() && began >= end {
            return Ok(durations);
        }
        match kind {
            Kind::Read => node.read(session).await?,
            Kind::Change => node.change(session).await?,
        }
        durations.push(began.elapsed().as_secs_f64() * 1e6);
    }
}

/// What a request costs at Redis, counted there.
async fn round_trips(node: &BenchNode, redis: std::net::SocketAddr) -> anyhow::Result<Vec<Figure>> {
    let mut session = node.session(10).await?;
    // The first of each kind tells the server the scripts that it does not know yet.
    node.change(&mut session).await?;
    let mut monitor = Monitor::start(redis).await?;
    let mut figures = Vec::new();
    for what in ["has no session", "only reads", "changes objects", "changes objects and the database"] {
        for _ in 0..COUNTED {
            match what {
                "has no session" => node.visit().await?,
                "only reads" => node.read(&mut session).await?,
                "changes objects" => node.change(&mut session).await?,
                _ => node.change_both(&mut session).await?,
            }
        }
        let seen = monitor.seen().await?;
        ensure!(what == "has no session" || !seen.is_empty(), "no request reached Redis");
        let each = seen.len() as f64 / COUNTED as f64;
        let figure = Figure::exact(format!("round trips to Redis, {what}"), "", each).with_bar(Bar::AtMost(2.0));
        figures.push(figure.with_detail(Monitor::summary(&seen)));
    }
    Ok(figures)
}

impl Cell {
    fn add(&mut self, durations: Vec<f64>) {
        self.medians.push(spread(&durations).0);
        self.all.extend(durations);
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.all.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len() - 1));
        let (p50, p99) = (at(0.5).copied().unwrap_or(f64::NAN), at(0.99).copied().unwrap_or(f64::NAN));
        write!(f, "p50 {p50:.0}, p99 {p99:.0} µs of {} calls", sorted.len())
    }
}
