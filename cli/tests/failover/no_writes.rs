//! Objects that only a request needs cost the store of sessions no write (R29): counted by the store itself.

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::json;

use super::world::{AGENT, Client, Desk, Store};

const NODES: usize = 3;
const REQUESTS: usize = 60;

/// Longer than a node needs to do what it does by itself, such as asking whether the store answers.
const REST: Duration = Duration::from_millis(1500);

/// What Redis may be told by requests that keep nothing, and by nodes that look for sessions that have timed out. What a
/// script does is counted by itself.
const READS: [&str; 5] = ["hmget", "ping", "info", "evalsha", "zrangebyscore"];

#[test]
fn requests_that_keep_nothing_write_nothing_to_redis() {
    let desk = Desk::start(NODES, Store::Redis, &[]);
    let agent = Client::login(desk.url(0), AGENT);
    agent.result(desk.url(0), "Desk.ACT_Write", &json!({"Text": "kept"}));
    (0..NODES).for_each(|node| scratch(&desk, &agent, node));

    let (commands, changes) = (commands(&desk), changes(&desk));
    (0..REQUESTS).for_each(|request| scratch(&desk, &agent, request % NODES));
    thread::sleep(REST);
    let sent = difference(&commands, &self::commands(&desk));
    eprintln!("{REQUESTS} requests of a session: {sent:?}");
    assert_eq!(self::changes(&desk), changes, "something changed: {sent:?}");
    assert!(sent.keys().all(|command| READS.contains(&command.as_str())), "no read: {sent:?}");
    assert_eq!(sent["hmget"], REQUESTS as i64, "one read for each request: {sent:?}");

    // Who has no session is not even looked for.
    let commands = self::commands(&desk);
    (0..REQUESTS).for_each(|request| scratch(&desk, &Client::visitor(), request % NODES));
    let sent = difference(&commands, &self::commands(&desk));
    eprintln!("{REQUESTS} requests without a session: {sent:?}");
    assert!(!sent.contains_key("hmget") && sent.keys().all(|command| READS.contains(&command.as_str())), "{sent:?}");

    // The counters count: one line more is one write.
    let commands = self::commands(&desk);
    agent.result(desk.url(1), "Desk.ACT_Write", &json!({"Text": "kept, too"}));
    let sent = difference(&commands, &self::commands(&desk));
    assert!(self::changes(&desk) > changes && sent.contains_key("hset"), "{sent:?}");
}

#[test]
fn requests_that_keep_nothing_write_nothing_to_the_tables_of_sessions() {
    let desk = Desk::start(NODES, Store::Sql, &[]);
    let agent = Client::login(desk.url(0), AGENT);
    agent.result(desk.url(0), "Desk.ACT_Write", &json!({"Text": "kept"}));
    let tables = count_writes(&desk);
    assert!(!tables.is_empty(), "no tables of sessions");

    let before = written(&desk);
    (0..REQUESTS).for_each(|request| scratch(&desk, &agent, request % NODES));
    (0..REQUESTS).for_each(|request| scratch(&desk, &Client::visitor(), request % NODES));
    thread::sleep(REST);
    let after = written(&desk);
    eprintln!("{} requests: {} writes to {tables:?}", 2 * REQUESTS, after - before);
    assert_eq!(after, before, "rows written in {tables:?}");

    agent.result(desk.url(1), "Desk.ACT_Write", &json!({"Text": "kept, too"}));
    assert!(written(&desk) > after, "the counters count");
}

/// A request that makes a hundred objects, and leaves them.
fn scratch(desk: &Desk<'_>, client: &Client, node: usize) {
    let sum = client.result(desk.url(node), "Desk.ACT_Scratch", &json!({"Objects": 100}));
    assert_eq!(sum, json!(4950));
}

/// How often Redis was told what, by clients and by scripts.
fn commands(desk: &Desk<'_>) -> BTreeMap<String, i64> {
    let said = desk.servers.redis.ask("INFO commandstats");
    let lines = said.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
    let count = |figures: &str| figures.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number");
    lines.map(|(command, figures)| (command.to_owned(), count(figures))).collect()
}

/// How many changes Redis has seen since it was started.
fn changes(desk: &Desk<'_>) -> i64 {
    let said = desk.servers.redis.ask("INFO persistence");
    let mut lines = said.lines().filter_map(|line| line.strip_prefix("rdb_changes_since_last_save:"));
    lines.next().and_then(|changes| changes.trim().parse().ok()).expect("a number")
}

fn difference(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let more = after.iter().map(|(command, calls)| (command.clone(), calls - before.get(command).unwrap_or(&0)));
    more.filter(|(_, calls)| *calls > 0).collect()
}

/// Has the database count, from now on, each row that is written in a table of sessions, also when that is rolled back.
/// Answers these tables.
fn count_writes(desk: &Desk<'_>) -> Vec<String> {
    desk.query(
        "CREATE SEQUENCE writes; SELECT nextval('writes'); \
         CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM nextval(''writes''); RETURN NULL; END'",
    );
    let tables =
        desk.query("SELECT relname FROM pg_stat_user_tables WHERE relname LIKE 'brooklet$session%' ORDER BY 1");
    for table in &tables {
        desk.query(&format!(
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON \"{table}\" \
             FOR EACH ROW EXECUTE FUNCTION count_write()"
        ));
    }
    tables
}

fn written(desk: &Desk<'_>) -> i64 {
    desk.number("SELECT last_value FROM writes")
}
