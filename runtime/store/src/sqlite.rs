//! What SQLite lacks: an order of decimals, Unicode's letters, and exact sums.
//!
//! Each connection gets them when it is opened. The functions are plain Rust here; `functions` hands them to SQLite.

mod functions;

use std::cmp::Ordering;

use bigdecimal::BigDecimal;

pub(crate) use functions::register;

/// The collation of columns that hold decimals. Stored in every table's definition: it must not change.
pub(crate) const DECIMAL_COLLATION: &str = "brooklet_decimal";

/// Removes the differences between capital and small letters.
pub(crate) const FOLD_FUNCTION: &str = "brooklet_fold";

/// The exact sum of integers and decimals, as text.
pub(crate) const SUM_FUNCTION: &str = "brooklet_sum";

/// Orders decimals in plain notation by value.
///
/// A total order, as SQLite demands, whatever the texts are: sign, then length and digits before the point, then digits
/// after it. Superfluous zeros do not count.
pub(crate) fn compare_decimals(left: &str, right: &str) -> Ordering {
    let (left, right) = (Plain::new(left), Plain::new(right));
    match (left.negative, right.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => left.compare_magnitude(&right),
        (true, true) => right.compare_magnitude(&left),
    }
}

struct Plain<'a> {
    negative: bool,
    integral: &'a str,
    fraction: &'a str,
}

impl<'a> Plain<'a> {
    fn new(text: &'a str) -> Self {
        let (minus, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (integral, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (integral, fraction) = (integral.trim_start_matches('0'), fraction.trim_end_matches('0'));
        Self { negative: minus && !(integral.is_empty() && fraction.is_empty()), integral, fraction }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let by_length = self.integral.len().cmp(&other.integral.len());
        by_length.then_with(|| self.integral.cmp(other.integral)).then_with(|| self.fraction.cmp(other.fraction))
    }
}

/// The same letters, whether capital or small; PostgreSQL gets to the same by `upper(lower(…))` in an ICU collation.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.to_lowercase().to_uppercase() }
}

/// An exact sum under way.
#[derive(Default)]
pub(crate) struct Sum {
    integers: i128,
    decimals: BigDecimal,
}

impl Sum {
    /// Adds an integer. 2⁶³ of them fit.
    fn add_integer(&mut self, value: i64) {
        self.integers += i128::from(value);
    }

    /// Adds a decimal in plain notation; false when it is none.
    fn add_decimal(&mut self, text: &str) -> bool {
        match text.parse::<BigDecimal>() {
            Ok(value) => {
                self.decimals += value;
                true
            }
            Err(_) => false,
        }
    }

    fn text(&self) -> String {
        (BigDecimal::from(self.integers) + &self.decimals).normalized().to_plain_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let ascending =
            ["-100", "-99.5", "-1", "-0.00000001", "0", "0.00000001", "0.1", "0.11", "1", "9.99", "10", "100"];
        for (i, left) in ascending.iter().enumerate() {
            for (j, right) in ascending.iter().enumerate() {
                assert_eq!(compare_decimals(left, right), i.cmp(&j), "{left} and {right}");
            }
        }
    }

    #[test]
    fn superfluous_zeros_do_not_count() {
        for (left, right) in [("1.50", "1.5"), ("-0", "0"), ("007", "7"), ("0.0", "0")] {
            assert_eq!(compare_decimals(left, right), Ordering::Equal);
        }
    }

    #[test]
    fn folding_joins_what_differs_in_case_only() {
        for (left, right) in [("straße", "STRASSE"), ("ΟΔΟΣ", "οδος"), ("Ärger", "äRGER"), ("STRAẞE", "straße")]
        {
            assert_eq!(fold(left), fold(right));
        }
    }
}
