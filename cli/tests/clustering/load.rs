//! Clients that call without a break while something happens to the nodes.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use brooklet_test_support::{Answer, Client};

const CLIENTS: usize = 6;

/// How many calls each client makes at most, and for how long.
const CALLS_MAX: usize = 20_000;
const TIME_MAX: Duration = Duration::from_secs(60);

/// What the calls came to.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) good: usize,
    /// Everything that was no 200: what was answered, or why nothing was.
    pub(crate) bad: Vec<String>,
}

/// Calls a microflow that writes, from several clients at once, each on connections of its own, while `event` runs.
pub(crate) fn during(url: &str, event: impl FnOnce()) -> Calls {
    let (ended, number) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut all = Calls::default();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| client(url, &ended, &number))).collect();
        event();
        ended.store(true, Relaxed);
        for client in clients {
            let calls = client.join().expect("no panic");
            all.good += calls.good;
            all.bad.extend(calls.bad);
        }
    });
    all
}

fn client(url: &str, ended: &AtomicBool, number: &AtomicUsize) -> Calls {
    let client = Client::new(url);
    let (mut calls, began) = (Calls::default(), Instant::now());
    for _ in 0..CALLS_MAX {
        if ended.load(Relaxed) || began.elapsed() > TIME_MAX {
            break;
        }
        let number = number.fetch_add(1, Relaxed);
        match client.try_call("Work.Do", &format!("{{\"Number\": {number}}}")) {
            Ok(Answer { status: 200, .. }) => calls.good += 1,
            Ok(answer) => calls.bad.push(format!("{} {}", answer.status, answer.body)),
            Err(error) => calls.bad.push(error.to_string()),
        }
    }
    calls
}
