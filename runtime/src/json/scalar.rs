//! Single values from and to JSON.

use std::sync::Arc;

use brooklet_model::{Enumeration, Manifest, Type};
use brooklet_values::{Decimal, Value};
use jiff::{Timestamp, civil, tz::TimeZone};

/// What would have been right, when a value is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected(pub(super) String);

impl From<&str> for Expected {
    fn from(what: &str) -> Self {
        Self(what.to_owned())
    }
}

/// Reads a value that is neither an object nor a list from its JSON text.
pub(super) fn read(raw: &str, kind: Type, manifest: &Manifest) -> Result<Value, Expected> {
    if raw == "null" {
        return Ok(Value::Empty);
    }
    match kind {
        Type::Boolean => boolean(raw).map(Value::Boolean),
        Type::Integer => integer(raw).map(Value::Integer),
        Type::Decimal => decimal(raw).map(Value::Decimal),
        Type::DateTime => date_time(raw).map(Value::DateTime),
        Type::Text => string(raw).map(|text| Value::Text(text.into())).ok_or("text".into()),
        Type::Enumeration(id) => enumeration(raw, manifest.enumeration(id)),
        Type::Binary => Err("empty; bytes cannot be sent as JSON".into()),
        Type::Nothing | Type::Object(_) | Type::List(_) => Err("empty".into()),
    }
}

/// The text of a JSON string; none for anything else.
pub(super) fn string(raw: &str) -> Option<String> {
    if raw.starts_with('"') { serde_json::from_str(raw).ok() } else { None }
}

/// The text of a string, or the digits of a number as they stand.
fn digits(raw: &str) -> Option<std::borrow::Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'"' => string(raw).map(Into::into),
        b'-' | b'0'..=b'9' => Some(raw.into()),
        _ => None,
    }
}

fn boolean(raw: &str) -> Result<bool, Expected> {
    match raw {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("true or false".into()),
    }
}

fn integer(raw: &str) -> Result<i64, Expected> {
    let expected = || Expected("a whole number of at most 64 bits".to_owned());
    let text = digits(raw).ok_or_else(expected)?;
    // `1e3` and `5.0` are whole numbers too.
    text.parse().ok().or_else(|| Decimal::parse(&text).ok()?.to_i64()).ok_or_else(expected)
}

fn decimal(raw: &str) -> Result<Decimal, Expected> {
    let text = digits(raw).ok_or("a decimal, such as \"12.50\"")?;
    Decimal::parse(&text).map_err(|_| "a decimal, such as \"12.50\"".into())
}

fn date_time(raw: &str) -> Result<i64, Expected> {
    let expected = || Expected("a moment with its offset, such as \"2024-02-29T12:30:00Z\"".to_owned());
    let text = string(raw).ok_or_else(expected)?;
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    // Only a date without a time may go without an offset; anything else would be a guess.
    let date: civil::Date = text.parse().ok().filter(|_| !text.contains(['T', 't', ' '])).ok_or_else(expected)?;
    let midnight = date.to_zoned(TimeZone::UTC).map_err(|_| expected())?;
    Ok(midnight.timestamp().as_millisecond())
}

fn enumeration(raw: &str, enumeration: &Enumeration) -> Result<Value, Expected> {
    let key = string(raw);
    if let Some(key) = key.as_deref()
        && enumeration.values.iter().any(|value| value.key == key)
    {
        return Ok(Value::Enumeration(Arc::from(key)));
    }
    let keys: Vec<_> = enumeration.values.iter().map(|value| format!("\"{}\"", value.key)).collect();
    Err(Expected(format!("a key of {}: {}", enumeration.name, keys.join(", "))))
}

/// A moment in RFC 3339, in UTC, with milliseconds.
pub(super) fn write_date_time(out: &mut String, milliseconds: i64) {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(moment) => {
            // Years that RFC 3339 does not know have a sign and six digits, as in ISO 8601.
            out.push('"');
            out.push_str(&format!("{moment:.3}"));
            out.push('"');
        }
        // Beyond the year 9999 the number is all there is.
        Err(_) => out.push_str(&milliseconds.to_string()),
    }
}

/// A JSON string.
pub(super) fn write_string(out: &mut String, text: &str) {
    // Writing a string cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, kind: Type) -> Result<Value, String> {
        read(raw, kind, &Manifest::default()).map_err(|expected| expected.0)
    }

    #[test]
    fn numbers_are_read_from_their_text() {
        assert_eq!(check("9223372036854775807", Type::Integer), Ok(Value::Integer(i64::MAX)));
        assert_eq!(check("\"-12\"", Type::Integer), Ok(Value::Integer(-12)));
        assert_eq!(check("5.0", Type::Integer), Ok(Value::Integer(5)));
        assert!(check("5.5", Type::Integer).is_err());
        assert!(check("9223372036854775808", Type::Integer).is_err());
        let exact = "12345678901234567890.12345678901234567";
        assert_eq!(check(exact, Type::Decimal), Ok(Value::Decimal(exact.parse().unwrap())));
        assert!(check("true", Type::Decimal).is_err());
    }

    #[test]
    fn moments_need_an_offset_and_dates_are_midnight_utc() {
        assert_eq!(check("\"1970-01-01T01:00:00.005+01:00\"", Type::DateTime), Ok(Value::DateTime(5)));
        assert_eq!(check("\"1970-01-02\"", Type::DateTime), Ok(Value::DateTime(86_400_000)));
        assert!(check("\"1970-01-02T00:00:00\"", Type::DateTime).is_err());
        assert!(check("0", Type::DateTime).is_err());
    }

    #[test]
    fn moments_are_written_with_milliseconds() {
        let mut out = String::new();
        write_date_time(&mut out, 141_990_610_000);
        assert_eq!(out, "\"1974-07-02T09:50:10.000Z\"");
    }

    #[test]
    fn null_is_empty_whatever_the_type() {
        assert_eq!(check("null", Type::Boolean), Ok(Value::Empty));
    }
}
