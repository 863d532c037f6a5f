//! The four operations, the remainder and the square root.

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::{Signed as _, Zero as _};

use super::{Decimal, DecimalError, count_digits, power_of_ten, rounding::divide_rounded};
use crate::Rounding;

impl Decimal {
    /// The exact sum.
    pub fn add(&self, other: &Self) -> Result<Self, DecimalError> {
        let (left, right, scale) = self.aligned(other);
        Self::from_parts(left.as_ref() + right.as_ref(), scale)
    }

    /// The exact difference.
    pub fn subtract(&self, other: &Self) -> Result<Self, DecimalError> {
        let (left, right, scale) = self.aligned(other);
        Self::from_parts(left.as_ref() - right.as_ref(), scale)
    }

    /// The exact product.
    pub fn multiply(&self, other: &Self) -> Result<Self, DecimalError> {
        let ((left, left_scale), (right, right_scale)) = (self.parts(), other.parts());
        Self::from_parts(left.as_ref() * right.as_ref(), left_scale + right_scale)
    }

    /// The quotient to [`Decimal::QUOTIENT_DIGITS`] significant digits, half-even, rounded once.
    pub fn divide(&self, divisor: &Self) -> Result<Self, DecimalError> {
        if divisor.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        if self.is_zero() {
            return Ok(Self::zero());
        }
        let ((left, left_scale), (right, right_scale)) = (self.parts(), divisor.parts());
        // The coefficients' quotient lies between 10^(d-1) and 10^(d+1), where d is the difference of their lengths. Shifted
        // by this much it has as many digits as wanted, or one more; then the shift was one too many.
        let wanted = i64::from(Self::QUOTIENT_DIGITS);
        let mut shift = wanted - (count_digits(&left) as i64 - count_digits(&right) as i64);
        let (mut numerator, mut denominator) = shifted(&left, &right, shift);
        if numerator.magnitude() >= (&denominator * power_of_ten(wanted as u64)).magnitude() {
            shift -= 1;
            (numerator, denominator) = shifted(&left, &right, shift);
        }
        let quotient = divide_rounded(&numerator, &denominator, Rounding::HalfEven);
        Self::from_parts(quotient, left_scale - right_scale + shift)
    }

    /// What is left after taking the divisor away a whole number of times; it has the sign of the dividend, as in Java.
    pub fn remainder(&self, divisor: &Self) -> Result<Self, DecimalError> {
        if divisor.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let (left, right, scale) = self.aligned(divisor);
        Self::from_parts(left.as_ref() % right.as_ref(), scale)
    }

    /// The square root to [`Decimal::QUOTIENT_DIGITS`] significant digits, half-even; none below zero.
    pub fn square_root(&self) -> Option<Self> {
        if self.is_negative() {
            return None;
        }
        let (coefficient, scale) = self.parts();
        // Twice the wanted digits, with some to spare, give a root with enough of them. The scale must be even.
        let wanted = 2 * (i64::from(Self::QUOTIENT_DIGITS) + 2);
        let mut shift = (wanted - count_digits(&coefficient) as i64).max(0);
        if (scale + shift) % 2 != 0 {
            shift += 1;
        }
        let square = coefficient.as_ref() * power_of_ten(shift as u64);
        let root = square.sqrt();
        // A digit beyond the last one says that the root is not exact, so that it is not taken for a tie.
        let inexact = BigInt::from(u8::from(&root * &root != square));
        let sticky = root * 10 + inexact;
        Self::round_significant(&sticky, (scale + shift) / 2 + 1, Self::QUOTIENT_DIGITS).ok()
    }

    /// The number without its sign.
    pub fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    /// The number with the other sign.
    pub fn negate(&self) -> Self {
        Self(-self.0.clone())
    }

    /// Both coefficients for one scale.
    fn aligned<'a>(&'a self, other: &'a Self) -> (Cow<'a, BigInt>, Cow<'a, BigInt>, i64) {
        let ((left, left_scale), (right, right_scale)) = (self.parts(), other.parts());
        let scale = left_scale.max(right_scale);
        (scaled(left, scale - left_scale), scaled(right, scale - right_scale), scale)
    }
}

/// A coefficient for a scale that is larger by that much.
fn scaled(coefficient: Cow<'_, BigInt>, by: i64) -> Cow<'_, BigInt> {
    if by == 0 { coefficient } else { Cow::Owned(coefficient.as_ref() * power_of_ten(by.unsigned_abs())) }
}

/// Numerator and positive denominator of `left` / `right` · 10^`shift`.
fn shifted(left: &BigInt, right: &BigInt, shift: i64) -> (BigInt, BigInt) {
    let sign = right.signum();
    let ten = power_of_ten(shift.unsigned_abs());
    let (numerator, denominator) = if shift >= 0 { (left * ten, right.clone()) } else { (left.clone(), right * ten) };
    debug_assert!(!denominator.is_zero());
    (numerator * &sign, denominator * sign)
}
