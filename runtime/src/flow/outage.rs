//! Whether what a node depends on answers: its database, its state store.
//!
//! Somebody asks again and again, on a connection of its own, so that many busy connections look like no outage. When there is no
//! answer, calls are turned away at once instead of waiting for what does not come; calls that wait already are dropped, as
//! if their clients had gone, when the outage lasts. When there is an answer again, calls run again.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use futures_util::future::BoxFuture;
use tokio::{sync::Notify, task::AbortHandle, time::timeout};

use super::{Failure, FailureKind, failure_codes};
use crate::{
    errors::codes,
    limits::fixed::{OUTAGE_ANSWER_TIME, OUTAGE_PATIENCE, OUTAGE_PROBE_INTERVAL},
};

/// Asks something whether it answers. The error is for the operator.
pub(crate) type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Whether something answers; learned in the background until it is dropped.
pub(crate) struct Outage {
    shared: Arc<Shared>,
    asking: Option<AbortHandle>,
}

#[derive(Default)]
struct Shared {
    /// There was no answer to the last question.
    away: AtomicBool,
    /// The outage lasts: whoever waits should not.
    lasting: Notify,
    /// Somebody has seen a sign of an outage: ask at once.
    suspected: Notify,
}

impl Outage {
    /// Of something that is always there.
    pub(crate) fn never() -> Self {
        Self { shared: Arc::default(), asking: None }
    }

    /// Of something that is asked.
    pub(crate) fn watch(name: &'static str, probe: Probe) -> Self {
        let shared = Arc::<Shared>::default();
        let asking = tokio::spawn(ask(name, probe, shared.clone())).abort_handle();
        Self { shared, asking: Some(asking) }
    }

    /// Whether it does not answer.
    pub(crate) fn is_on(&self) -> bool {
        self.shared.away.load(Relaxed)
    }

    /// Does some work as long as there is no outage. What it says of an outage is looked into at once.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        if self.asking.is_none() {
            return work.await;
        }
        // Made before looking: an outage that begins to last right after the look is heard of.
        let lasting = self.shared.lasting.notified();
        if self.is_on() {
            return Err(unavailable());
        }
        let ended = tokio::select! {
            ended = work => ended,
            () = lasting => Err(unavailable()),
        };
        if ended.as_ref().is_err_and(|failure| SIGNS.contains(&failure.code)) {
            self.shared.suspected.notify_one();
        }
        ended
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        if let Some(asking) = &self.asking {
            asking.abort();
        }
    }
}

impl fmt::Debug for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outage").field("is_on", &self.is_on()).finish_non_exhaustive()
    }
}

/// Codes of failures that may be signs of an outage: sessions may be in the database, too.
const SIGNS: [&str; 2] = [codes::STORE_UNAVAILABLE, failure_codes::STATE_UNAVAILABLE];

fn unavailable() -> Failure {
    let what = "the database does not answer; try again in a moment";
    Failure::new(FailureKind::Unavailable, codes::STORE_UNAVAILABLE, what)
}

async fn ask(name: &'static str, probe: Probe, shared: Arc<Shared>) {
    let mut since: Option<tokio::time::Instant> = None;
    loop {
        let asked = tokio::time::Instant::now();
        let answer = timeout(OUTAGE_ANSWER_TIME, probe()).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {OUTAGE_ANSWER_TIME:?}")));
        match (answer, since) {
            (Ok(()), None) => {}
            (Ok(()), Some(begin)) => {
                tracing::info!(seconds = begin.elapsed().as_secs(), "the {name} answers again");
                since = None;
            }
            (Err(error), None) => {
                tracing::error!(error, "the {name} does not answer: calls are turned away until it does");
                since = Some(asked);
            }
            (Err(error), Some(_)) => tracing::debug!(error, "the {name} still does not answer"),
        }
        shared.away.store(since.is_some(), Relaxed);
        if since.is_some_and(|begin| begin.elapsed() >= OUTAGE_PATIENCE) {
            shared.lasting.notify_waiters();
        }
        tokio::select! {
            () = tokio::time::sleep(OUTAGE_PROBE_INTERVAL) => {}
            // Not at every single sign: that would be as many questions as calls.
            () = shared.suspected.notified() => tokio::time::sleep(OUTAGE_PROBE_INTERVAL / SIGNS_PER_INTERVAL).await,
        }
    }
}

/// How many times more often it is asked at most when there are signs of an outage.
const SIGNS_PER_INTERVAL: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Something that answers or does not.
    fn switch() -> (Arc<AtomicBool>, Outage) {
        let answers = Arc::new(AtomicBool::new(true));
        let asked = answers.clone();
        let probe: Probe = Box::new(move || {
            let answers = asked.load(Relaxed);
            Box::pin(async move { if answers { Ok(()) } else { Err("gone".to_owned()) } })
        });
        (answers, Outage::watch("test", probe))
    }

    #[tokio::test]
    async fn an_outage_turns_calls_away_drops_those_that_wait_and_ends() {
        let (answers, outage) = switch();
        assert_eq!(outage.guard(async { Ok(1) }).await.ok(), Some(1));
        let waiting = outage.guard::<()>(std::future::pending());
        answers.store(false, Relaxed);
        let began = tokio::time::Instant::now();
        let dropped = waiting.await.expect_err("it would wait for ever");
        assert_eq!(dropped.code, codes::STORE_UNAVAILABLE);
        assert!(began.elapsed() <= OUTAGE_PATIENCE + 3 * OUTAGE_PROBE_INTERVAL, "{:?}", began.elapsed());
        assert!(outage.guard(async { Ok(1) }).await.is_err(), "turned away");
        answers.store(true, Relaxed);
        tokio::time::sleep(2 * OUTAGE_PROBE_INTERVAL).await;
        assert_eq!(outage.guard(async { Ok(1) }).await.ok(), Some(1), "it runs again");
    }

    #[tokio::test]
    async fn who_works_through_a_short_silence_is_left_alone() {
        let (answers, outage) = switch();
        let working = outage.guard(async {
            tokio::time::sleep(OUTAGE_PROBE_INTERVAL * 3).await;
            Ok(1)
        });
        let blink = async {
            tokio::time::sleep(OUTAGE_PROBE_INTERVAL / 2).await;
            answers.store(false, Relaxed);
            tokio::time::sleep(OUTAGE_PROBE_INTERVAL).await;
            answers.store(true, Relaxed);
        };
        let (ended, ()) = tokio::join!(working, blink);
        assert_eq!(ended.ok(), Some(1));
    }
}
