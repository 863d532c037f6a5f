//! The database goes away, Redis goes away, and both come back (R18): calls are turned away at once and told when to come
//! again, nobody has to be started again, and what was acknowledged is there afterwards.
//!
//! A server goes away in two ways: it crashes, so that connections break; or its time stands still, so that they stay and
//! nothing is said on them, as when a cable is pulled.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::world::{Client, Desk, Lost, MANAGER, Reply, Servers, Store, load, wait_until};

const NODES: usize = 3;

/// How long a server is away, unless the environment says otherwise.
const OUTAGE: Duration = Duration::from_secs(4);

/// The variable that says it, in seconds.
const OUTAGE_VARIABLE: &str = "BROOKLET_OUTAGE_SECONDS";

/// How long a request may take, whatever is away: who is turned away is told so soon.
const FAST: Duration = Duration::from_millis(2_500);

/// How long after a server is back all is well again.
const RECOVERY: Duration = Duration::from_secs(15);

/// What goes on before and after the outage.
const CALM: Duration = Duration::from_secs(1);

/// What goes away, and how.
#[derive(Clone, Copy, Debug)]
enum Away {
    DatabaseCrashed,
    DatabaseSilent,
    RedisCrashed,
    RedisSilent,
}

impl Away {
    fn begin(self, servers: &Servers) {
        match self {
            Self::DatabaseCrashed => servers.postgres.kill(),
            Self::DatabaseSilent => servers.postgres.pause(),
            Self::RedisCrashed => servers.redis.kill(),
            Self::RedisSilent => servers.redis.pause(),
        }
    }

    fn end(self, servers: &Servers) {
        match self {
            Self::DatabaseCrashed => servers.postgres.start_again(),
            Self::DatabaseSilent => servers.postgres.resume(),
            Self::RedisCrashed => servers.redis.start_again(),
            Self::RedisSilent => servers.redis.resume(),
        }
    }
}

#[test]
fn the_database_crashes_and_comes_back() {
    outage(Store::Redis, Away::DatabaseCrashed);
}

#[test]
fn the_database_is_silent_and_speaks_again() {
    outage(Store::Redis, Away::DatabaseSilent);
}

#[test]
fn the_database_crashes_with_the_sessions_in_it_and_comes_back() {
    outage(Store::Sql, Away::DatabaseCrashed);
}

#[test]
fn redis_crashes_and_comes_back() {
    outage(Store::Redis, Away::RedisCrashed);
}

#[test]
fn redis_is_silent_and_speaks_again() {
    outage(Store::Redis, Away::RedisSilent);
}

/// A client that writes to the database or to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    Tickets,
    Draft,
}

/// A request of the load.
struct Record {
    writes: Writes,
    text: String,
    sent: Instant,
    reply: Result<Reply, Lost>,
}

/// When what happened.
struct Times {
    away: Instant,
    back: Instant,
    well: Instant,
}

fn outage(store: Store, away: Away) {
    let servers = Servers::start();
    let desk = Desk::start_on(|| &servers, NODES, store, &[]);
    let sessions: Vec<_> = (0..2 * NODES).map(|client| Client::login(desk.url(client % NODES), MANAGER)).collect();
    let kind = |client: usize| if client < NODES { Writes::Tickets } else { Writes::Draft };
    let step = |client: usize, round: usize| {
        let (url, text) = (desk.url(client % NODES), format!("{client}-{round}"));
        let sent = Instant::now();
        let reply = match kind(client) {
            Writes::Tickets => sessions[client].call(url, "Desk.ACT_Open", &json!({"Subject": text})),
            Writes::Draft => sessions[client].call(url, "Desk.ACT_Write", &json!({"Text": text})),
        };
        thread::sleep(Duration::from_millis(40));
        Record { writes: kind(client), text, sent, reply }
    };
    let time = outage_time();
    let bound = load::Bound { rounds: 5_000, time: time + 2 * CALM + RECOVERY + Duration::from_secs(30) };
    let (records, times) = load::during(2 * NODES, bound, step, || {
        thread::sleep(CALM);
        let begin = Instant::now();
        away.begin(&servers);
        watch(&desk, time);
        let back = Instant::now();
        away.end(&servers);
        wait_until("all nodes are ready again", RECOVERY, || (0..NODES).all(|node| is_ready(&desk, node)));
        let well = Instant::now();
        thread::sleep(CALM);
        Times { away: begin, back, well }
    });
    eprintln!("{away:?}, {store:?}: away for {:?}, well {:?} later", times.back - times.away, times.well - times.back);
    let records: Vec<_> = records.into_iter().flatten().collect();
    judge(&records, &times);
    nothing_is_lost(&desk, &records, &sessions[NODES..]);
}

