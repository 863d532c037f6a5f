//! Contexts for tests, and tests of patterns.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::MomentPattern;
use crate::{Context, locale::Locale, moment};

/// A context in a zone and a language, at 2026-01-02 03:04:05.006 UTC, without chance.
pub(crate) fn context_in(zone: &str, language: &str) -> Context {
    let zone = TimeZone::get(zone).expect("a zone that is built in");
    Context::new(zone, language, 1_767_323_045_006, Arc::new(|| 1 << 63))
}

/// A moment as local time of the context.
pub(crate) fn local_text(moment_ms: i64, context: &Context) -> String {
    let pattern = MomentPattern::compile("yyyy-MM-dd HH:mm:ss.SSS").expect("a pattern");
    let moment = moment::zoned(moment_ms, &context.time_zone).expect("a moment");
    pattern.write(&moment, Locale::of("en_US"), context.first_day_of_week)
}
