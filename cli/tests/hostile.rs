//! Microflows that never end, or take all that they can get, harm nobody else.

use std::{
    collections::BTreeSet,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use brooklet_test_support::{Answer, Node, root};

/// The microflow of the example that does no harm.
const PING: &str = "Ping";

/// Codes of errors that a limit raises.
const LIMITS: [&str; 5] = ["cpu-time-limit", "memory-limit", "call-depth-limit", "row-limit", "request-limit"];

/// Ten seconds of processor time are allowed; a machine that does other things too may take a few times as long.
const HOSTILE_TIME: Duration = Duration::from_secs(100);

/// How long the harmless microflow may take while the hostile ones run: with all processors taken, at worst some turns.
const PING_TIME: Duration = Duration::from_secs(2);

fn start(data: &Path) -> Node {
    let model = root().join("examples/hostile");
    let node = Node::start(env!("CARGO_BIN_EXE_brooklet"), [model], |command| {
        command.current_dir(data);
    });
    node.unwrap_or_else(|error| panic!("{error}"))
}

/// The hostile microflows and the harmless one.
fn microflows(node: &Node) -> (Vec<String>, String) {
    let listed = node.get("/api/microflows").json();
    let all = listed["microflows"].as_array().expect("a list of microflows").iter();
    let names = all.filter_map(|one| one["name"].as_str()).map(str::to_owned);
    let names = names.filter(|name| name.starts_with("Hostile."));
    let (harmless, hostile): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(&format!(".{PING}")));
    (hostile, harmless.into_iter().next().expect("the example has a microflow Ping"))
}

#[test]
fn hostile_microflows_end_with_typed_errors_while_others_go_on() {
    let data = tempfile::tempdir().expect("a folder");
    let node = start(data.path());
    let (hostile, ping) = microflows(&node);
    assert!(hostile.len() >= 3, "an endless loop, an endless recursion and an endless list, not {hostile:?}");

    let began = Instant::now();
    let mut answers: Vec<(String, Answer, Duration)> = Vec::new();
    let mut pings = 0;
    let mut slowest = Duration::ZERO;
    thread::scope(|scope| {
        let calls: Vec<_> =
            hostile.iter().map(|name| (name, scope.spawn(|| (node.call(name, "{}"), began.elapsed())))).collect();
        while calls.iter().any(|(_, call)| !call.is_finished()) {
            let asked = Instant::now();
            let answer = node.call(&ping, "{}");
            assert_eq!(answer.status, 200, "{}", answer.body);
            slowest = slowest.max(asked.elapsed());
            pings += 1;
            thread::sleep(Duration::from_millis(20));
        }
        for (name, call) in calls {
            let (answer, time) = call.join().expect("an answer");
            answers.push((name.clone(), answer, time));
        }
    });

    eprintln!("{pings} pings meanwhile, the slowest took {slowest:?}");
    let mut codes = BTreeSet::new();
    for (name, answer, time) in &answers {
        eprintln!("{name}: {} {} after {time:?}", answer.status, answer.code());
        assert_eq!(answer.status, 500, "{name}: {}", answer.body);
        assert!(LIMITS.contains(&answer.code().as_str()), "{name}: {}", answer.body);
        assert_eq!(answer.json()["microflow"].as_str().map(|at| at.split('.').count()), Some(2), "{}", answer.body);
        assert!(*time < HOSTILE_TIME, "{name} took {time:?}");
        codes.insert(answer.code());
    }
    assert!(codes.contains("cpu-time-limit") && codes.contains("call-depth-limit"), "{codes:?}");
    assert!(pings > 0 && slowest < PING_TIME, "the slowest of {pings} pings took {slowest:?}");

    let after = node.call(&ping, "{}");
    assert_eq!(after.status, 200, "the node goes on as if nothing had happened: {}", after.body);
}
