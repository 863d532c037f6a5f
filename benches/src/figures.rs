//! What is measured, and how much effort goes into it.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::Serialize;

/// How long it may take to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Rounds of which the median is taken.
    pub(crate) rounds: usize,
    /// How long one round of calls over HTTP takes.
    pub(crate) round_time: Duration,
    /// Iterations of the loop of integers.
    pub(crate) iterations: i64,
}

impl Effort {
    /// For figures that somebody relies on.
    pub(crate) const FULL: Self = Self { rounds: 15, round_time: Duration::from_secs(1), iterations: 10_000_000 };

    /// For seeing that it works.
    pub(crate) const QUICK: Self = Self { rounds: 3, round_time: Duration::from_millis(300), iterations: 1_000_000 };
}

/// What a figure must not exceed, or fall below.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

/// A figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) what: String,
    /// The median.
    pub(crate) value: f64,
    /// `×` for ratios.
    pub(crate) unit: &'static str,
    /// The least and the most of all rounds.
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) bar: Option<Bar>,
    /// What it is made of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
}

impl Figure {
    /// The median of several rounds.
    pub(crate) fn median(what: impl Into<String>, unit: &'static str, rounds: &[f64]) -> Self {
        let (value, least, most) = spread(rounds);
        Self { what: what.into(), value, unit, range: Some((least, most)), bar: None, detail: String::new() }
    }

    /// One value that does not vary.
    pub(crate) fn exact(what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { what: what.into(), value, unit, range: None, bar: None, detail: String::new() }
    }

    pub(crate) fn with_bar(self, bar: Bar) -> Self {
        Self { bar: Some(bar), ..self }
    }

    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// None when there is no bar.
    pub(crate) fn keeps_its_bar(&self) -> Option<bool> {
        self.bar.map(|bar| match bar {
            Bar::AtMost(most) => self.value <= most,
            Bar::AtLeast(least) => self.value >= least,
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: f64| if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") };
        write!(f, "{:<46} {:>9} {:<5}", self.what, number(self.value), self.unit)?;
        let range = self.range.map(|(least, most)| format!("{}–{}", number(least), number(most)));
        write!(f, " {:<16}", range.unwrap_or_default())?;
        let bar = match self.bar {
            Some(Bar::AtMost(most)) => format!("≤ {most}"),
            Some(Bar::AtLeast(least)) => format!("≥ {least}"),
            None => String::new(),
        };
        let verdict = match self.keeps_its_bar() {
            Some(true) => "kept",
            Some(false) => "NOT KEPT",
            None => "",
        };
        write!(f, " {bar:<8} {verdict:<9} {}", self.detail)
    }
}

/// The median, the least and the most.
pub(crate) fn spread(rounds: &[f64]) -> (f64, f64, f64) {
    let mut sorted = rounds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = match sorted.len() {
        0 => return (f64::NAN, f64::NAN, f64::NAN),
        even if even % 2 == 0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    };
    (median, sorted[0], sorted[sorted.len() - 1])
}

/// What something gives, and how long it takes in milliseconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed().as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0]), (2.5, 1.0, 4.0));
    }

    #[test]
    fn bars_have_two_directions() {
        let figure = Figure::exact("a", "×", 1.0);
        assert_eq!(figure.clone().with_bar(Bar::AtMost(2.0)).keeps_its_bar(), Some(true));
        assert_eq!(figure.with_bar(Bar::AtLeast(2.0)).keeps_its_bar(), Some(false));
    }
}