fn outage_time() -> Duration {
    let seconds = env::var(OUTAGE_VARIABLE).ok().map(|text| text.parse().expect("a number of seconds"));
    seconds.map_or(OUTAGE, Duration::from_secs)
}

/// Asks the nodes how they are while something is away: they live, are soon not ready, and say so at once.
fn watch(desk: &Desk<'_>, time: Duration) {
    let began = Instant::now();
    let visitor = Client::visitor();
    let mut not_ready = [false; NODES];
    while began.elapsed() < time {
        for (node, not_ready) in not_ready.iter_mut().enumerate() {
            let live = visitor.get(desk.url(node), "/live").expect("an answer");
            assert!(live.status == 200 && live.took < FAST, "{live}");
            let ready = visitor.get(desk.url(node), "/ready").expect("an answer");
            assert!(ready.took < FAST, "{ready}");
            *not_ready |= ready.status == 503;
            assert!(!*not_ready || ready.status == 503, "ready, and all is not well: {ready}");
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(not_ready, [true; NODES], "a node that was ready all the time");
}

fn is_ready(desk: &Desk<'_>, node: usize) -> bool {
    Client::visitor().get(desk.url(node), "/ready").is_ok_and(|reply| reply.status == 200)
}

/// Each request got an answer, and soon; those that were turned away were told when to come again; before and after the
/// outage none was.
fn judge(records: &[Record], times: &Times) {
    let mut seen = BTreeMap::<_, usize>::new();
    let mut slowest = Duration::ZERO;
    for record in records {
        let reply = record.reply.as_ref().unwrap_or_else(|lost| panic!("{}: {lost}", record.text));
        let ended = record.sent + reply.took;
        let is_calm = ended < times.away || record.sent > times.well;
        *seen.entry((is_calm, record.writes == Writes::Draft, reply.status, reply.code())).or_default() += 1;
        match reply.status {
            200 => {}
            // Somebody else is opening a ticket: that is what the model says.
            409 if record.writes == Writes::Tickets && reply.code() == "concurrent-execution" => {}
            503 if !is_calm => {
                slowest = slowest.max(reply.took);
                assert!(reply.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()), "{reply}");
                assert!(reply.took < FAST, "{}: {reply}", record.text);
            }
            _ => panic!("{}, {}: {reply}", record.text, if is_calm { "all was well" } else { "during the outage" }),
        }
    }
    eprintln!("(all is well, to a draft, status, code): {seen:#?}; the slowest 503 took {slowest:?}");
    let count = |is_calm, status| {
        seen.iter().filter(|(key, _)| key.0 == is_calm && key.2 == status).map(|(_, count)| count).sum::<usize>()
    };
    assert!(count(true, 200) > 20, "there was no load");
    assert!(count(false, 503) > 20, "nobody was turned away");
}

/// What was acknowledged is there, and numbers were given out once.
fn nothing_is_lost(desk: &Desk<'_>, records: &[Record], drafts: &[Client]) {
    let tickets = desk.query("SELECT number || ' ' || subject FROM \"desk$ticket\" ORDER BY number");
    let numbers: Vec<_> = tickets.iter().filter_map(|ticket| ticket.split_once(' ')?.0.parse::<usize>().ok()).collect();
    assert_eq!(numbers, (1..=tickets.len()).collect::<Vec<_>>(), "a number twice, or left out");
    let tickets: BTreeSet<_> = tickets.into_iter().collect();
    let good = |writes| {
        let good = records.iter().filter(move |record| record.writes == writes);
        good.filter_map(|record| Some((record, record.reply.as_ref().ok().filter(|reply| reply.status == 200)?)))
    };
    let mut acknowledged = 0;
    for (record, reply) in good(Writes::Tickets) {
        acknowledged += 1;
        let ticket = format!("{} {}", reply.body["result"], record.text);
        assert!(tickets.contains(&ticket), "ticket {ticket} was acknowledged and is lost");
    }
    let mut lines_found = 0;
    for (client, draft) in drafts.iter().enumerate() {
        let prefix = format!("{}-", client + NODES);
        let read = draft.result(desk.url((client + 1) % NODES), "Desk.ACT_Read", &json!({}));
        let lines: Vec<_> = read.as_str().expect("a text").split(' ').filter(|line| !line.is_empty()).collect();
        let distinct: BTreeSet<_> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len(), "a line twice: {lines:?}");
        for (record, _) in good(Writes::Draft).filter(|(record, _)| record.text.starts_with(&prefix)) {
            assert!(lines.contains(&record.text.as_str()), "line {} was acknowledged and is lost", record.text);
            lines_found += 1;
        }
    }
    eprintln!("{acknowledged} tickets and {lines_found} lines were acknowledged; there are {} tickets", tickets.len());
    assert!(acknowledged > 20 && lines_found > 20, "there was no load");
}
