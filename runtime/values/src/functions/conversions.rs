//! Functions between texts and other values.

use jiff::tz::TimeZone;

use super::arguments::Arguments;
use crate::{
    Context, Decimal, FunctionError, Value,
    format::{MomentPattern, NumberPattern, number::DEFAULT_PATTERN},
    locale::Locale,
    moment,
};

/// The form of `java.util.Date.toString`, always in English.
const MOMENT_PATTERN: &str = "EEE MMM dd HH:mm:ss zzz yyyy";

pub(super) fn to_string(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    Ok(match a.values.first() {
        None | Some(Value::Empty) => "".into(),
        Some(text @ Value::Text(_)) => text.clone(),
        Some(Value::Enumeration(key)) => Value::Text(key.clone()),
        Some(Value::Boolean(value)) => value.to_string().into(),
        Some(Value::Integer(number)) => number.to_string().into(),
        Some(Value::Decimal(number)) => number.to_string().into(),
        Some(Value::DateTime(moment_ms)) => moment_text(*moment_ms, &a.context.time_zone, a.context)?.into(),
        Some(_) => return Err(a.unfit(0, "a value with a text")),
    })
}

fn moment_text(moment_ms: i64, zone: &TimeZone, context: &Context) -> Result<String, FunctionError> {
    let pattern = MomentPattern::compile(MOMENT_PATTERN)?;
    Ok(pattern.write(&moment::zoned(moment_ms, zone)?, Locale::of("en_US"), context.first_day_of_week))
}

/// Java's `Long.parseLong`: an optional sign and digits.
pub(super) fn parse_integer(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let number = if a.is_empty(0) { None } else { a.text(0)?.parse::<i64>().ok() };
    number.map_or_else(|| a.default_or_error(1, "an Integer/Long"), |number| Ok(Value::Integer(number)))
}

/// `(text)`, `(text, default)`, `(text, pattern)` or `(text, pattern, default)`. An empty second argument is a default.
pub(super) fn parse_decimal(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let pattern = match a.values.get(1) {
        Some(Value::Text(pattern)) => Some(NumberPattern::compile(pattern)?),
        _ => None,
    };
    let default_index = if pattern.is_some() || a.has(2) { 2 } else { 1 };
    let number = if a.is_empty(0) {
        None
    } else if let Some(pattern) = pattern {
        pattern.read(a.text(0)?, a.locale())
    } else {
        Decimal::parse(a.text(0)?).ok()
    };
    match number {
        Some(number) => Ok(number.into()),
        // A default that is written as an Integer is a Decimal all the same.
        None => match a.default_or_error(default_index, "a Decimal")? {
            Value::Integer(default) => Ok(Decimal::from(default).into()),
            default @ (Value::Decimal(_) | Value::Empty) => Ok(default),
            _ => Err(a.unfit(default_index, "a number")),
        },
    }
}

/// `true` or `false`, in any case.
pub(super) fn parse_boolean(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let text = if a.is_empty(0) { "" } else { a.text(0)? };
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
        _ if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
        _ => a.default_or_error(1, "true or false"),
    }
}

pub(super) fn format_decimal(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let number = a.decimal(0)?;
    let pattern = NumberPattern::compile(if a.has(1) { a.text(1)? } else { DEFAULT_PATTERN })?;
    let locale = if a.has(2) { Locale::of(a.text(2)?) } else { a.locale() };
    Ok(pattern.write(&number, locale)?.into())
}

pub(super) fn get_key(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    match a.values.first() {
        Some(Value::Empty) => Ok("".into()),
        Some(Value::Enumeration(key)) => Ok(Value::Text(key.clone())),
        _ => Err(a.unfit(0, "an Enumeration")),
    }
}
