//! What differs from language to language: separators, names of months and days, short formats, the week.
//!
//! English, Dutch, German and French are here; numbers and names of every other language are written in English, and its
//! moments in the order of ISO 8601. The texts are those of the CLDR, which Java uses, with plain spaces in times.

use jiff::civil::Weekday;

/// How a language writes numbers and moments.
#[derive(Debug)]
pub(crate) struct Locale {
    pub(crate) decimal_separator: char,
    pub(crate) grouping_separator: char,
    /// From January on, in full.
    pub(crate) months: [&'static str; 12],
    /// From January on, short.
    pub(crate) months_short: [&'static str; 12],
    /// From Sunday on, in full.
    pub(crate) weekdays: [&'static str; 7],
    /// From Sunday on, short.
    pub(crate) weekdays_short: [&'static str; 7],
    pub(crate) halves_of_day: [&'static str; 2],
    pub(crate) date_pattern: &'static str,
    pub(crate) time_pattern: &'static str,
    pub(crate) date_time_pattern: &'static str,
}

impl Locale {
    /// The locale of a language tag such as `en_US` or `nl-NL`.
    pub(crate) fn of(tag: &str) -> &'static Self {
        let (language, region) = split(tag);
        match (language.as_str(), region.as_deref()) {
            ("en", None | Some("US")) => &ENGLISH_US,
            ("en", _) => &ENGLISH,
            ("nl", _) => &DUTCH,
            ("de", _) => &GERMAN,
            ("fr", _) => &FRENCH,
            _ => &OTHER,
        }
    }
}

/// The language and the region of a tag.
fn split(tag: &str) -> (String, Option<String>) {
    let mut parts = tag.split(['_', '-']);
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    (language, parts.find(|part| part.len() == 2).map(str::to_ascii_uppercase))
}

/// The day that a week begins with where the language is spoken: Sunday, Monday or Saturday by region.
pub(crate) fn first_day_of_week(tag: &str) -> Weekday {
    let (language, region) = split(tag);
    let region = region.as_deref().unwrap_or(match language.as_str() {
        "en" => "US",
        "ja" => "JP",
        "ko" => "KR",
        "he" => "IL",
        "pt" => "BR",
        "hi" => "IN",
        _ => "",
    });
    match region {
        "US" | "CA" | "MX" | "BR" | "JP" | "KR" | "TW" | "HK" | "IN" | "IL" | "ZA" | "PH" | "TH" | "SG" | "ID"
        | "CO" | "PE" | "VE" | "SA" | "PT" => Weekday::Sunday,
        "AE" | "EG" | "IQ" | "IR" | "JO" | "KW" | "QA" | "DZ" | "SY" => Weekday::Saturday,
        _ => Weekday::Monday,
    }
}

const ENGLISH_US: Locale = Locale {
    decimal_separator: '.',
    grouping_separator: ',',
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    months_short: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    weekdays: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    weekdays_short: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    halves_of_day: ["AM", "PM"],
    date_pattern: "M/d/yy",
    time_pattern: "h:mm a",
    date_time_pattern: "M/d/yy, h:mm a",
};

const ENGLISH: Locale =
    Locale { date_pattern: "dd/MM/yyyy", time_pattern: "HH:mm", date_time_pattern: "dd/MM/yyyy, HH:mm", ..ENGLISH_US };

const OTHER: Locale =
    Locale { date_pattern: "yyyy-MM-dd", time_pattern: "HH:mm", date_time_pattern: "yyyy-MM-dd HH:mm", ..ENGLISH_US };

const DUTCH: Locale = Locale {
    decimal_separator: ',',
    grouping_separator: '.',
    months: [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    months_short: ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    weekdays: ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
    weekdays_short: ["zo", "ma", "di", "wo", "do", "vr", "za"],
    halves_of_day: ["a.m.", "p.m."],
    date_pattern: "dd-MM-yyyy",
    time_pattern: "HH:mm",
    date_time_pattern: "dd-MM-yyyy HH:mm",
};

const GERMAN: Locale = Locale {
    decimal_separator: ',',
    grouping_separator: '.',
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    months_short: ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
    weekdays: ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
    weekdays_short: ["So.", "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa."],
    halves_of_day: ["AM", "PM"],
    date_pattern: "dd.MM.yy",
    time_pattern: "HH:mm",
    date_time_pattern: "dd.MM.yy, HH:mm",
};

const FRENCH: Locale = Locale {
    decimal_separator: ',',
    grouping_separator: '\u{202f}',
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    months_short: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    weekdays: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    weekdays_short: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
    halves_of_day: ["AM", "PM"],
    date_pattern: "dd/MM/yyyy",
    time_pattern: "HH:mm",
    date_time_pattern: "dd/MM/yyyy HH:mm",
};
