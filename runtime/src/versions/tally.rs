//! How the calls of a version went: what tells a canary that does badly from one that does well.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Upper bounds of the classes into which durations are sorted: powers of two, in microseconds, from 128 µs to a minute.
const CLASSES: usize = 20;
const FIRST_MICROSECONDS: u64 = 128;

/// Counts of calls. Cheap enough for every call.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    failures: AtomicU64,
    durations: [AtomicU64; CLASSES],
}

/// What was counted up to some moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    /// Calls that failed by the model's or the host's fault.
    pub(super) failures: u64,
    /// All calls, by class of duration.
    pub(super) durations: Vec<u64>,
}

impl Tally {
    /// Counts a call.
    pub(crate) fn add(&self, duration: Duration, has_failed: bool) {
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let class = (microseconds / FIRST_MICROSECONDS).checked_ilog2().map_or(0, |class| class as usize + 1);
        self.durations[class.min(CLASSES - 1)].fetch_add(1, Relaxed);
        if has_failed {
            self.failures.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn count(&self) -> Count {
        Count {
            failures: self.failures.load(Relaxed),
            durations: self.durations.iter().map(|class| class.load(Relaxed)).collect(),
        }
    }
}

impl Count {
    /// How many calls there were.
    pub(super) fn calls(&self) -> u64 {
        self.durations.iter().sum()
    }

    /// Both together.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.failures += other.failures;
        self.durations.resize(self.durations.len().max(other.durations.len()), 0);
        self.durations.iter_mut().zip(&other.durations).for_each(|(sum, more)| *sum += more);
        self
    }

    /// What has come since an earlier count.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let before = earlier.durations.iter().copied().chain(std::iter::repeat(0));
        Self {
            failures: self.failures.saturating_sub(earlier.failures),
            durations: self.durations.iter().zip(before).map(|(now, before)| now.saturating_sub(before)).collect(),
        }
    }

    /// How many of a thousand calls failed.
    pub(super) fn failure_permille(&self) -> u64 {
        (self.failures * 1_000).checked_div(self.calls()).unwrap_or_default()
    }

    /// A duration, in microseconds, that 95 of 100 calls did not exceed: the bound of its class.
    pub(super) fn p95_microseconds(&self) -> u64 {
        let wanted = (self.calls() * 95).div_ceil(100);
        let mut sum = 0;
        let class = self.durations.iter().position(|class| {
            sum += class;
            sum >= wanted
        });
        FIRST_MICROSECONDS << class.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_matters() {
        let tally = Tally::default();
        for _ in 0..95 {
            tally.add(Duration::from_micros(100), false);
        }
        let before = tally.count();
        for _ in 0..5 {
            tally.add(Duration::from_millis(50), true);
        }
        let count = tally.count();
        assert_eq!((count.calls(), count.failure_permille(), count.p95_microseconds()), (100, 50, 128));
        let since = count.since(&before);
        assert_eq!((since.calls(), since.failure_permille()), (5, 1_000));
        assert!(since.p95_microseconds() >= 50_000);
        assert_eq!(before.plus(&since), count);
    }
}
