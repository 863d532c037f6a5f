//! Load: so many clients at once, each in a thread of its own, for a bounded time and a bounded number of rounds.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

/// A bound on what one client does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
}

/// What ends the load before its bound.
#[derive(Debug, Default)]
pub(crate) struct Bell(AtomicBool);

impl Bell {
    pub(crate) fn ring(&self) {
        self.0.store(true, Relaxed);
    }
}

/// Has each client do a step again and again, until the bell rings or the bound is reached. `step` gets the client's number
/// and the round. Meanwhile `event` runs; the bell rings when it ends. Answers what the steps answered, by client, and the
/// event.
pub(crate) fn during<T: Send, E>(
    clients: usize,
    bound: Bound,
    step: impl Fn(usize, usize) -> T + Sync,
    event: impl FnOnce() -> E,
) -> (Vec<Vec<T>>, E) {
    let bell = Bell::default();
    let began = Instant::now();
    thread::scope(|scope| {
        let client = |number: usize| {
            let (bell, step) = (&bell, &step);
            move || {
                let mut answers = Vec::new();
                for round in 0..bound.rounds {
                    if bell.0.load(Relaxed) || began.elapsed() > bound.time {
                        break;
                    }
                    answers.push(step(number, round));
                }
                answers
            }
        };
        let running: Vec<_> = (0..clients).map(|number| scope.spawn(client(number))).collect();
        let ring = RingAtLast(&bell);
        let event = event();
        drop(ring);
        (running.into_iter().map(|running| running.join().expect("a client")).collect(), event)
    })
}

/// Rings also when the event panics: the scope waits for the clients.
struct RingAtLast<'a>(&'a Bell);

impl Drop for RingAtLast<'_> {
    fn drop(&mut self) {
        self.0.ring();
    }
}

/// Has all clients do one thing at the same moment; answers what came of it, by client.
pub(crate) fn at_once<T: Send>(clients: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(clients);
    thread::scope(|scope| {
        let (barrier, act) = (&barrier, &act);
        let client = |number| {
            move || {
                barrier.wait();
                act(number)
            }
        };
        let running: Vec<_> = (0..clients).map(|number| scope.spawn(client(number))).collect();
        running.into_iter().map(|running| running.join().expect("a client")).collect()
    })
}
