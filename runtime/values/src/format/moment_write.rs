//! Writing moments.

use std::fmt::Write as _;

use jiff::{
    Zoned,
    civil::{Date, Weekday},
};

use super::{MomentPattern, moment_pattern::Item};
use crate::locale::Locale;

impl MomentPattern {
    /// Writes a moment. Weeks, where the pattern has them, begin with `first_day`.
    pub(crate) fn write(&self, moment: &Zoned, locale: &Locale, first_day: Weekday) -> String {
        let mut text = String::new();
        for &item in &self.items {
            match item {
                Item::Literal(character) => text.push(character),
                Item::Field { letter, count } => write_field(&mut text, letter, count, moment, locale, first_day),
            }
        }
        text
    }
}

fn write_field(text: &mut String, letter: char, count: usize, moment: &Zoned, locale: &Locale, first_day: Weekday) {
    let date = moment.date();
    let (month, weekday) = (date.month() as usize - 1, date.weekday().to_sunday_zero_offset() as usize);
    let number = match letter {
        'G' => return text.push_str(if date.year() > 0 { "AD" } else { "BC" }),
        'M' | 'L' if count >= 4 => return text.push_str(locale.months[month]),
        'M' | 'L' if count == 3 => return text.push_str(locale.months_short[month]),
        'E' if count >= 4 => return text.push_str(locale.weekdays[weekday]),
        'E' => return text.push_str(locale.weekdays_short[weekday]),
        'a' => return text.push_str(locale.halves_of_day[usize::from(moment.hour() >= 12)]),
        'z' => return text.push_str(&zone_name(moment)),
        'Z' => return write_offset(text, moment, ""),
        'X' => return write_iso_offset(text, moment, count),
        'y' | 'Y' => {
            let year = if letter == 'y' { date.year() } else { week_of_year(date, first_day).0 };
            // Years before the first are counted backwards from 1 BC.
            let year = i64::from(if year > 0 { year } else { 1 - year });
            if count == 2 { year % 100 } else { year }
        }
        'M' | 'L' => i64::from(date.month()),
        'w' => week_of_year(date, first_day).1,
        'W' => week_since(date.first_of_month(), date, first_day),
        'D' => i64::from(date.day_of_year()),
        'd' => i64::from(date.day()),
        'F' => (i64::from(date.day()) - 1) / 7 + 1,
        'u' => i64::from(date.weekday().to_monday_one_offset()),
        'H' => i64::from(moment.hour()),
        'k' => (i64::from(moment.hour()) + 23) % 24 + 1,
        'K' => i64::from(moment.hour()) % 12,
        'h' => (i64::from(moment.hour()) + 11) % 12 + 1,
        'm' => i64::from(moment.minute()),
        's' => i64::from(moment.second()),
        _ => i64::from(moment.millisecond()),
    };
    // Writing to a String can not fail.
    let _ = write!(text, "{number:0count$}");
}

/// `CET`, `UTC`, or `GMT+05:30` for zones without letters. There are no long names.
fn zone_name(moment: &Zoned) -> String {
    let info = moment.time_zone().to_offset_info(moment.timestamp());
    let name = info.abbreviation();
    if !name.starts_with(['+', '-']) {
        return name.to_owned();
    }
    let mut text = "GMT".to_owned();
    write_offset(&mut text, moment, ":");
    text
}

fn write_iso_offset(text: &mut String, moment: &Zoned, count: usize) {
    if moment.offset().seconds() == 0 {
        return text.push('Z');
    }
    let start = text.len();
    write_offset(text, moment, if count == 3 { ":" } else { "" });
    if count == 1 {
        text.truncate(start + "+00".len());
    }
}

/// `+0100`, with a separator between hours and minutes.
fn write_offset(text: &mut String, moment: &Zoned, separator: &str) {
    let seconds = moment.offset().seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    let _ = write!(text, "{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60);
}

/// The year that a week belongs to, and its number there.
fn week_of_year(date: Date, first_day: Weekday) -> (i16, i64) {
    let new_year = |year: i16| Date::new(year, 1, 1).unwrap_or(date);
    let week = |year: i16| week_since(new_year(year), date, first_day);
    let year = date.year();
    if year < jiff::civil::Date::MAX.year() && week(year + 1) >= 1 {
        (year + 1, week(year + 1))
    } else if year > jiff::civil::Date::MIN.year() && week(year) < 1 {
        (year - 1, week(year - 1))
    } else {
        (year, week(year))
    }
}

/// The number of a day's week, counted from the first week of a year or month that begins at `start`.
fn week_since(start: Date, date: Date, first_day: Weekday) -> i64 {
    // A first week needs one day; where weeks begin on Monday it needs four, as in ISO 8601.
    let needed = if first_day == Weekday::Monday { 4 } else { 1 };
    let before = i64::from(start.weekday().since(first_day));
    let days = date.duration_since(start).as_hours() / 24 + before;
    days.div_euclid(7) + i64::from(7 - before >= needed)
}
