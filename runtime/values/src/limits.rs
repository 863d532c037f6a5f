//! Limits on what one call of a function may use, so that a model's data can not exhaust the host.

/// The longest text, in bytes, that a function makes.
pub const TEXT_LENGTH_LIMIT: usize = 64 << 20;

/// The longest pattern, in bytes: regular expressions and formats of numbers and moments.
pub const PATTERN_LENGTH_LIMIT: usize = 10_000;

/// The steps back that one search of a regular expression may take.
pub const REGEX_BACKTRACK_LIMIT: usize = 1_000_000;

/// The memory, in bytes, that one compiled regular expression may use.
pub(crate) const REGEX_SIZE_LIMIT: usize = 4 << 20;

/// The compiled regular expressions that are kept.
pub const REGEX_CACHE_LIMIT: usize = 200;
