//! Exact decimals.

use std::{fmt, str::FromStr};

use bigdecimal::BigDecimal;

/// An exact decimal number, kept without superfluous trailing zeros, so that equal numbers have equal texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(BigDecimal);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}

impl FromStr for Decimal {
    type Err = bigdecimal::ParseBigDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(BigDecimal::from_str(text)?.normalized()))
    }
}
