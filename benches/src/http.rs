//! An empty microflow over HTTP, against a bare axum handler that answers the same JSON.
//!
//! Each side is a process of its own with two worker threads, and stays alive while the other is measured, idle. The load
//! comes from a third process with one thread and 32 connections that are kept alive; it writes a request as soon as the
//! answer to the one before is complete, and does nothing else, so that on a machine with two cores most of the time is left to
//! the servers. What it takes is the same for both sides, and brings the ratio of requests per second nearer to one; the
//! processor time that each server used for a request is therefore reported too, and has nothing of it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use axum::{Json, Router, routing::post, serve::ListenerExt};
use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{Node, NodeOptions};
use clap::ValueEnum;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    figures::{Bar, Effort, Figure, spread},
    load::{Caller, request, together},
    processes::Process,
};

const CONNECTIONS: usize = 32;
const SERVER_THREADS: usize = 2;

const MODEL: &str = "mdl 1; create module Bench; create microflow Bench.Nothing () begin end;";
const MICROFLOW: &str = "Bench.Nothing";
const BODY: &str = r#"{"result":null,"effects":[]}"#;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Brooklet,
    Axum,
}

/// Serves one side until the process is killed; the address goes to standard output.
pub(crate) fn serve(side: Side) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(SERVER_THREADS).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        match side {
            Side::Axum => {
                let answer = || async { Json(json!({ "result": Value::Null, "effects": [] })) };
                let router = Router::new().route("/api/microflows/{name}", post(answer));
                // As the node does.
                let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap_or_default());
                axum::serve(listener, router).await?;
            }
            Side::Brooklet => {
                let sources = [Source { name: "bench.mdl".to_owned(), text: MODEL.to_owned() }];
                let component = compile(&sources, &Options::default()).component.context("the model has faults")?;
                let node = Node::start(NodeOptions::default()).await?;
                node.activate(component.into(), None).await?;
                brooklet_runtime::http::serve(Arc::new(node), listener, std::future::pending()).await?;
            }
        }
        Ok(())
    })
}

/// A server, and what was measured of it.
struct Server {
    process: Process,
    address: SocketAddr,
    /// Requests per second, round by round.
    rates: Vec<f64>,
    /// Microseconds of processor time for each request, round by round.
    costs: Vec<f64>,
}

impl Server {
    fn start(side: Side) -> anyhow::Result<Self> {
        let name = side.to_possible_value().context("no side is hidden")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--side", name.get_name()]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let output = process.child().stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("the server of {name:?} does not start"))?;
        Ok(Self { process, address, rates: Vec::new(), costs: Vec::new() })
    }

    fn measure(&mut self, runtime: &tokio::runtime::Runtime, effort: Effort) -> anyhow::Result<()> {
        let before = self.process.processor_time()?;
        let (requests, seconds) = runtime.block_on(load(self.address, effort))?;
        let used = self.process.processor_time()? - before;
        self.rates.push(requests as f64 / seconds);
        self.costs.push(used * 1e6 / requests as f64);
        Ok(())
    }
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut axum = Server::start(Side::Axum)?;
    let mut brooklet = Server::start(Side::Brooklet)?;
    for server in [&mut axum, &mut brooklet] {
        server.measure(&runtime, Effort::QUICK)?;
        (server.rates, server.costs) = (Vec::new(), Vec::new());
    }
    for round in 0..effort.rounds {
        // Whoever is first may find the machine in another state.
        let (first, second) = if round % 2 == 0 { (&mut axum, &mut brooklet) } else { (&mut brooklet, &mut axum) };
        first.measure(&runtime, effort)?;
        second.measure(&runtime, effort)?;
    }
    let ratios = |ours: &[f64], theirs: &[f64]| -> Vec<f64> {
        ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
    };
    let rate = format!("{:.0} and {:.0} requests a second", spread(&brooklet.rates).0, spread(&axum.rates).0);
    let cost = format!("{:.1} and {:.1} µs a request", spread(&brooklet.costs).0, spread(&axum.costs).0);
    Ok(vec![
        Figure::median("HTTP requests per second, to bare axum", "×", &ratios(&brooklet.rates, &axum.rates))
            .with_bar(Bar::AtLeast(0.7))
            .with_detail(rate),
        Figure::median("processor time of the server, to bare axum", "×", &ratios(&brooklet.costs, &axum.costs))
            .with_detail(cost),
    ])
}

/// Calls from all connections for a while; answers how many answers came, and in how many seconds.
async fn load(address: SocketAddr, effort: Effort) -> anyhow::Result<(u64, f64)> {
    let mut callers = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        callers.push(Caller::connect(&[address]).await?);
    }
    let end = Instant::now() + effort.round_time;
    let (answers, seconds) = together(callers.into_iter().map(|caller| call_until(caller, end)).collect()).await?;
    Ok((answers.into_iter().sum(), seconds))
}

/// One call after the other. Both sides answer the same body, or the comparison is worth nothing.
async fn call_until(mut caller: Caller, end: Instant) -> anyhow::Result<u64> {
    let request = request(MICROFLOW, "{}", "");
    let mut answers = 0;
    while Instant::now() < end {
        caller.call(&request, BODY.as_bytes()).await?;
        answers += 1;
    }
    Ok(answers)
}
