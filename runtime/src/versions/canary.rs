//! Whether a canary does worse than the version beside it.

use super::{deployment::Thresholds, tally::Count};

/// Why a canary must be taken back; none when nothing is to be said against it yet.
pub(super) fn verdict(canary: &Count, active: &Count, thresholds: &Thresholds) -> Option<String> {
    let calls = canary.calls();
    if calls < thresholds.calls.max(1) {
        return None;
    }
    let (failed, usual) = (canary.failure_permille(), active.failure_permille());
    if failed > usual + thresholds.failures_permille {
        return Some(format!(
            "{:.1} % of its {calls} calls failed, {:.1} % with the version before",
            failed as f64 / 10.0,
            usual as f64 / 10.0
        ));
    }
    if active.calls() < thresholds.calls.max(1) {
        return None;
    }
    let (took, usual) = (canary.p95_microseconds(), active.p95_microseconds());
    if took as f64 > usual as f64 * thresholds.latency_factor {
        let milliseconds = |microseconds: u64| microseconds as f64 / 1_000.0;
        return Some(format!(
            "95 % of its calls took up to {:.1} ms, {:.1} ms with the version before",
            milliseconds(took),
            milliseconds(usual)
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::versions::Tally;

    fn count(calls: u64, failures: u64, each: Duration) -> Count {
        let tally = Tally::default();
        (0..calls).for_each(|number| tally.add(each, number < failures));
        tally.count()
    }

    #[test]
    fn says_nothing_too_early_and_something_when_it_is_worse() {
        let thresholds = Thresholds::default();
        let (quick, slow) = (Duration::from_millis(1), Duration::from_millis(20));
        let usual = count(1_000, 10, quick);
        assert_eq!(verdict(&count(19, 19, quick), &usual, &thresholds), None);
        assert_eq!(verdict(&count(100, 5, quick), &usual, &thresholds), None);
        let failing = verdict(&count(100, 7, quick), &usual, &thresholds);
        assert_eq!(failing.as_deref(), Some("7.0 % of its 100 calls failed, 1.0 % with the version before"));
        assert!(verdict(&count(100, 0, slow), &usual, &thresholds).is_some_and(|why| why.contains("95 %")));
        // Nobody knows what is usual.
        assert_eq!(verdict(&count(100, 0, slow), &Count::default(), &thresholds), None);
    }
}
