//! Moments relative to now: the tokens `[%CurrentDateTime%]`, `[%EndOfCurrentMonth%]`, `[%BeginOfYesterday%]` and so on.

use brooklet_model::{DateTokenUnit, Token};
use jiff::tz::TimeZone;

use crate::{
    Context, FunctionError,
    moment::{self, Unit},
};

/// The moment, in milliseconds since 1970 UTC, that a token stands for.
///
/// Days are added first, then the begin or end of the unit is taken, then the token's offsets are added in order: seconds to
/// weeks as durations, months and years by the calendar. Weeks begin as the context says.
pub fn resolve(token: &Token, context: &Context) -> Result<i64, FunctionError> {
    let zone = if token.utc { &moment::UTC } else { &context.time_zone };
    compute(token, context, zone).map_err(|error| error.of("date token"))
}

fn compute(token: &Token, context: &Context, zone: &TimeZone) -> Result<i64, FunctionError> {
    let mut moment_ms = moment::add(context.now_ms, Unit::Day, i64::from(token.day_offset), zone)?;
    if let Some(unit) = token.unit {
        let round = if token.end { moment::end_of } else { moment::begin_of };
        moment_ms = round(moment_ms, Unit::from(unit), zone, context.first_day_of_week)?;
    }
    for offset in &token.offsets {
        let unit = Unit::from(offset.unit);
        moment_ms = match unit.milliseconds() {
            Some(length) => moment::add_duration(moment_ms, length, offset.count)?,
            None => moment::add(moment_ms, unit, offset.count, zone)?,
        };
    }
    Ok(moment_ms)
}

impl From<DateTokenUnit> for Unit {
    fn from(unit: DateTokenUnit) -> Self {
        match unit {
            DateTokenUnit::Second => Self::Second,
            DateTokenUnit::Minute => Self::Minute,
            DateTokenUnit::Hour => Self::Hour,
            DateTokenUnit::Day => Self::Day,
            DateTokenUnit::Week => Self::Week,
            DateTokenUnit::Month => Self::Month,
            DateTokenUnit::Year => Self::Year,
        }
    }
}

#[cfg(test)]
mod tests {
    use brooklet_model::TokenOffset;

    use super::*;
    use crate::format::tests::{context_in, local_text};

    fn token(unit: Option<DateTokenUnit>) -> Token {
        Token { unit, end: false, day_offset: 0, utc: false, offsets: Vec::new() }
    }

    /// The token's moment in Amsterdam, where it is 2024-03-31 12:34:56.789, some hours after summer time began.
    fn resolved(token: &Token) -> String {
        let mut context = context_in("Europe/Amsterdam", "nl_NL");
        context.now_ms = 1_711_881_296_789;
        local_text(resolve(token, &context).expect("a moment"), &context)
    }

    #[test]
    fn without_a_unit_it_is_now() {
        assert_eq!(resolved(&token(None)), "2024-03-31 12:34:56.789");
    }

    #[test]
    fn begin_and_end_of_units_follow_the_zone() {
        use DateTokenUnit::*;
        for (unit, begin, end) in [
            (Second, "2024-03-31 12:34:56.000", "2024-03-31 12:34:56.999"),
            (Minute, "2024-03-31 12:34:00.000", "2024-03-31 12:34:59.999"),
            (Hour, "2024-03-31 12:00:00.000", "2024-03-31 12:59:59.999"),
            (Day, "2024-03-31 00:00:00.000", "2024-03-31 23:59:59.999"),
            (Week, "2024-03-25 00:00:00.000", "2024-03-31 23:59:59.999"),
            (Month, "2024-03-01 00:00:00.000", "2024-03-31 23:59:59.999"),
            (Year, "2024-01-01 00:00:00.000", "2024-12-31 23:59:59.999"),
        ] {
            assert_eq!(resolved(&token(Some(unit))), begin);
            assert_eq!(resolved(&Token { end: true, ..token(Some(unit)) }), end);
        }
    }

    #[test]
    fn yesterday_and_tomorrow_are_whole_days() {
        let day = token(Some(DateTokenUnit::Day));
        assert_eq!(resolved(&Token { day_offset: -1, ..day.clone() }), "2024-03-30 00:00:00.000");
        assert_eq!(resolved(&Token { day_offset: 1, end: true, ..day }), "2024-04-01 23:59:59.999");
    }

    #[test]
    fn in_utc_the_zone_does_not_count() {
        assert_eq!(resolved(&Token { utc: true, ..token(Some(DateTokenUnit::Month)) }), "2024-03-01 01:00:00.000");
    }

    #[test]
    fn months_and_years_are_calendar_units_and_days_are_durations() {
        let plus = |count, unit| Token { offsets: vec![TokenOffset { count, unit }], ..token(None) };
        assert_eq!(resolved(&plus(-1, DateTokenUnit::Month)), "2024-02-29 12:34:56.789");
        assert_eq!(resolved(&plus(1, DateTokenUnit::Year)), "2025-03-31 12:34:56.789");
        assert_eq!(resolved(&plus(-1, DateTokenUnit::Day)), "2024-03-30 11:34:56.789");
    }

    #[test]
    fn an_offset_beyond_all_years_is_an_error() {
        let context = context_in("UTC", "en_US");
        let far = Token { offsets: vec![TokenOffset { count: i64::MAX, unit: DateTokenUnit::Week }], ..token(None) };
        assert!(resolve(&far, &context).is_err());
    }
}
