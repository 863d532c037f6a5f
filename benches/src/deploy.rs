//! A new version under load: what a deployment costs those who call meanwhile, how soon every node serves it, how soon one is back,
//! what a version weighs, and how soon a saved file is live.
//!
//! Three node processes share a PostgreSQL and a Redis, behind the front of `brooklet cluster`; a load of callers calls a microflow
//! that is the same in all versions. On one machine the compilation of a version on all three nodes takes time from the load: on
//! machines of their own each would do a third of it.

use std::{
    fmt::Write,
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use brooklet_test_support::{Client, Cluster, Node};
use serde_json::Value;

use crate::{
    figures::{Bar, Effort, Figure, spread, timed},
    load::{Caller, request, together},
    processes::{brooklet, resident_megabytes},
    sessions::Stores,
};

const NODES: usize = 3;
const CALLERS: usize = 8;
const MICROFLOWS: usize = 100;
const TOKEN: &str = "token-of-the-benchmark";

/// Deployments after which memory is looked at first, and at last.
const EARLY: u32 = 5;

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let stores = Stores::start()?;
    let folder = tempfile::tempdir()?;
    let mut bench = Bench::start(&stores, folder.path())?;
    let mut figures = bench.swaps(effort)?;
    figures.extend(bench.memory(effort)?);
    drop(bench);
    figures.push(saved_file(effort, folder.path())?);
    Ok(figures)
}

struct Bench<'f> {
    cluster: Cluster,
    folder: &'f Path,
    /// The version that was deployed last.
    version: u32,
}

impl<'f> Bench<'f> {
    fn start(stores: &Stores, folder: &'f Path) -> anyhow::Result<Self> {
        write(folder, 1)?;
        let (store, state) = stores.shared();
        let arguments = ["model", "--store", &store, "--state", &state, "--admin-token", TOKEN];
        let cluster = Cluster::start(brooklet()?, NODES, arguments, |command| {
            command.current_dir(folder);
        })?;
        Ok(Self { cluster, folder, version: 1 })
    }

    /// Runs a command against the front; what it prints, line by line.
    fn brooklet(&self, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
        let mut command = Command::new(brooklet()?);
        command.args(arguments).args(["--to", self.cluster.front().url(), "--token", TOKEN, "--format", "json"]);
        let output = command.current_dir(self.folder).output()?;
        ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Deploys the next version; answers how long after the release each node served it, in milliseconds.
    fn deploy(&mut self, more: &[&str]) -> anyhow::Result<Vec<f64>> {
        self.version += 1;
        write(self.folder, self.version)?;
        let lines = self.brooklet(&[&["deploy", "model"], more].concat())?;
        let after = |line: &Value| line["afterMs"].as_f64();
        let is_release = |line: &&Value| line["text"] == "activated";
        let released = lines.iter().find(is_release).and_then(after).context("no release")?;
        let serves = lines.iter().filter(|line| line["text"].as_str().is_some_and(|text| text.starts_with("serves")));
        let serves: Vec<_> = serves.filter_map(after).map(|at| at - released).collect();
        ensure!(serves.len() >= NODES, "not every node serves: {lines:?}");
        Ok(serves)
    }

    /// Rounds of load, with and without a deployment in their midst.
    fn swaps(&mut self, effort: Effort) -> anyhow::Result<Vec<Figure>> {
        let front: SocketAddr = self.cluster.front().address().parse()?;
        let (mut quiet, mut busy, mut followed, mut back) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        load(front, effort.round_time, || Ok(()))?;
        for _ in 0..effort.rounds {
            quiet.push(load(front, effort.round_time, || Ok(()))?.0);
            let (rate, serves) = load(front, effort.round_time, || self.deploy(&[]))?;
            busy.push(rate);
            followed.extend(serves);
            let (rolled, took) = timed(|| self.brooklet(&["rollback"]));
            rolled?;
            back.push(took);
        }
        let ratios: Vec<_> = busy.iter().zip(&quiet).map(|(busy, quiet)| busy / quiet).collect();
        let (usual, with) = (spread(&quiet).0, spread(&busy).0);
        followed.sort_by(f64::total_cmp);
        let p99 = followed[(followed.len() * 99).div_ceil(100).clamp(1, followed.len()) - 1];
        let last = followed.last().copied().unwrap_or_default();
        Ok(vec![
            Figure::median("calls per second with a deployment, to without", "×", &ratios)
                .with_bar(Bar::AtLeast(0.9))
                .with_detail(format!("{with:.0} and {usual:.0} calls a second; a deployment in each second")),
            Figure::exact("from the release to a node that serves it, p99", "ms", p99)
                .with_bar(Bar::AtMost(100.0))
                .with_detail(format!("{} nodes and deployments, at most {last:.0} ms", followed.len())),
            Figure::median("a rollback, from the command to its end", "ms", &back).with_bar(Bar::AtMost(1_000.0)),
        ])
    }

    fn resident(&self) -> anyhow::Result<f64> {
        // What was let go is given back when the allocator gets to it.
        thread::sleep(Duration::from_millis(500));
        self.cluster.nodes().iter().map(|node| resident_megabytes(node.process())).sum()
    }

    /// The memory of the nodes, after a few deployments and after many; and with a second version beside the first.
    fn memory(&mut self, effort: Effort) -> anyhow::Result<Vec<Figure>> {
        let deployments = if effort.rounds >= Effort::FULL.rounds { 200 } else { 20 };
        for _ in 0..EARLY {
            self.deploy(&[])?;
        }
        let early = self.resident()?;
        for _ in EARLY..deployments {
            self.deploy(&[])?;
        }
        let late = self.resident()?;
        self.deploy(&["--pin-sessions", "1h"])?;
        let both = self.resident()?;
        let what = format!("memory after {deployments} deployments, to after {EARLY}");
        Ok(vec![
            Figure::exact(what, "×", late / early)
                .with_bar(Bar::AtMost(1.1))
                .with_detail(format!("{late:.1} and {early:.1} MB on {NODES} nodes")),
            Figure::exact("memory of a version that sessions stay on", "MB", (both - late).max(0.0) / NODES as f64)
                .with_detail(format!("{MICROFLOWS} microflows, for each node")),
        ])
    }
}

/// Calls for a while, and does something meanwhile; answers calls per second.
fn load<T>(front: SocketAddr, time: Duration, event: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    thread::scope(|scope| {
        let calling = scope.spawn(move || -> anyhow::Result<f64> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let end = Instant::now() + time;
                let (calls, seconds) = together((0..CALLERS).map(|_| call_until(front, end)).collect()).await?;
                Ok(calls.iter().sum::<u64>() as f64 / seconds)
            })
        });
        let done = event();
        let rate = calling.join().map_err(|_| anyhow::anyhow!("the load panicked"))??;
        Ok((rate, done?))
    })
}

