//! Writing and reading numbers by a pattern, with the separators of a language.

use num_bigint::BigInt;

use super::NumberPattern;
use crate::{Decimal, DecimalError, Rounding, locale::Locale};

/// The pattern of numbers for which none is given.
pub(crate) const DEFAULT_PATTERN: &str = "#,##0.###";

impl NumberPattern {
    /// Writes a number. Digits that the pattern has no place for are rounded half-even, as in Java.
    pub(crate) fn write(&self, number: &Decimal, locale: &Locale) -> Result<String, DecimalError> {
        let magnified = number.multiply(&self.factor()?)?;
        let rounded = magnified.abs().round(self.fraction_maximum as i64, Rounding::HalfEven).to_string();
        let (integral, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
        let integral =
            format!("{:0>width$}", if integral == "0" { "" } else { integral }, width = self.integral_minimum);
        let fraction = format!("{fraction:0<width$}", width = self.fraction_minimum);

        // A negative number that is rounded to zero keeps its sign, as in Java.
        let affixes = if number.is_negative() { &self.negative } else { &self.positive };
        let mut text = affixes.prefix.clone();
        if integral.is_empty() && fraction.is_empty() {
            text.push('0');
        }
        for (index, digit) in integral.chars().enumerate() {
            let left = integral.len() - index;
            if self.group > 0 && index > 0 && left.is_multiple_of(self.group) {
                text.push(locale.grouping_separator);
            }
            text.push(digit);
        }
        if self.point_always || !fraction.is_empty() {
            text.push(locale.decimal_separator);
        }
        text.push_str(&fraction);
        text.push_str(&affixes.suffix);
        Ok(text)
    }

    /// Reads a number; none when the text does not fit the pattern from its begin to its end. As in Java, groups may have any
    /// length and more digits may follow the point than the pattern shows.
    pub(crate) fn read(&self, text: &str, locale: &Locale) -> Option<Decimal> {
        // The longer prefix goes first, since one may be the begin of the other.
        let positive = (&self.positive, "");
        let negative = (&self.negative, "-");
        let order = if self.negative.prefix.len() + self.negative.suffix.len()
            > self.positive.prefix.len() + self.positive.suffix.len()
        {
            [negative, positive]
        } else {
            [positive, negative]
        };
        let (digits, sign) = order.into_iter().find_map(|(affixes, sign)| {
            let inner = text.strip_prefix(affixes.prefix.as_str())?.strip_suffix(affixes.suffix.as_str())?;
            Some((inner, sign))
        })?;
        let mut plain = sign.to_owned();
        let mut point_seen = false;
        let mut digit_seen = false;
        for character in digits.chars() {
            if character.is_ascii_digit() {
                plain.push(character);
                digit_seen = true;
            } else if character == locale.decimal_separator && !point_seen {
                if !digit_seen {
                    plain.push('0');
                }
                plain.push('.');
                point_seen = true;
            } else if !(self.group > 0 && digit_seen && !point_seen && is_separator(character, locale)) {
                return None;
            }
        }
        if !digit_seen {
            return None;
        }
        let magnified = Decimal::parse(plain.trim_end_matches('.')).ok()?;
        magnified.divide_exactly(self.magnification).ok()
    }

    fn factor(&self) -> Result<Decimal, DecimalError> {
        Decimal::from_parts(BigInt::from(1), -i64::from(self.magnification))
    }
}

impl Decimal {
    /// The number with its point moved to the left.
    fn divide_exactly(&self, magnification: u32) -> Result<Self, DecimalError> {
        self.multiply(&Self::from_parts(BigInt::from(1), i64::from(magnification))?)
    }
}

/// Whether a character separates groups. Where that is a kind of space, people type any kind.
fn is_separator(character: char, locale: &Locale) -> bool {
    character == locale.grouping_separator
        || locale.grouping_separator == '\u{202f}' && matches!(character, ' ' | '\u{a0}')
}
