//! Moments that a model spells out: defaults of DateTime attributes, bounds of rules.

use brooklet_model::DefaultValue;

use crate::syntax::ast::{Expression, ExpressionKind};

/// `[%CurrentDateTime%]`, `'2026-12-31'`, `'2026-12-31T23:59:59.999Z'`, `dateTime(2026, 12, 31)`. All are in UTC.
pub(super) fn moment(expression: &Expression) -> Option<DefaultValue> {
    match &expression.kind {
        ExpressionKind::Token(token) if token.eq_ignore_ascii_case("CurrentDateTime") => {
            Some(DefaultValue::CurrentDateTime)
        }
        ExpressionKind::Text(text) if text.trim() == "[%CurrentDateTime%]" => Some(DefaultValue::CurrentDateTime),
        ExpressionKind::Text(text) => parse(text).map(DefaultValue::DateTime),
        ExpressionKind::Call(name, arguments) if matches!(name.text().as_str(), "dateTime" | "dateTimeUTC") => {
            let mut parts = [1, 1, 1, 0, 0, 0];
            if arguments.is_empty() || arguments.len() > parts.len() {
                return None;
            }
            for (part, argument) in parts.iter_mut().zip(arguments) {
                let ExpressionKind::Integer(digits) = &argument.kind else { return None };
                *part = digits.parse().ok()?;
            }
            let [year, month, day, hour, minute, second] = parts;
            milliseconds((year, month, day), (hour, minute, second), 0).map(DefaultValue::DateTime)
        }
        _ => None,
    }
}

/// `2026-12-31`, `2026-12-31T23:59:59.999Z`, in UTC, as milliseconds since 1970.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let date = (date.next()??, date.next()??, date.next()??);
    if time.is_empty() {
        return milliseconds(date, (0, 0, 0), 0);
    }
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let time = (time.next()??, time.next()??, time.next().unwrap_or(Some(0))?);
    let milli = match fraction.len() {
        0 => 0,
        1..=3 => format!("{fraction:0<3}").parse().ok()?,
        _ => return None,
    };
    milliseconds(date, time, milli)
}

/// Milliseconds since 1970 of a moment of the Gregorian calendar in UTC.
fn milliseconds(
    (year, month, day): (i64, i64, i64),
    (hour, minute, second): (i64, i64, i64),
    milli: i64,
) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    let is_valid = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=month_days).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (0..1000).contains(&milli);
    if !is_valid {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milli)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn moments_are_in_utc() {
        let cases = [
            ("1970-01-01", 0),
            ("2000-02-29T12:30:15.25Z", 951_827_415_250),
            ("1969-12-31 23:59", -60_000),
            ("2026-12-31T23:59:59", 1_798_761_599_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
        }
        for text in ["2023-02-29", "2023-13-01", "tomorrow", "2023-01-01T24:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
