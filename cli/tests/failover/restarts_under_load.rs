//! Nodes are stopped and killed under load, one after another, and started again: users can log in and work throughout (R1,
//! R71).

use std::{
    collections::BTreeMap,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use brooklet_test_support::Signal;
use serde_json::json;

use super::world::{ADMIN_TOKEN, AGENT, Client, Desk, Lost, Reply, Store, load, wait_until};

const NODES: usize = 3;
const EDITORS: usize = 6;
const LOGINS: usize = 2;

/// How long there is load between two events.
const CALM: Duration = Duration::from_millis(700);

/// What a user takes to think.
const THINK: Duration = Duration::from_millis(10);

/// How long the front may take to give a node that is ready something to do.
const BACK: Duration = Duration::from_secs(10);

/// Lines of a draft before it is thrown away and begun anew.
const LINES: usize = 25;

/// A request of the load.
#[derive(Debug)]
struct Record {
    sent: Instant,
    ended: Instant,
    what: &'static str,
    outcome: Result<Reply, Lost>,
}

/// A client that writes a draft, and knows what must be in it.
struct Editor {
    session: Client,
    lines: Vec<String>,
    /// What was sent last, when it is not known whether it was done.
    in_doubt: Option<Change>,
}

enum Change {
    Line(String),
    Discard,
}

/// What happened to a node.
struct Event {
    signal: Signal,
    node: String,
    begin: Instant,
    /// Its process has ended.
    end: Instant,
}

#[test]
fn each_node_is_stopped_and_killed_in_turn_and_only_those_notice_whom_it_was_answering() {
    let mut desk = Desk::start(NODES, Store::Redis, &[]);
    let url = desk.front().to_owned();
    let editors: Vec<_> = (0..EDITORS).map(|_| Mutex::new(Editor::new(&url))).collect();
    let step = |client: usize, round: usize| match editors.get(client) {
        Some(editor) => editor.lock().expect("its own").step(&url, &format!("{client}-{round}")),
        None => log_in_and_out(&url),
    };
    let bound = load::Bound { rounds: 20_000, time: Duration::from_secs(150) };
    let (records, events) = load::during(EDITORS + LOGINS, bound, step, || {
        let mut events = Vec::new();
        for signal in [Signal::Terminate, Signal::Kill] {
            for node in 0..NODES {
                thread::sleep(CALM);
                let begin = Instant::now();
                desk.end(&[node], signal);
                let name = desk.name(node).to_owned();
                events.push(Event { signal, node: name.clone(), begin, end: Instant::now() });
                thread::sleep(CALM);
                desk.start_again(&[node]);
                let back = wait_until("the node takes part again", BACK, || takes_part(&url, &name));
                eprintln!(
                    "{signal:?} of {name}: ended after {:?}, back in {back:?}",
                    events.last().expect("it").end - begin
                );
            }
        }
        thread::sleep(CALM);
        events
    });
    let records: Vec<_> = records.into_iter().flatten().flatten().collect();
    judge(&records, &events);
    for editor in editors {
        let mut editor = editor.into_inner().expect("nobody else");
        if editor.in_doubt.is_some() {
            editor.resolve(&url);
        }
        editor.check(&url);
    }
}

/// Whether a session was served by that node last.
fn takes_part(url: &str, node: &str) -> bool {
    let headers = [("authorization", &*format!("Bearer {ADMIN_TOKEN}"))];
    let reply = Client::visitor().send("GET", url, "/admin/sessions", None, &headers);
    let reply = reply.ok().filter(|reply| reply.status == 200);
    let sessions = reply.and_then(|reply| reply.body["sessions"].as_array().cloned()).unwrap_or_default();
    sessions.iter().any(|session| session["node"] == node)
}

/// Each request was answered well, but for those that a killed node was answering: of these there are no more than there are
/// clients, each was sent before the node was dead, and the front says that it was that node.
fn judge(records: &[Record], events: &[Event]) {
    let mut lost = BTreeMap::<usize, usize>::new();
    let mut good = BTreeMap::<&str, usize>::new();
    for record in records {
        let reply = match &record.outcome {
            Ok(reply) if reply.status < 300 => {
                *good.entry(record.what).or_default() += 1;
                continue;
            }
            Ok(reply) => reply,
            Err(lost) => panic!("the front did not answer {}: {lost}", record.what),
        };
        let is_of = |event: &Event| {
            let was_under_way = record.sent <= event.end && record.ended >= event.begin;
            event.signal == Signal::Kill && was_under_way && reply.body["detail"].to_string().contains(&event.node)
        };
        let event = events.iter().position(is_of);
        let Some(event) = event.filter(|_| (reply.status, reply.code()) == (502, "node-failed")) else {
            panic!("{} failed, and no node was killed that it could have been on: {reply}", record.what);
        };
        *lost.entry(event).or_default() += 1;
    }
    eprintln!("{good:?}; broken off by kills: {:?}", lost.values());
    assert!(lost.values().all(|count| *count <= EDITORS + LOGINS), "more than were under way: {lost:?}");
    assert!(good["login"] > 20 && good["write"] > 200, "there was no load: {good:?}");
}

/// Sends a request; what it does is known only when there is an answer, and when that is good.
fn record(what: &'static str, send: impl FnOnce() -> Result<Reply, Lost>) -> Record {
    let sent = Instant::now();
    let outcome = send();
    Record { sent, ended: Instant::now(), what, outcome }
}

impl Record {
    fn is_good(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|reply| reply.status < 300)
    }
}

