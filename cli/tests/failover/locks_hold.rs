//! A microflow that must not run concurrently never does, whoever calls it where, and whatever becomes of who runs it (R58,
//! R62).

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use brooklet_test_support::Signal;
use serde_json::json;

use super::world::{Client, Desk, Lost, MANAGER, Reply, Store, load, wait_until};

const NODES: usize = 3;
const CALLERS_PER_NODE: usize = 50;

/// How long a lock outlives its holder's last sign of life here.
const LEASE: Duration = Duration::from_secs(2);

/// Processor time of a call here; a transaction may rest for a few seconds more.
const CPU_TIME: Duration = Duration::from_secs(4);

const SETTINGS: [(&str, &str); 3] = [("lock-lease", "2s"), ("lock-renewal", "500ms"), ("limit-cpu-time", "4s")];

/// Within this, whatever is to happen happens.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn callers_on_three_nodes_run_it_one_at_a_time_and_the_others_hear_the_message() {
    const ROUNDS: usize = 4;
    let desk = Desk::start(NODES, Store::Redis, &SETTINGS);
    let manager = Client::login(desk.url(0), MANAGER);
    let calls = load::at_once(NODES * CALLERS_PER_NODE, |caller| {
        let open = |round| {
            let subject = json!({"Subject": format!("{caller}-{round}")});
            manager.call(desk.url(caller % NODES), "Desk.ACT_Open", &subject)
        };
        (0..ROUNDS).map(open).collect::<Vec<_>>()
    });
    let mut numbers = Vec::new();
    let mut refused = 0;
    for reply in calls.into_iter().flatten() {
        let reply = reply.unwrap_or_else(|lost| panic!("{lost}"));
        if reply.status == 200 {
            numbers.push(reply.body["result"].as_i64().expect("a number"));
            continue;
        }
        assert_eq!((reply.status, reply.code()), (409, "concurrent-execution"), "{reply}");
        assert_eq!(reply.body["detail"], "Somebody else is opening a ticket. Try again.", "{reply}");
        refused += 1;
    }
    eprintln!("{} opened, {refused} refused", numbers.len());
    assert!(refused > 0, "nobody came second");
    without_gap_or_double(&mut numbers);
    assert_eq!(tickets(&desk), numbers);
}

#[test]
fn callers_on_three_nodes_run_it_one_at_a_time_and_for_the_others_another_microflow_answers() {
    let desk = Desk::start(NODES, Store::Redis, &SETTINGS);
    let manager = Client::login(desk.url(0), MANAGER);
    let rounds = rounds_for(&desk, &manager, Duration::from_millis(30));
    let first = last_number(&desk);
    let replies = load::at_once(NODES * CALLERS_PER_NODE, |caller| {
        manager.result(desk.url(caller % NODES), "Desk.ACT_Slow", &json!({"Rounds": rounds}))
    });
    let (busy, counted): (Vec<_>, Vec<_>) = replies.into_iter().partition(|result| *result == json!(-1));
    let mut numbers: Vec<_> = counted.iter().map(|number| number.as_i64().expect("a number") - first).collect();
    eprintln!("{} counted, {} came second", numbers.len(), busy.len());
    assert!(!busy.is_empty(), "nobody came second");
    without_gap_or_double(&mut numbers);
    assert_eq!(last_number(&desk), first + numbers.len() as i64);
}

/// The holder's time stands still for longer than its lease, but its transaction is still open: whoever takes over has the
/// lease, and waits for the row that the first one has changed. When the first one goes on, it learns that it has lost.
#[test]
fn a_holder_that_was_stopped_past_its_lease_cannot_write_when_it_goes_on() {
    let desk = Desk::start(NODES, Store::Redis, &SETTINGS);
    let manager = Client::login(desk.url(0), MANAGER);
    let rounds = rounds_for(&desk, &manager, CPU_TIME / 3);
    let before = last_number(&desk);
    let url = |node| desk.url(node);
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| slow(&manager, url(0), rounds));
        wait_until("the first one has the lease", PATIENCE, || holds(&desk, 0));
        wait_until("the first one has written", PATIENCE, || has_open_write(&desk));
        desk.signal(0, Signal::Stop);
        // Others are turned away until the lease is over.
        let stopped = Instant::now();
        let busy = slow(&manager, url(2), 1).expect("an answer");
        assert_eq!(busy.body["result"], json!(-1), "the lease is not over: {busy}");
        thread::sleep(LEASE + Duration::from_millis(500));
        let second = scope.spawn(|| slow(&manager, url(1), 1));
        wait_until("the second one has the lease", PATIENCE, || holds(&desk, 1));
        eprintln!("taken over {:?} after the stop", stopped.elapsed());
        desk.signal(0, Signal::Continue);
        (first.join().expect("a caller"), second.join().expect("a caller"))
    });
    let (first, second) = (first.expect("an answer"), second.expect("an answer"));
    eprintln!("the first: {first}; the second: {second}");
    assert_eq!((first.status, first.code()), (409, "lease-lost"), "{first}");
    assert_eq!(second.body["result"], json!(before + 1), "{second}");
    let third = slow(&manager, url(0), 1).expect("an answer");
    assert_eq!(third.body["result"], json!(before + 2), "{third}");
    assert_eq!(last_number(&desk), before + 2);
}

