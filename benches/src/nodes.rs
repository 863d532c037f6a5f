//! Requests of sessions on one, two and three nodes, and behind the front of `brooklet cluster`.
//!
//! Three node processes share a PostgreSQL and a Redis. Callers, each with a session of its own, send every request to the
//! next node in turn: no node ever sees two requests of a session in a row. One, two or three of the nodes take part; the
//! others are idle. Then the same callers call the front, which does the turns for them.
//!
//! On one machine all of it shares the same cores, so that more nodes cannot be faster; what the rate tells is whether spreading
//! costs anything. What one would gain on machines of their own follows from the processor time for a request: that of the nodes
//! divides by their number, that of Redis does not.

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use brooklet_test_support::Cluster;

use crate::{
    figures::{Effort, Figure, spread},
    load::{Caller, request, together},
    processes::{brooklet, processor_time},
    sessions::{MODEL, Stores},
};

const CALLERS: usize = 16;
const NODES: usize = 3;

/// How many objects each session has.
const OBJECTS: usize = 10;

/// One in so many requests changes an object of its session; the others read one.
const CHANGES_EVERY: u64 = 4;

/// Before anything is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// The header that gives a visitor its session.
const COOKIE: &str = "set-cookie: brooklet_session=";

/// A session, and how often it was changed.
#[derive(Clone)]
struct Session {
    token: String,
    changes: u64,
}

/// Whom the callers call.
struct Target {
    name: &'static str,
    servers: Vec<SocketAddr>,
    /// Requests per second, round by round.
    rates: Vec<f64>,
    /// Microseconds of processor time for each request, round by round: of the nodes, of Redis, of the front.
    costs: Vec<[f64; 3]>,
}

/// The processes whose time is counted.
struct Processes {
    nodes: Vec<u32>,
    redis: u32,
    front: u32,
}

pub(crate) fn measure(effort: Effort) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stores = Stores::start()?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("bench.mdl"), MODEL)?;
    let (store, state) = stores.shared();
    let arguments = ["bench.mdl", "--store", &store, "--state", &state];
    let cluster = Cluster::start(brooklet()?, NODES, arguments, |command| {
        command.current_dir(folder.path());
    })?;
    let nodes = cluster.nodes().iter().map(|node| Ok(node.client().address().parse()?));
    let nodes: Vec<SocketAddr> = nodes.collect::<anyhow::Result<_>>()?;
    let mut targets: Vec<_> = ["one node", "two nodes", "three nodes"]
        .into_iter()
        .zip(1..)
        .map(|(name, count)| Target::new(name, &nodes[..count]))
        .collect();
    targets.push(Target::new("the front", &[cluster.front().address().parse()?]));
    let processes = Processes {
        nodes: cluster.nodes().iter().map(|node| node.process()).collect(),
        redis: stores.redis_process()?,
        front: cluster.process(),
    };
    let mut sessions = runtime.block_on(open_all(&nodes))?;
    for target in &targets {
        runtime.block_on(load(&target.servers, &mut sessions, WARM_UP))?;
    }
    let count = targets.len();
    for round in 0..effort.rounds {
        for step in 0..count {
            // Whoever is first may find the machine in another state.
            let target = &mut targets[(round + step) % count];
            let before = processes.times()?;
            let (answers, seconds) = runtime.block_on(load(&target.servers, &mut sessions, effort.round_time))?;
            let after = processes.times()?;
            target.rates.push(answers as f64 / seconds);
            target.costs.push([0, 1, 2].map(|which| (after[which] - before[which]) * 1e6 / answers as f64));
        }
    }
    Ok(figures(&targets))
}

fn figures(targets: &[Target]) -> Vec<Figure> {
    let (one, three) = (&targets[0], &targets[2]);
    let mut figures = vec![Figure::median("requests of sessions, one node", "/s", &one.rates).with_detail(one.cost())];
    for target in &targets[1..3] {
        let what = format!("requests per second, {} to one", target.name);
        figures.push(Figure::median(what, "×", &ratios(&target.rates, &one.rates)).with_detail(target.detail()));
    }
    let of_nodes = |target: &Target| target.costs.iter().map(|costs| costs[0]).collect::<Vec<_>>();
    let costs = ratios(&of_nodes(three), &of_nodes(one));
    figures.push(Figure::median("processor time of a request, three nodes to one", "×", &costs));
    let front = &targets[3];
    let what = "requests per second, the front to three nodes";
    figures.push(Figure::median(what, "×", &ratios(&front.rates, &three.rates)).with_detail(front.detail()));
    figures
}

fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}

impl Target {
    fn new(name: &'static str, servers: &[SocketAddr]) -> Self {
        Self { name, servers: servers.to_vec(), rates: Vec::new(), costs: Vec::new() }
    }

    fn detail(&self) -> String {
        format!("{:.0} requests a second; {}", spread(&self.rates).0, self.cost())
    }

    fn cost(&self) -> String {
        let of = |which: usize| spread(&self.costs.iter().map(|costs| costs[which]).collect::<Vec<_>>()).0;
        let front = if self.name == "the front" { format!(", front {:.0}", of(2)) } else { String::new() };
        format!("processor time for a request: nodes {:.0}, Redis {:.0}{front} µs", of(0), of(1))
    }
}

impl Processes {
    /// The processor time so far, in seconds: of the nodes, of Redis, of the front.
    fn times(&self) -> anyhow::Result<[f64; 3]> {
        let nodes = self.nodes.iter().map(|node| processor_time(*node)).sum::<anyhow::Result<f64>>()?;
        Ok([nodes, processor_time(self.redis)?, processor_time(self.front)?])
    }
}

/// A session for each caller.
async fn open_all(nodes: &[SocketAddr]) -> anyhow::Result<Vec<Session>> {
    let mut sessions = Vec::with_capacity(CALLERS);
    let arguments = format!(r#"{{"Objects": {OBJECTS}}}"#);
    for _ in 0..CALLERS {
        let mut caller = Caller::connect(nodes).await?;
        let answer = caller.call(&request("Bench.Fill", &arguments, ""), answer(OBJECTS as u64).as_bytes()).await?;
        let answer = std::str::from_utf8(answer)?;
        let token = answer.lines().find_map(|line| line.strip_prefix(COOKIE)?.split(';').next());
        let token = token.with_context(|| format!("no session is granted: {answer}"))?.to_owned();
        sessions.push(Session { token, changes: 0 });
    }
    Ok(sessions)
}

/// Calls in all sessions for a while; answers how many answers came, and in how many seconds.
async fn load(servers: &[SocketAddr], sessions: &mut [Session], time: Duration) -> anyhow::Result<(u64, f64)> {
    let mut callers = Vec::with_capacity(sessions.len());
    for session in sessions.iter() {
        callers.push((Caller::connect(servers).await?, session.clone()));
    }
    let end = Instant::now() + time;
    let (answers, seconds) =
        together(callers.into_iter().map(|(caller, session)| call_until(caller, session, end)).collect()).await?;
    // Each session is as often changed as its caller says, and the next round begins there.
    let total = answers.iter().map(|(answers, _)| answers).sum();
    ensure!(answers.len() == sessions.len(), "a session is missing");
    for (session, (_, after)) in sessions.iter_mut().zip(answers) {
        *session = after;
    }
    Ok((total, seconds))
}

/// One call after the other in one session. An answer that does not know of the change before it is an error.
async fn call_until(mut caller: Caller, mut session: Session, end: Instant) -> anyhow::Result<(u64, Session)> {
    let headers = format!("authorization: Bearer {}\r\n", session.token);
    let [read, change] = ["Bench.Read", "Bench.Change"].map(|microflow| request(microflow, "{}", &headers));
    let mut answers = 0;
    while Instant::now() < end {
        let changes = answers % CHANGES_EVERY == 0;
        session.changes += u64::from(changes);
        caller.call(if changes { &change } else { &read }, answer(session.changes).as_bytes()).await?;
        answers += 1;
    }
    Ok((answers, session))
}

/// The body of an answer.
fn answer(result: u64) -> String {
    format!(r#"{{"result":{result},"effects":[]}}"#)
}
