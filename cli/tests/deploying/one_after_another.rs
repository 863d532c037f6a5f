//! A hundred deployments in a row under load: no call fails, no answer mixes versions, no session goes back, nothing that was
//! written is lost, on every node at once.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use brooklet_test_support::{Random, Signal};
use serde_json::json;

use super::world::{Session, World, version};

const NODES: usize = 3;
const CLIENTS: usize = 8;
/// How many deployments, unless `BROOKLET_DEPLOYMENTS` says otherwise.
const DEPLOYMENTS: u32 = 100;
/// What ends the load, whatever happens.
const TIME: Duration = Duration::from_secs(600);

fn deployments(usual: u32) -> u32 {
    std::env::var("BROOKLET_DEPLOYMENTS").ok().and_then(|said| said.parse().ok()).unwrap_or(usual)
}

/// The seed of the schedule: `BROOKLET_SEED`, or another one each time.
fn seed() -> u64 {
    let said = std::env::var("BROOKLET_SEED").ok().and_then(|said| said.parse().ok());
    said.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
        u64::from(now.subsec_nanos())
    })
}

/// What a client has seen.
#[derive(Default)]
struct Seen {
    calls: u64,
    /// Entries that were stored, as far as answers say.
    stored: u64,
    /// The greatest version.
    version: u32,
    /// Counts of the session's counter.
    count: i64,
    /// Calls that were lost with a node that was killed.
    lost: u64,
}

/// One client's life: it asks which version it is, writes, and counts, until it is told to stop.
fn work(session: &Session, client: usize, stop: &AtomicBool, calls: &AtomicU64, is_harsh: bool) -> Seen {
    let mut seen = Seen::default();
    let began = Instant::now();
    let mut in_doubt = false;
    while !stop.load(Relaxed) && began.elapsed() < TIME {
        let number = seen.calls;
        let (microflow, arguments) = match number % 3 {
            0 => ("Proof.Which", json!({})),
            1 => ("Proof.Add", json!({"Client": client, "Number": number})),
            _ => ("Proof.Count", json!({})),
        };
        seen.calls += 1;
        let reply = session.call(microflow, &arguments);
        let reply = match reply {
            Ok(reply) if reply.status().is_success() => reply,
            // A node that is killed takes the calls with it that it was answering; the front says so.
            Ok(reply) if is_harsh && reply.status() == 502 => {
                seen.lost += 1;
                in_doubt |= microflow == "Proof.Count";
                continue;
            }
            Ok(reply) => panic!("client {client}, call {number}: {} {}", reply.status(), reply.body()),
            Err(error) => panic!("client {client}, call {number}: {error}"),
        };
        calls.fetch_add(1, Relaxed);
        let answer: serde_json::Value = serde_json::from_str(reply.body()).expect("JSON");
        let result = &answer["result"];
        let version = match microflow {
            "Proof.Which" => {
                let text = result.as_str().expect("a text");
                let (one, other) = text.split_once(' ').expect("two numbers");
                assert_eq!(one, other, "an answer that mixes versions");
                one.parse().expect("a number")
            }
            "Proof.Add" => {
                seen.stored += 1;
                u32::try_from(result.as_u64().expect("a number")).expect("a version")
            }
            _ => {
                let count = result.as_i64().expect("a number");
                let is_next = count == seen.count + 1 || (in_doubt && count == seen.count + 2);
                assert!(is_next, "client {client}: the session's counter went from {} to {count}", seen.count);
                seen.count = count;
                in_doubt = false;
                continue;
            }
        };
        assert!(version >= seen.version, "client {client}: the session went back from {} to {version}", seen.version);
        seen.version = version;
    }
    seen
}

/// Puts load on a cluster while something happens to it, and judges.
fn under_load(world: &mut World, is_harsh: bool, event: impl FnOnce(&mut World, &AtomicU64)) -> (f64, u64) {
    let sessions: Vec<_> = (0..CLIENTS).map(|_| world.session()).collect();
    let (stop, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let seen: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = sessions
            .iter()
            .enumerate()
            .map(|(client, session)| {
                let (stop, calls) = (&stop, &calls);
                scope.spawn(move || work(session, client, stop, calls, is_harsh))
            })
            .collect();
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, Relaxed);
            }
        }
        let at_last = Stop(&stop);
        event(world, &calls);
        drop(at_last);
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    });
    let rate = calls.load(Relaxed) as f64 / began.elapsed().as_secs_f64();
    let stored: u64 = world.rows("SELECT count(*) FROM \"proof$entry\"")[0].parse().expect("a number");
    let (answered, lost) = (seen.iter().map(|one| one.stored).sum(), seen.iter().map(|one| one.lost).sum());
    assert!(stored >= answered && stored <= answered + lost, "{stored} entries are stored, {answered} were answered");
    (rate, lost)
}

#[test]
fn a_hundred_deployments_in_a_row_and_nobody_notices() {
    let mut world = World::start(NODES, &version(1));
    let count = deployments(DEPLOYMENTS);
    let began = Instant::now();
    let (rate, _) = under_load(&mut world, false, |world, _| {
        for number in 2..count + 2 {
            let printed = world.deploy(&format!("v{number}"), &version(number), &[]);
            assert_eq!(printed.last().expect("a line")["event"], "done");
            // Every node serves it when the command ends.
            for node in world.cluster.nodes() {
                let said = world.session_at(node.client().clone()).result("Proof.One", &json!({}));
                assert_eq!(said, json!(number), "{} after the deployment", node.name);
            }
        }
    });
    let took = began.elapsed();
    eprintln!("{count} deployments in {took:?} under {rate:.0} calls per second, none failed");
    assert!(rate > 100.0, "there was no load: {rate:.0} calls per second");
}

#[test]
fn nodes_die_while_versions_change() {
    const ROUNDS: u32 = 8;
    let seed = seed();
    let mut random = Random::new(seed);
    eprintln!("to repeat: BROOKLET_SEED={seed}");
    let mut world = World::start(NODES, &version(1));
    let number = AtomicU32::new(1);
    let (rate, lost) = under_load(&mut world, true, |world, _| {
        for _ in 0..deployments(ROUNDS) {
            let next = number.fetch_add(1, Relaxed) + 1;
            let victim = random.below(NODES);
            let after = Duration::from_millis(random.below(400) as u64);
            let path = world.model(&format!("v{next}"), &version(next));
            let path = path.to_str().expect("a path").to_owned();
            // The node that is asked is never the one that dies: whoever asked would have to ask again.
            let asked = world.cluster.nodes()[(victim + 1) % NODES].client().url().to_owned();
            thread::scope(|scope| {
                let world = &*world;
                let deploying = scope.spawn(move || world.brooklet_at(&asked, &["deploy", &path]));
                thread::sleep(after);
                world.cluster.signal(victim, Signal::Kill);
                let output = deploying.join().expect("the command");
                assert!(output.status.success(), "version {next}: {}", super::world::shown(&output));
            });
            world.cluster.wait_until_ended(victim);
            world.cluster.restart(victim);
            world.cluster.wait_until_ready(victim);
            for node in world.cluster.nodes() {
                let said = world.session_at(node.client().clone()).result("Proof.One", &json!({}));
                assert_eq!(said, json!(next), "{} after the deployment", node.name);
            }
        }
    });
    eprintln!("{rate:.0} calls per second, {lost} lost with nodes that were killed");
    assert!(lost <= u64::from(deployments(ROUNDS)) * CLIENTS as u64, "more than were under way: {lost}");
}
