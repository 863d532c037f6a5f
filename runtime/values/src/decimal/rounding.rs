//! Rounding: to places after the point, to significant digits, to integers, and for storage.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed as _, Zero as _};

use super::{Decimal, DecimalError, count_digits, power_of_ten};

/// Where a number in the middle between two others goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Away from zero: 2.5 to 3, -2.5 to -3. What applications use unless they say otherwise.
    #[default]
    HalfAway,
    /// To the even neighbour: 2.5 to 2, 3.5 to 4.
    HalfEven,
}

impl Decimal {
    /// The number with at most `places` digits after the point; negative places round before the point.
    pub fn round(&self, places: i64, rounding: Rounding) -> Self {
        let (coefficient, scale) = self.parts();
        if scale <= places {
            return self.clone();
        }
        let excess = scale.saturating_sub(places).unsigned_abs();
        if excess > count_digits(&coefficient) {
            return Self::zero();
        }
        Self::normalized(divide_rounded(&coefficient, &power_of_ten(excess), rounding), places)
    }

    /// The greatest whole number that is not above this one.
    pub fn floor(&self) -> Self {
        let (coefficient, scale) = self.parts();
        if scale <= 0 {
            return self.clone();
        }
        Self::normalized(coefficient.div_floor(&power_of_ten(scale.unsigned_abs())), 0)
    }

    /// The least whole number that is not below this one.
    pub fn ceil(&self) -> Self {
        self.negate().floor().negate()
    }

    /// The number as it is stored: [`Decimal::STORED_FRACTIONAL_DIGITS`] after the point, half-even.
    pub fn round_for_storage(&self) -> Result<Self, DecimalError> {
        let rounded = self.round(i64::from(Self::STORED_FRACTIONAL_DIGITS), Rounding::HalfEven);
        if rounded.integral_digits() > u64::from(Self::STORED_INTEGRAL_DIGITS) {
            return Err(DecimalError::TooLargeToStore(rounded));
        }
        Ok(rounded)
    }

    /// `coefficient` · 10^-`scale` with at most `digits` significant digits, half-even.
    pub(super) fn round_significant(coefficient: &BigInt, scale: i64, digits: u32) -> Result<Self, DecimalError> {
        let excess = count_digits(coefficient).saturating_sub(u64::from(digits));
        let rounded = divide_rounded(coefficient, &power_of_ten(excess), Rounding::HalfEven);
        Self::from_parts(rounded, scale - excess as i64)
    }
}

/// The quotient rounded to a whole number. The denominator is positive.
pub(super) fn divide_rounded(numerator: &BigInt, denominator: &BigInt, rounding: Rounding) -> BigInt {
    debug_assert!(denominator.is_positive());
    let (quotient, remainder) = numerator.div_rem(denominator);
    if remainder.is_zero() {
        return quotient;
    }
    let away = match (remainder.magnitude() * 2_u8).cmp(denominator.magnitude()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => rounding == Rounding::HalfAway || quotient.is_odd(),
    };
    if away { quotient + numerator.signum() } else { quotient }
}
