//! Powers with whole exponents.

use num_bigint::BigInt;
use num_traits::One as _;

use super::{Decimal, DecimalError, count_digits, power_of_ten};

/// The digits that intermediate results keep when the exact power would have too many. Up to 2^31 multiplications lose fewer
/// than the difference to [`Decimal::QUOTIENT_DIGITS`].
const WORKING_DIGITS: u64 = 60;

impl Decimal {
    /// The power, exact while it has at most [`Decimal::DIGITS_LIMIT`] digits, otherwise to [`Decimal::QUOTIENT_DIGITS`]
    /// significant digits. Negative exponents give the quotient of 1 and the power.
    pub fn power(&self, exponent: i32) -> Result<Self, DecimalError> {
        let magnitude = self.power_magnitude(exponent.unsigned_abs())?;
        if exponent < 0 { Self::from(1).divide(&magnitude) } else { Ok(magnitude) }
    }

    fn power_magnitude(&self, exponent: u32) -> Result<Self, DecimalError> {
        let (coefficient, scale) = self.parts();
        let power_scale = scale.checked_mul(i64::from(exponent)).ok_or(DecimalError::Limit)?;
        let digits = count_digits(&coefficient).saturating_mul(u64::from(exponent));
        let limit = u64::from(Self::DIGITS_LIMIT);
        if digits <= limit && power_scale.unsigned_abs() <= limit {
            return Self::from_parts(coefficient.pow(exponent), power_scale);
        }
        let (coefficient, scale) = rounded_power(&coefficient, scale, exponent)?;
        Self::round_significant(&coefficient, scale, Self::QUOTIENT_DIGITS)
    }
}

/// Squares and multiplies, and keeps [`WORKING_DIGITS`] digits after each step.
fn rounded_power(base: &BigInt, scale: i64, exponent: u32) -> Result<(BigInt, i64), DecimalError> {
    let mut square = (base.clone(), scale);
    let mut power = (BigInt::one(), 0_i64);
    let mut rest = exponent;
    while rest > 0 {
        if rest & 1 == 1 {
            power = truncated(&power.0 * &square.0, power.1.checked_add(square.1))?;
        }
        rest >>= 1;
        if rest > 0 {
            square = truncated(&square.0 * &square.0, square.1.checked_mul(2))?;
        }
    }
    Ok(power)
}

fn truncated(coefficient: BigInt, scale: Option<i64>) -> Result<(BigInt, i64), DecimalError> {
    let scale = scale.ok_or(DecimalError::Limit)?;
    let excess = count_digits(&coefficient).saturating_sub(WORKING_DIGITS);
    if excess == 0 {
        return Ok((coefficient, scale));
    }
    Ok((coefficient / power_of_ten(excess), scale - excess as i64))
}
