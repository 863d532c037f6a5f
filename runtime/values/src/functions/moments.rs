//! Functions of moments.

use jiff::{
    Zoned,
    civil::{Date, DateTime},
};

use super::arguments::{Arguments, Zone};
use crate::{
    Decimal, FunctionError, Value,
    format::{MomentPattern, Place},
    locale::Locale,
    moment::{self, Unit},
};

/// The first year that `dateTime` can name.
const YEAR_MINIMUM: i64 = 1800;

/// A moment from year, month, day, hour, minute and second. What is left out is 1 or 0.
pub(super) fn construct(a: &Arguments<'_>, zone: Zone) -> Result<Value, FunctionError> {
    let part = |index: usize, name: &str, least: i64, most: i64| -> Result<i64, FunctionError> {
        let number = if a.has(index) { a.integer(index)? } else { least };
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(FunctionError::out_of_range(format!("the {name} {number} is not between {least} and {most}")))
    };
    let year = part(0, "year", YEAR_MINIMUM, 9999)?;
    let month = part(1, "month", 1, 12)?;
    let first =
        Date::new(year as i16, month as i8, 1).map_err(|error| FunctionError::out_of_range(error.to_string()))?;
    let day = part(2, "day of that month", 1, i64::from(first.days_in_month()))?;
    let (hour, minute, second) = (part(3, "hour", 0, 23)?, part(4, "minute", 0, 59)?, part(5, "second", 0, 59)?);
    let moment_ms = DateTime::new(year as i16, month as i8, day as i8, hour as i8, minute as i8, second as i8, 0)
        .and_then(|local| a.zone(zone).to_timestamp(local))
        .map_err(|error| FunctionError::out_of_range(error.to_string()))?
        .as_millisecond();
    Ok(Value::DateTime(moment_ms))
}

/// Reads a text by a pattern.
pub(super) fn parse(a: &Arguments<'_>, zone: Zone) -> Result<Value, FunctionError> {
    let pattern_text = a.text(1)?;
    let pattern = MomentPattern::compile(pattern_text)?;
    let place = Place { locale: a.locale(), zone: a.zone(zone), now_ms: a.context.now_ms };
    let moment_ms = if a.is_empty(0) { None } else { pattern.read(a.text(0)?, place)? };
    moment_ms.map_or_else(
        || a.default_or_error(2, &format!("a DateTime of the form `{pattern_text}`")),
        |moment_ms| Ok(Value::DateTime(moment_ms)),
    )
}

/// Writes a moment by the pattern that is given, or by one of the user's language.
pub(super) fn format(
    a: &Arguments<'_>,
    zone: Zone,
    pattern: fn(&Locale) -> &'static str,
) -> Result<Value, FunctionError> {
    let locale = a.locale();
    let moment = moment::zoned(a.moment(0)?, a.zone(zone))?;
    let pattern = MomentPattern::compile(if a.has(1) { a.text(1)? } else { pattern(locale) })?;
    Ok(pattern.write(&moment, locale, a.context.first_day_of_week).into())
}

pub(super) fn add(a: &Arguments<'_>, unit: Unit, zone: Zone) -> Result<Value, FunctionError> {
    moment::add(a.moment(0)?, unit, a.integer(1)?, a.zone(zone)).map(Value::DateTime)
}

pub(super) fn subtract(a: &Arguments<'_>, unit: Unit, zone: Zone) -> Result<Value, FunctionError> {
    // The only number without a negative is beyond all calendars anyway.
    let count = a.integer(1)?.checked_neg().unwrap_or(i64::MAX);
    moment::add(a.moment(0)?, unit, count, a.zone(zone)).map(Value::DateTime)
}

/// How many units lie between two moments, without a sign, computed with doubles as Mendix does.
pub(super) fn between(a: &Arguments<'_>, unit: Unit) -> Result<Value, FunctionError> {
    let difference_ms = a.moment(0)?.abs_diff(a.moment(1)?) as f64;
    let length_ms = unit.milliseconds().unwrap_or(1) as f64;
    let count = Decimal::from_f64(difference_ms / length_ms);
    count.map(Value::Decimal).ok_or_else(|| FunctionError::out_of_range("the moments are too far apart"))
}

/// How many whole months or years lie between two dates of the session's zone, without a sign.
pub(super) fn calendar_between(a: &Arguments<'_>, unit: Unit) -> Result<Value, FunctionError> {
    let zone = a.zone(Zone::Session);
    let (first, second) = (moment::zoned(a.moment(0)?, zone)?.date(), moment::zoned(a.moment(1)?, zone)?.date());
    let (earlier, later) = (first.min(second), first.max(second));
    let month = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    let months = month(later) - month(earlier) - i64::from(later.day() < earlier.day());
    Ok(Value::Integer(if unit == Unit::Year { months / 12 } else { months }))
}

pub(super) fn begin_of(a: &Arguments<'_>, unit: Unit, zone: Zone) -> Result<Value, FunctionError> {
    moment::begin_of(a.moment(0)?, unit, a.zone(zone), a.context.first_day_of_week).map(Value::DateTime)
}

pub(super) fn end_of(a: &Arguments<'_>, unit: Unit, zone: Zone) -> Result<Value, FunctionError> {
    moment::end_of(a.moment(0)?, unit, a.zone(zone), a.context.first_day_of_week).map(Value::DateTime)
}

/// A part of the local date or time.
pub(super) fn part(a: &Arguments<'_>, part: fn(&Zoned) -> i64) -> Result<Value, FunctionError> {
    Ok(Value::Integer(part(&moment::zoned(a.moment(0)?, a.zone(Zone::Session))?)))
}
