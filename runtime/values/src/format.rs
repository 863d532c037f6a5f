//! Patterns for numbers and moments, as in Java's `DecimalFormat` and `SimpleDateFormat`.
//!
//! Each pattern is compiled, then writes or reads. What Java's patterns can do and these can not (exponents and currencies of
//! numbers; reading weeks) is an error of the pattern, never a silently different result.

pub(crate) mod moment_pattern;
mod moment_read;
mod moment_write;
pub(crate) mod number;
mod number_pattern;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use moment_pattern::MomentPattern;
pub(crate) use moment_read::Place;
pub(crate) use number_pattern::NumberPattern;

use crate::{FunctionError, limits::PATTERN_LENGTH_LIMIT};

/// Refuses a pattern that is too long to be meant.
pub(crate) fn check_length(pattern: &str) -> Result<(), FunctionError> {
    if pattern.len() > PATTERN_LENGTH_LIMIT {
        return Err(FunctionError::limit(format!(
            "the pattern has {} bytes, more than {PATTERN_LENGTH_LIMIT}; use a shorter one",
            pattern.len()
        )));
    }
    Ok(())
}