/// The holder does not come back for so long that the database gives up on it: whoever takes over does its work meanwhile.
#[test]
fn a_holder_that_stays_away_is_in_nobodys_way() {
    let desk = Desk::start(NODES, Store::Redis, &SETTINGS);
    let manager = Client::login(desk.url(0), MANAGER);
    let rounds = rounds_for(&desk, &manager, CPU_TIME / 3);
    let before = last_number(&desk);
    let first = thread::scope(|scope| {
        let first = scope.spawn(|| slow(&manager, desk.url(0), rounds));
        wait_until("the first one has written", PATIENCE, || has_open_write(&desk));
        desk.signal(0, Signal::Stop);
        let stopped = Instant::now();
        let mut seen = BTreeMap::new();
        wait_until("somebody else counts", PATIENCE, || {
            let reply = slow(&manager, desk.url(1), 1).expect("an answer");
            *seen.entry(reply.body["result"].to_string()).or_insert(0) += 1;
            reply.status == 200 && reply.body["result"] != json!(-1)
        });
        eprintln!("taken over {:?} after the stop: {seen:?}", stopped.elapsed());
        assert_eq!(last_number(&desk), before + 1, "{seen:?}");
        desk.signal(0, Signal::Continue);
        first.join().expect("a caller")
    });
    let first = first.expect("an answer");
    eprintln!("the first: {first}");
    assert_ne!(first.status, 200, "{first}");
    assert_eq!(last_number(&desk), before + 1);
    let third = slow(&manager, desk.url(0), 1).expect("an answer");
    assert_eq!(third.body["result"], json!(before + 2), "{third}");
}

/// The holder dies: its lease ends by itself, and what it did is gone.
#[test]
fn a_holder_that_is_killed_is_followed_within_its_lease() {
    let mut desk = Desk::start(NODES, Store::Redis, &SETTINGS);
    let manager = Client::login(desk.url(0), MANAGER);
    let rounds = rounds_for(&desk, &manager, CPU_TIME / 3);
    let before = last_number(&desk);
    let url = desk.url(0).to_owned();
    let lost = thread::scope(|scope| {
        let first = scope.spawn(|| slow(&manager, &url, rounds));
        wait_until("the first one has written", PATIENCE, || has_open_write(&desk));
        desk.end(&[0], Signal::Kill);
        first.join().expect("a caller")
    });
    lost.expect_err("an answer of a node that is dead");
    let mut next = json!(-1);
    let after = wait_until("somebody else counts", LEASE * 3, || {
        next = slow(&manager, desk.url(1), 1).expect("an answer").body["result"].clone();
        next != json!(-1)
    });
    eprintln!("followed {after:?} after the kill");
    assert_eq!(next, json!(before + 1));
}

fn slow(client: &Client, url: &str, rounds: u64) -> Result<Reply, Lost> {
    client.call(url, "Desk.ACT_Slow", &json!({"Rounds": rounds}))
}

/// How many rounds take about that long here.
fn rounds_for(desk: &Desk<'_>, client: &Client, time: Duration) -> u64 {
    let mut rounds = 100_000;
    loop {
        let reply = slow(client, desk.url(0), rounds).expect("an answer");
        assert!(reply.body["result"].is_i64(), "{reply}");
        if reply.took > Duration::from_millis(100) {
            return (rounds as f64 * time.as_secs_f64() / reply.took.as_secs_f64()) as u64;
        }
        rounds *= 3;
    }
}

/// Whether a node has the lease of `ACT_Slow`.
fn holds(desk: &Desk<'_>, node: usize) -> bool {
    let lease = "SELECT holder FROM \"brooklet$lease\" WHERE name = 'microflow:Desk.ACT_Slow' \
                 AND expires > extract(epoch FROM clock_timestamp()) * 1000";
    desk.query(lease).iter().any(|holder| holder.split(' ').next() == Some(desk.name(node)))
}

/// Whether a transaction has written, rests, and has not ended.
fn has_open_write(desk: &Desk<'_>) -> bool {
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state = 'idle in transaction' AND backend_xid IS NOT NULL";
    desk.number(open) > 0
}

/// The last number that `ACT_Slow` has given out.
fn last_number(desk: &Desk<'_>) -> i64 {
    let last = desk.query("SELECT last FROM \"desk$numberrange\" WHERE name = 'slow'");
    last.first().map_or(0, |number| number.parse().expect("a number"))
}

fn tickets(desk: &Desk<'_>) -> Vec<i64> {
    let numbers = desk.query("SELECT number FROM \"desk$ticket\" ORDER BY number");
    numbers.iter().map(|number| number.parse().expect("a number")).collect()
}

fn without_gap_or_double(numbers: &mut [i64]) {
    numbers.sort_unstable();
    let wanted: Vec<_> = (1..=numbers.len() as i64).collect();
    assert_eq!(numbers, wanted, "a number twice, or left out");
}
