//! Reading moments, as leniently as Java: the 35th of November is the 5th of December, further text is ignored.

use jiff::{Span, civil::Date, tz::TimeZone};

use super::{MomentPattern, moment_pattern::Item};
use crate::{FunctionError, locale::Locale, moment};

/// Where and when a text is read.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The language of names.
    pub(crate) locale: &'a Locale,
    /// The zone of texts that name none.
    pub(crate) zone: &'a TimeZone,
    /// The moment that short years are near to.
    pub(crate) now_ms: i64,
}

/// What a text said.
#[derive(Default)]
struct Fields {
    before_christ: bool,
    year: Option<i64>,
    /// The year had two digits, so that its century must be found.
    year_is_short: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour_of_day: Option<i64>,
    hour_of_half: i64,
    afternoon: bool,
    minute: i64,
    second: i64,
    millisecond: i64,
    offset_s: Option<i64>,
}

/// Digits of a field that are read; more can not be meant.
const FIELD_DIGITS_LIMIT: usize = 9;

impl MomentPattern {
    /// Reads a moment; none when the text does not fit the pattern. What the pattern leaves out is that of 1970-01-01 00:00.
    /// Two digits stand for a year from 80 years ago to 20 years ahead.
    pub(crate) fn read(&self, text: &str, place: Place<'_>) -> Result<Option<i64>, FunctionError> {
        let mut fields = Fields::default();
        let mut rest = text;
        for (index, &item) in self.items.iter().enumerate() {
            let read = match item {
                Item::Literal(character) => rest.strip_prefix(character),
                Item::Field { letter, count } => {
                    // Without anything between two numbers, the pattern's letters say how long the first one is.
                    let width = matches!(self.items.get(index + 1), Some(next) if is_number(*next)).then_some(count);
                    fields.read(rest.trim_start_matches([' ', '\t']), (letter, count), width, place)?
                }
            };
            match read {
                Some(after) => rest = after,
                None => return Ok(None),
            }
        }
        // A date beyond all calendars is as little a date as a text that does not fit.
        Ok(fields.resolve(place).ok())
    }
}

fn is_number(item: Item) -> bool {
    match item {
        Item::Literal(_) => false,
        Item::Field { letter: 'M' | 'L', count } => count <= 2,
        Item::Field { letter, .. } => !"GEazZX".contains(letter),
    }
}

impl Fields {
    /// Reads one field, and answers what follows it.
    fn read<'t>(
        &mut self,
        text: &'t str,
        (letter, count): (char, usize),
        width: Option<usize>,
        place: Place<'_>,
    ) -> Result<Option<&'t str>, FunctionError> {
        if !is_number(Item::Field { letter, count }) {
            return Ok(self.read_name(text, letter, place));
        }
        let Some((number, after)) = read_number(text, width) else { return Ok(None) };
        match letter {
            'y' => {
                self.year = Some(number);
                let length = text.len() - after.len();
                self.year_is_short = count <= 2 && length == 2 && number >= 0;
            }
            'M' | 'L' => self.month = Some(number),
            'd' => self.day = Some(number),
            'D' => self.day_of_year = Some(number),
            'H' => self.hour_of_day = Some(number),
            'k' => self.hour_of_day = Some(if number == 24 { 0 } else { number }),
            'K' => self.hour_of_half = number,
            'h' => self.hour_of_half = if number == 12 { 0 } else { number },
            'm' => self.minute = number,
            's' => self.second = number,
            'S' => self.millisecond = number,
            'u' => {}
            _ => {
                let remedy = if letter == 'Y' { "the year is y" } else { "give the date by year, month and day" };
                return Err(FunctionError::pattern(format!(
                    "a date can be written but not read by weeks (`{letter}`); {remedy}"
                )));
            }
        }
        Ok(Some(after))
    }

    fn read_name<'t>(&mut self, text: &'t str, letter: char, place: Place<'_>) -> Option<&'t str> {
        let locale = place.locale;
        match letter {
            'M' | 'L' => {
                let (month, after) = read_one_of(text, locale.months.iter().chain(&locale.months_short))?;
                self.month = Some(month as i64 % 12 + 1);
                Some(after)
            }
            // The day of the week follows from the date.
            'E' => Some(read_one_of(text, locale.weekdays.iter().chain(&locale.weekdays_short))?.1),
            'G' => {
                let (era, after) = read_one_of(text, ["AD", "BC"].iter())?;
                self.before_christ = era == 1;
                Some(after)
            }
            'a' => {
                let (half, after) = read_one_of(text, locale.halves_of_day.iter().chain(&["AM", "PM"]))?;
                self.afternoon = half % 2 == 1;
                Some(after)
            }
            _ => {
                let (offset_s, after) = read_zone(text, place)?;
                self.offset_s = Some(offset_s);
                Some(after)
            }
        }
    }

    fn resolve(&self, place: Place<'_>) -> Result<i64, FunctionError> {
        let year = self.year.unwrap_or(1970);
        let year = if self.before_christ { 1 - year } else { year };
        if !self.year_is_short || self.before_christ {
            return self.resolve_in(year, place.zone);
        }
        let now = moment::zoned(place.now_ms, place.zone)?;
        let start = now
            .checked_sub(Span::new().years(80))
            .map_err(|_| FunctionError::out_of_range("the clock stands before all calendars"))?;
        let century = i64::from(start.year()).div_euclid(100) * 100;
        let resolved = self.resolve_in(century + year, place.zone)?;
        if resolved >= start.timestamp().as_millisecond() {
            Ok(resolved)
        } else {
            self.resolve_in(century + 100 + year, place.zone)
        }
    }

    fn resolve_in(&self, year: i64, zone: &TimeZone) -> Result<i64, FunctionError> {
        let beyond = || FunctionError::out_of_range("there is no such date");
        let by_day_of_year = self.day_of_year.filter(|_| self.month.is_none() && self.day.is_none());
        let months = year * 12 + self.month.unwrap_or(1) - 1;
        let year = i16::try_from(months.div_euclid(12)).map_err(|_| beyond())?;
        let first = Date::new(year, months.rem_euclid(12) as i8 + 1, 1).map_err(|_| beyond())?;
        let midnight = first.to_zoned(TimeZone::UTC).map_err(|_| beyond())?.timestamp().as_millisecond();
        let days = by_day_of_year.or(self.day).unwrap_or(1) - 1;
        let hours = self.hour_of_day.unwrap_or(self.hour_of_half + if self.afternoon { 12 } else { 0 });
        let time_ms = ((hours * 60 + self.minute) * 60 + self.second) * 1_000 + self.millisecond;
        let local_ms = midnight + days * moment::DAY_MS + time_ms;
        match self.offset_s {
            Some(offset_s) => moment::add_duration(local_ms, 1_000, -offset_s),
            None => moment::from_local(local_ms, zone),
        }
    }
}

