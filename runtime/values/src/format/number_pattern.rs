//! Patterns of numbers: what Java's `DecimalFormat` understands, without exponents and currencies.

use std::{iter::Peekable, str::Chars};

use super::check_length;
use crate::{FunctionError, decimal::excerpt};

/// A compiled pattern.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberPattern {
    pub(super) positive: Affixes,
    pub(super) negative: Affixes,
    /// Digits before the point that are always written.
    pub(super) integral_minimum: usize,
    /// Digits after the point that are always written.
    pub(super) fraction_minimum: usize,
    pub(super) fraction_maximum: usize,
    /// The digits of a group; 0 for no groups.
    pub(super) group: usize,
    /// The point is written even when no digit follows.
    pub(super) point_always: bool,
    /// The power of ten that numbers are multiplied with: 2 for per cent, 3 for per mille.
    pub(super) magnification: u32,
}

/// What stands around a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Affixes {
    pub(super) prefix: String,
    pub(super) suffix: String,
}

/// The digits of a pattern, counted.
#[derive(Default)]
struct Digits {
    left: usize,
    zeros: usize,
    right: usize,
    point: Option<usize>,
    /// The digits since the last grouping sign.
    group: Option<usize>,
}

impl NumberPattern {
    /// Compiles a pattern.
    pub(crate) fn compile(pattern: &str) -> Result<Self, FunctionError> {
        check_length(pattern)?;
        Self::compile_parts(pattern).map_err(|problem| {
            FunctionError::pattern(format!("the number pattern `{}` is wrong: {problem}", excerpt(pattern)))
        })
    }

    fn compile_parts(pattern: &str) -> Result<Self, &'static str> {
        let mut characters = pattern.chars().peekable();
        let mut compiled = Self::default();
        compiled.positive.prefix = compiled.affix(&mut characters)?;
        let digits = Digits::read(&mut characters)?;
        compiled.positive.suffix = compiled.affix(&mut characters)?;
        compiled.set_digits(digits)?;
        // Only what stands around the digits counts in a second part.
        if characters.next_if_eq(&';').is_some() && characters.peek().is_some() {
            let mut ignored = Self::default();
            compiled.negative.prefix = ignored.affix(&mut characters)?;
            Digits::read(&mut characters)?;
            compiled.negative.suffix = ignored.affix(&mut characters)?;
        }
        if characters.next().is_some() {
            return Err("digits may not stand after text; put them between quotes");
        }
        if compiled.negative == Affixes::default() || compiled.negative == compiled.positive {
            compiled.negative =
                Affixes { prefix: format!("-{}", compiled.positive.prefix), suffix: compiled.positive.suffix.clone() };
        }
        Ok(compiled)
    }

    /// Reads what stands before or after the digits.
    fn affix(&mut self, characters: &mut Peekable<Chars<'_>>) -> Result<String, &'static str> {
        let mut text = String::new();
        let mut quoted = false;
        while let Some(&character) = characters.peek() {
            if !quoted && matches!(character, '#' | '0' | ',' | '.' | ';') {
                break;
            }
            characters.next();
            match character {
                '\'' if characters.next_if_eq(&'\'').is_some() => text.push('\''),
                '\'' => quoted = !quoted,
                '¤' if !quoted => return Err("currencies are not supported; write the currency's sign"),
                '%' | '‰' if !quoted => {
                    if self.magnification > 0 {
                        return Err("there is more than one per cent sign; put the others between quotes");
                    }
                    self.magnification = if character == '%' { 2 } else { 3 };
                    text.push(character);
                }
                other => text.push(other),
            }
        }
        if quoted { Err("a quote is not closed; write '' for a quote itself") } else { Ok(text) }
    }

    /// Java's rules of what is optional: without any 0, one `#` before the point counts as one.
    fn set_digits(&mut self, digits: Digits) -> Result<(), &'static str> {
        let Digits { mut left, mut zeros, mut right, point, group } = digits;
        if let (0, 1.., Some(position)) = (zeros, left, point) {
            let integral = position.max(1);
            right = left - integral;
            left = integral - 1;
            zeros = 1;
        }
        let total = left + zeros + right;
        if point.is_some_and(|position| position < left || position > left + zeros) || group == Some(0) {
            return Err("the decimal point or a grouping sign is at a wrong place");
        }
        self.integral_minimum = point.unwrap_or(total) - left;
        self.fraction_minimum = point.map_or(0, |position| left + zeros - position);
        self.fraction_maximum = point.map_or(0, |position| total - position);
        self.group = group.unwrap_or(0);
        self.point_always = point.is_some_and(|position| position == 0 || position == total);
        Ok(())
    }
}

impl Digits {
    fn read(characters: &mut Peekable<Chars<'_>>) -> Result<Self, &'static str> {
        let mut digits = Self::default();
        while let Some(&character) = characters.peek() {
            match character {
                '#' if digits.zeros > 0 => digits.right += 1,
                '#' => digits.left += 1,
                '0' if digits.right > 0 => return Err("a 0 may not follow a # that follows a 0"),
                '0' => digits.zeros += 1,
                ',' if digits.point.is_some() => return Err("a grouping sign may not stand behind the point"),
                ',' => digits.group = Some(0),
                '.' if digits.point.is_some() => return Err("there is more than one decimal point"),
                '.' => digits.point = Some(digits.left + digits.zeros + digits.right),
                'E' => return Err("exponents are not supported"),
                _ => break,
            }
            if let (true, None, Some(group)) = (matches!(character, '#' | '0'), digits.point, &mut digits.group) {
                *group += 1;
            }
            characters.next();
        }
        Ok(digits)
    }
}
