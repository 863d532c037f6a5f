//! Exact decimals.
//!
//! A [`Decimal`] is an integer and a scale, kept without superfluous zeros, so that equal numbers have equal texts. Sums,
//! differences and products are exact; only the division rounds. Exactness has a price: digits add up with every product.
//! [`Decimal::DIGITS_LIMIT`] turns a loop that would fill the memory into an error.
//!
//! How numbers are written for people, with grouping and locales, is left to the module `format`.

mod arithmetic;
mod power;
mod rounding;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use bigdecimal::BigDecimal;
use num_bigint::{BigInt, Sign};
use num_traits::{ToPrimitive, Zero};

pub use rounding::Rounding;

/// An exact decimal number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(BigDecimal);

/// Why a decimal can not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not a number.
    #[error("`{0}` is not a decimal number; write digits with an optional sign and decimal point, such as -12.5")]
    Parse(String),
    /// The result would need too many digits.
    #[error("the result needs more than {} digits; round intermediate results", Decimal::DIGITS_LIMIT)]
    Limit,
    /// Division or remainder by zero.
    #[error("division by zero; test the divisor first")]
    DivisionByZero,
    /// The number has too many integral digits to be stored.
    #[error(
        "{0} has more than {limit} digits before the decimal point, which can not be stored",
        limit = Decimal::STORED_INTEGRAL_DIGITS
    )]
    TooLargeToStore(Decimal),
}

impl Decimal {
    /// The most digits that a number may have in plain notation, on both sides of the point together.
    pub const DIGITS_LIMIT: u32 = 1_000;
    /// The significant digits of quotients: those of Java's `DECIMAL128`.
    pub const QUOTIENT_DIGITS: u32 = 34;
    /// The digits before the point that a stored number may have.
    pub const STORED_INTEGRAL_DIGITS: u32 = 20;
    /// The digits after the point that a stored number may have.
    pub const STORED_FRACTIONAL_DIGITS: u32 = 8;

    /// Zero.
    pub fn zero() -> Self {
        Self(BigDecimal::zero())
    }

    /// Reads an optional sign, digits, optionally a point and digits, optionally an exponent; nothing else.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let invalid = || DecimalError::Parse(excerpt(text));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| invalid())?),
            None => (text, 0),
        };
        let (sign, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (Sign::Minus, rest),
            None => (Sign::Plus, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (integral, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(invalid()),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        if integral.is_empty() || !integral.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        // Before any arithmetic, because both could be enormous.
        let limit = 4 * u64::from(Self::DIGITS_LIMIT);
        if unsigned.len() as u64 > limit || exponent.unsigned_abs() > limit {
            return Err(DecimalError::Limit);
        }
        let digits = [integral, fraction].concat();
        let magnitude = match digits.parse::<u128>() {
            Ok(small) => small.into(),
            Err(_) => digits.parse().map_err(|_| invalid())?,
        };
        Self::from_parts(BigInt::from_biguint(sign, magnitude), fraction.len() as i64 - exponent)
    }

    /// The number `coefficient` · 10^-`scale`.
    pub(crate) fn from_parts(coefficient: BigInt, scale: i64) -> Result<Self, DecimalError> {
        let number = Self::normalized(coefficient, scale);
        if number.plain_digits() > u64::from(Self::DIGITS_LIMIT) { Err(DecimalError::Limit) } else { Ok(number) }
    }

    fn normalized(coefficient: BigInt, scale: i64) -> Self {
        let Some(mut small) = coefficient.to_i128() else {
            return Self(BigDecimal::new(coefficient, scale).normalized());
        };
        if small == 0 {
            return Self::zero();
        }
        let mut scale = scale;
        while small % 10 == 0 {
            small /= 10;
            scale -= 1;
        }
        Self(BigDecimal::new(small.into(), scale))
    }

    /// The coefficient without trailing zeros, and the scale.
    pub(crate) fn parts(&self) -> (std::borrow::Cow<'_, BigInt>, i64) {
        self.0.as_bigint_and_scale()
    }

    /// The digits of the plain notation, not counting a single zero before the point.
    fn plain_digits(&self) -> u64 {
        let (coefficient, scale) = self.parts();
        let digits = count_digits(&coefficient);
        if scale > 0 { digits.max(scale.unsigned_abs()) } else { digits + scale.unsigned_abs() }
    }

    /// The digits before the point; 0 for numbers between -1 and 1.
    pub fn integral_digits(&self) -> u64 {
        let (coefficient, scale) = self.parts();
        if coefficient.is_zero() { 0 } else { (count_digits(&coefficient) as i64 - scale).max(0) as u64 }
    }

    /// The digits after the point.
    pub fn fractional_digits(&self) -> u64 {
        self.parts().1.max(0) as u64
    }

    /// Whether the number is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether the number is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.sign() == Sign::Minus
    }

    /// The same number as a 64-bit integer, if it is one.
    pub fn to_i64(&self) -> Option<i64> {
        let (coefficient, scale) = self.parts();
        if !(-19..=0).contains(&scale) {
            return None;
        }
        coefficient.to_i64()?.checked_mul(10_i64.checked_pow(scale.unsigned_abs() as u32)?)
    }

    /// The nearest IEEE double; infinite beyond its range.
    pub fn to_f64(&self) -> f64 {
        // Through the text, because that conversion is correctly rounded.
        let (coefficient, scale) = self.parts();
        format!("{coefficient}e{}", -scale).parse().unwrap_or(f64::NAN)
    }

    /// The shortest decimal that reads as that double; none for infinities and NaN.
    pub fn from_f64(number: f64) -> Option<Self> {
        Self::parse(&format!("{number:e}")).ok()
    }

    /// The number for libraries that know [`BigDecimal`].
    pub fn as_big_decimal(&self) -> &BigDecimal {
        &self.0
    }
}

/// The number of decimal digits of an integer's magnitude; 1 for zero.
pub(crate) fn count_digits(number: &BigInt) -> u64 {
    match number.magnitude().to_u128() {
        Some(0) => 1,
        Some(small) => u64::from(small.ilog10()) + 1,
        None => number.magnitude().to_str_radix(10).len() as u64,
    }
}

/// 10 to that power.
pub(crate) fn power_of_ten(exponent: u64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}

/// So much of a text as fits into a message.
pub(crate) fn excerpt(text: &str) -> String {
    const EXCERPT_CHARACTERS: usize = 60;
    match text.char_indices().nth(EXCERPT_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Plain notation: no exponent, no superfluous zeros, no plus sign.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (coefficient, scale) = self.parts();
        let digits = coefficient.magnitude().to_string();
        let text = if scale <= 0 {
            digits + &"0".repeat(scale.unsigned_abs() as usize)
        } else {
            let padded = format!("{digits:0>width$}", width = scale as usize + 1);
            let (integral, fraction) = padded.split_at(padded.len() - scale as usize);
            format!("{integral}.{fraction}")
        };
        f.pad_integral(!self.is_negative(), "", &text)
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::normalized(number.into(), 0)
    }
}

impl TryFrom<BigDecimal> for Decimal {
    type Error = DecimalError;

    fn try_from(number: BigDecimal) -> Result<Self, Self::Error> {
        let (coefficient, scale) = number.into_bigint_and_scale();
        if scale.unsigned_abs() > 4 * u64::from(Self::DIGITS_LIMIT) && !coefficient.is_zero() {
            return Err(DecimalError::Limit);
        }
        Self::from_parts(coefficient, scale)
    }
}