/// A number at the begin of a text, at most `width` long, and what follows it.
fn read_number(text: &str, width: Option<usize>) -> Option<(i64, &str)> {
    let whole = match width {
        Some(width) => text.get(..width)?,
        None => text,
    };
    let (sign, unsigned) = match whole.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, whole),
    };
    let length = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if length > FIELD_DIGITS_LIMIT {
        return None;
    }
    let number: i64 = unsigned[..length].parse().ok()?;
    Some((sign * number, &text[whole.len() - unsigned.len() + length..]))
}

/// The index of the longest name that a text begins with, in any case, and what follows it.
fn read_one_of<'t, 'n>(text: &'t str, names: impl Iterator<Item = &'n &'static str>) -> Option<(usize, &'t str)> {
    let mut best: Option<(usize, &str)> = None;
    for (index, name) in names.enumerate() {
        if let Some(after) = strip_ignoring_case(text, name)
            && best.is_none_or(|(_, other)| after.len() < other.len())
        {
            best = Some((index, after));
        }
    }
    best
}

fn strip_ignoring_case<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut characters = text.chars();
    for wanted in name.chars() {
        let found = characters.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(characters.as_str())
}

/// An offset or a zone's name, as seconds east of UTC, and what follows it.
fn read_zone<'t>(text: &'t str, place: Place<'_>) -> Option<(i64, &'t str)> {
    if let Some(offset) = read_offset(text) {
        return Some(offset);
    }
    for name in ["GMT", "UTC", "UT"] {
        if let Some(after) = strip_ignoring_case(text, name) {
            return Some(read_offset(after).unwrap_or((0, after)));
        }
    }
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, after) = text.split_at(length);
    if name.eq_ignore_ascii_case("Z") {
        return Some((0, after));
    }
    // The names of the session's own zone, in winter and in summer, go before those of others.
    for days in [0, 91, 182, 273] {
        let moment = moment::zoned(place.now_ms.checked_sub(days * moment::DAY_MS)?, place.zone).ok()?;
        let info = place.zone.to_offset_info(moment.timestamp());
        if info.abbreviation().eq_ignore_ascii_case(name) {
            return Some((i64::from(info.offset().seconds()), after));
        }
    }
    let (_, hours) = ZONES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some((hours * 3_600, after))
}

/// `+01`, `+0100`, `-01:00` or `+1:00`.
fn read_offset(text: &str) -> Option<(i64, &str)> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = |text: &str| text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (hours, after) = text[1..].split_at(digits(&text[1..]));
    let minutes_text = after.strip_prefix(':').unwrap_or(after);
    let (minutes, after) = match digits(minutes_text) {
        2 => minutes_text.split_at(2),
        _ => ("0", after),
    };
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    (hours < 24 && minutes < 60).then_some((sign * (hours * 3_600 + minutes * 60), after))
}

/// Names of zones that are read everywhere, with their hours east of UTC.
const ZONES: &[(&str, i64)] = &[
    ("WET", 0),
    ("WEST", 1),
    ("BST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];