/// Somebody logs in, does something, and logs out. Who is not answered because a node dies tries once more, which must do.
fn log_in_and_out(url: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut session = None;
    for _ in 0..2 {
        let mut client = None;
        records.push(record("login", || {
            let (who, reply) = Client::try_login(url, AGENT)?;
            client = who;
            Ok(reply)
        }));
        if client.is_some() {
            session = client;
            break;
        }
    }
    let session = session.unwrap_or_else(|| panic!("a login failed twice: {:?}", records));
    records.push(record("read", || session.call(url, "Desk.ACT_Changes", &json!({}))));
    records.push(record("logout", || session.logout(url)));
    thread::sleep(THINK);
    records
}

impl Editor {
    fn new(url: &str) -> Self {
        Self { session: Client::login(url, AGENT), lines: Vec::new(), in_doubt: None }
    }

    /// Writes a line; now and then reads all, and begins anew. Who was not answered looks first what became of it.
    fn step(&mut self, url: &str, text: &str) -> Vec<Record> {
        thread::sleep(THINK);
        if self.in_doubt.is_some() {
            return vec![self.resolve(url)];
        }
        if self.lines.len() < LINES {
            let sent = record("write", || self.session.call(url, "Desk.ACT_Write", &json!({"Text": text})));
            match &sent.outcome {
                Ok(reply) if reply.status == 200 => {
                    self.lines.push(text.to_owned());
                    assert_eq!(reply.body["result"], json!(self.lines.len()), "lines are missing: {reply}");
                }
                _ => self.in_doubt = Some(Change::Line(text.to_owned())),
            }
            return vec![sent];
        }
        let mut records = self.check(url);
        let sent = record("discard", || self.session.call(url, "Desk.ACT_Discard", &json!({})));
        if sent.is_good() {
            self.lines.clear();
        } else {
            self.in_doubt = Some(Change::Discard);
        }
        records.push(sent);
        records
    }

    /// Looks whether the change of which nothing was heard was made.
    fn resolve(&mut self, url: &str) -> Record {
        let sent = record("read", || self.session.call(url, "Desk.ACT_Read", &json!({})));
        let Some(reply) = sent.outcome.as_ref().ok().filter(|reply| reply.status == 200) else { return sent };
        let before = self.lines.join(" ");
        match self.in_doubt.take() {
            Some(Change::Line(line)) => {
                let mut after = self.lines.clone();
                after.push(line);
                if reply.body["result"] == json!(after.join(" ")) {
                    self.lines = after;
                    return sent;
                }
            }
            Some(Change::Discard) if reply.body["result"] == json!("") => {
                self.lines.clear();
                return sent;
            }
            _ => {}
        }
        assert_eq!(reply.body["result"], json!(before), "neither with the change nor without it");
        sent
    }

    /// The draft is what was written. A question may be broken off, too, and is then asked once more.
    fn check(&self, url: &str) -> Vec<Record> {
        let mut records = Vec::new();
        for _ in 0..2 {
            let sent = record("read", || self.session.call(url, "Desk.ACT_Read", &json!({})));
            let read = sent.outcome.as_ref().ok().filter(|reply| reply.status == 200);
            let draft = read.map(|reply| reply.body["result"].clone());
            records.push(sent);
            if let Some(draft) = draft {
                assert_eq!(draft, json!(self.lines.join(" ")), "the draft");
                return records;
            }
        }
        panic!("the draft cannot be read: {records:?}");
    }
}
