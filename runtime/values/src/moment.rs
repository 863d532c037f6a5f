//! Moments and calendars: adding units, and the begin and end of units, in a time zone.
//!
//! A moment is a number of milliseconds since 1970 UTC. Milliseconds to hours are durations; days and longer units are
//! steps in the zone's calendar that keep the local time. A local time that a zone skips becomes the one that much later,
//! and one that happens twice is the first of the two. The calendar is the Gregorian one, also before 1582.

use jiff::{
    Span, Timestamp, Zoned,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::FunctionError;

/// UTC, to be borrowed.
pub(crate) static UTC: TimeZone = TimeZone::UTC;

pub(crate) const DAY_MS: i64 = 86_400_000;

/// Units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// The length in milliseconds; none for units whose lengths vary.
    pub(crate) fn milliseconds(self) -> Option<i64> {
        match self {
            Self::Millisecond => Some(1),
            Self::Second => Some(1_000),
            Self::Minute => Some(60_000),
            Self::Hour => Some(3_600_000),
            Self::Day => Some(DAY_MS),
            Self::Week => Some(7 * DAY_MS),
            Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    fn is_calendar_unit(self) -> bool {
        !matches!(self, Self::Millisecond | Self::Second | Self::Minute | Self::Hour)
    }
}

fn beyond() -> FunctionError {
    FunctionError::out_of_range(
        "the moment is not between the years -9999 and 9999; check the numbers that it comes from",
    )
}

/// A moment with its local date and time.
pub(crate) fn zoned(moment_ms: i64, zone: &TimeZone) -> Result<Zoned, FunctionError> {
    Ok(Timestamp::from_millisecond(moment_ms).map_err(|_| beyond())?.to_zoned(zone.clone()))
}

/// The moment at which a date begins.
fn midnight(date: Date, zone: &TimeZone) -> Result<i64, FunctionError> {
    Ok(date.to_zoned(zone.clone()).map_err(|_| beyond())?.timestamp().as_millisecond())
}

/// A moment as a local date and time, given as if it were UTC, understood in a zone.
pub(crate) fn from_local(local_ms: i64, zone: &TimeZone) -> Result<i64, FunctionError> {
    let local = zoned(local_ms, &UTC)?.datetime();
    Ok(zone.to_timestamp(local).map_err(|_| beyond())?.as_millisecond())
}

/// A moment that is `count` units of constant length away.
pub(crate) fn add_duration(moment_ms: i64, unit_ms: i64, count: i64) -> Result<i64, FunctionError> {
    let sum = count.checked_mul(unit_ms).and_then(|by| moment_ms.checked_add(by)).ok_or_else(beyond)?;
    Timestamp::from_millisecond(sum).map_err(|_| beyond())?;
    Ok(sum)
}

/// A moment that is `count` units away.
pub(crate) fn add(moment_ms: i64, unit: Unit, count: i64, zone: &TimeZone) -> Result<i64, FunctionError> {
    if let (false, Some(length)) = (unit.is_calendar_unit(), unit.milliseconds()) {
        return add_duration(moment_ms, length, count);
    }
    let span = match unit {
        Unit::Week => Span::new().try_weeks(count),
        Unit::Month => Span::new().try_months(count),
        Unit::Quarter => Span::new().try_months(count.checked_mul(3).ok_or_else(beyond)?),
        Unit::Year => Span::new().try_years(count),
        _ => Span::new().try_days(count),
    };
    let sum = zoned(moment_ms, zone)?.checked_add(span.map_err(|_| beyond())?).map_err(|_| beyond())?;
    Ok(sum.timestamp().as_millisecond())
}

/// The first millisecond of the unit that a moment lies in.
pub(crate) fn begin_of(moment_ms: i64, unit: Unit, zone: &TimeZone, first_day: Weekday) -> Result<i64, FunctionError> {
    let local = zoned(moment_ms, zone)?;
    match (unit.is_calendar_unit(), unit.milliseconds()) {
        (false, Some(length)) => {
            // By the offset, not by the local time, so that an hour that happens twice is not mistaken for the first one.
            let offset_ms = i64::from(local.offset().seconds()) * 1_000;
            Ok(moment_ms - (moment_ms + offset_ms).rem_euclid(length))
        }
        _ => midnight(first_date(local.date(), unit, first_day)?, zone),
    }
}

/// The last millisecond of the unit that a moment lies in.
pub(crate) fn end_of(moment_ms: i64, unit: Unit, zone: &TimeZone, first_day: Weekday) -> Result<i64, FunctionError> {
    if let (false, Some(length)) = (unit.is_calendar_unit(), unit.milliseconds()) {
        return Ok(begin_of(moment_ms, unit, zone, first_day)? + length - 1);
    }
    let first = first_date(zoned(moment_ms, zone)?.date(), unit, first_day)?;
    let length = match unit {
        Unit::Week => Span::new().days(7),
        Unit::Month => Span::new().months(1),
        Unit::Quarter => Span::new().months(3),
        Unit::Year => Span::new().years(1),
        _ => Span::new().days(1),
    };
    Ok(midnight(first.checked_add(length).map_err(|_| beyond())?, zone)? - 1)
}

/// The first day of the calendar unit that a day lies in.
fn first_date(date: Date, unit: Unit, first_day: Weekday) -> Result<Date, FunctionError> {
    match unit {
        Unit::Week => {
            let days = date.weekday().since(first_day);
            date.checked_sub(Span::new().days(days)).map_err(|_| beyond())
        }
        Unit::Month => Ok(date.first_of_month()),
        Unit::Quarter => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).map_err(|_| beyond()),
        Unit::Year => Ok(date.first_of_year()),
        _ => Ok(date),
    }
}