async fn call_until(front: SocketAddr, end: Instant) -> anyhow::Result<u64> {
    let mut caller = Caller::connect(&[front]).await?;
    let request = request("Bench.Same", "{}", "");
    let mut calls = 0;
    while Instant::now() < end {
        caller.call(&request, br#"{"result":0,"effects":[]}"#).await?;
        calls += 1;
    }
    Ok(calls)
}

/// From a saved file to the first answer of the new version, on one node on SQLite.
fn saved_file(effort: Effort, folder: &Path) -> anyhow::Result<Figure> {
    write(folder, 1)?;
    let node = Node::start(brooklet()?, ["model", "--store", "sqlite:saved.sqlite", "--cache", "cache"], |command| {
        command.current_dir(folder);
    })?;
    let client = Client::new(&format!("http://{}", node.address()));
    let mut times = Vec::new();
    for version in 2..u32::try_from(effort.rounds)? + 2 {
        write(folder, version)?;
        let began = Instant::now();
        let expected = format!(r#"{{"result":{version},"effects":[]}}"#);
        while client.call("Bench.Version", "{}").body != expected {
            ensure!(began.elapsed() < Duration::from_secs(20), "version {version} is not live");
            thread::sleep(Duration::from_millis(1));
        }
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(Figure::median("from a saved file to its first answer", "ms", &times)
        .with_bar(Bar::AtMost(100.0))
        .with_detail(format!("{MICROFLOWS} microflows")))
}

/// A model of a hundred microflows, a few of which differ from version to version.
fn write(folder: &Path, version: u32) -> anyhow::Result<()> {
    let mut text = format!(
        "mdl 1;\ncreate module Bench;\n\
         create persistent entity Bench.Order ( Number: Integer, Total: Decimal );\n\
         create microflow Bench.Same () returns Integer begin return 0; end;\n\
         create microflow Bench.Version () returns Integer begin return {version}; end;\n"
    );
    for number in 2..MICROFLOWS {
        let factor = if number % 10 == 0 { version } else { 7 };
        write!(
            text,
            "create microflow Bench.F{number} ( Limit: Integer ) returns Decimal\n\
             begin\n  retrieve $Orders from Bench.Order where [Number < $Limit];\n  declare $Sum Decimal = 0;\n  \
             loop $Order in $Orders\n  begin\n    if $Order/Number mod {factor} = 0 then\n      \
             set $Sum = $Sum + $Order/Total * {number};\n    else\n      set $Sum = $Sum + 1;\n    end if;\n  \
             end loop;\n  return $Sum;\nend;\n"
        )?;
    }
    fs::create_dir_all(folder.join("model"))?;
    // Nobody reads half a file.
    fs::write(folder.join("model.part"), text)?;
    Ok(fs::rename(folder.join("model.part"), folder.join("model/bench.mdl"))?)
}
