//! What functions know besides their arguments.

use std::{fmt, sync::Arc};

use jiff::{civil::Weekday, tz::TimeZone};

use crate::{Rounding, locale};

/// 64 random bits per call.
pub type RandomSource = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What functions know besides their arguments: the session's place and language, the application's settings, the time.
#[derive(Clone)]
pub struct Context {
    /// The session's time zone; UTC in system sessions.
    pub time_zone: TimeZone,
    /// The language tag of the session's user, such as `en_US`.
    pub language: Arc<str>,
    /// The day that a week begins with.
    pub first_day_of_week: Weekday,
    /// What `round` does with a number in the middle.
    pub rounding: Rounding,
    /// The current moment in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Where `random` gets its bits from.
    pub random: RandomSource,
}

impl Context {
    /// A context with the week of the language's region and the default rounding.
    pub fn new(time_zone: TimeZone, language: impl Into<Arc<str>>, now_ms: i64, random: RandomSource) -> Self {
        let language = language.into();
        let first_day_of_week = locale::first_day_of_week(&language);
        Self { time_zone, language, first_day_of_week, rounding: Rounding::default(), now_ms, random }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("time_zone", &self.time_zone)
            .field("language", &self.language)
            .field("first_day_of_week", &self.first_day_of_week)
            .field("rounding", &self.rounding)
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}
