//! Functions of numbers.

use std::cmp::Ordering;

use super::arguments::Arguments;
use crate::{Decimal, FunctionError, FunctionErrorKind, Value};

/// The remedy for results that are no 64-bit integers.
fn too_large(number: impl std::fmt::Display) -> FunctionError {
    FunctionError::out_of_range(format!("{number} does not fit into an Integer/Long; compute with Decimals"))
}

fn whole(number: &Decimal) -> Result<Value, FunctionError> {
    number.to_i64().map(Value::Integer).ok_or_else(|| too_large(number))
}

pub(super) fn abs(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    match a.values.first() {
        Some(Value::Integer(number)) => {
            number.checked_abs().map(Value::Integer).ok_or_else(|| too_large(number.unsigned_abs()))
        }
        _ => Ok(a.decimal(0)?.abs().into()),
    }
}

/// With one argument an Integer, with a second one, the number of places, a Decimal.
pub(super) fn round(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let number = a.decimal(0)?;
    let rounding = a.context.rounding;
    if a.has(1) { Ok(number.round(a.integer(1)?, rounding).into()) } else { whole(&number.round(0, rounding)) }
}

pub(super) fn floor(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    whole(&a.decimal(0)?.floor())
}

pub(super) fn ceil(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    whole(&a.decimal(0)?.ceil())
}

/// Whole exponents are computed exactly, others as doubles. Two Integers give an Integer.
pub(super) fn pow(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let (base, exponent) = (a.decimal(0)?, a.decimal(1)?);
    if base.is_zero() && exponent.is_negative() {
        return Err(FunctionError::new(
            FunctionErrorKind::DivisionByZero,
            "0 has no power with a negative exponent; test the base first",
        ));
    }
    let power = match exponent.to_i64() {
        Some(exponent) => {
            let exponent = i32::try_from(exponent).map_err(|_| {
                FunctionError::out_of_range(format!("the exponent {exponent} is too far from 0; use a smaller one"))
            })?;
            base.power(exponent)?
        }
        None => from_double(base.to_f64().powf(exponent.to_f64()), || format!("pow({base}, {exponent})"))?,
    };
    if let [Value::Integer(_), Value::Integer(_)] = a.values {
        if power.fractional_digits() > 0 {
            return Err(FunctionError::out_of_range(format!(
                "the power of the Integers {base} and {exponent} is not an Integer; make one of them a Decimal"
            )));
        }
        return whole(&power);
    }
    Ok(power.into())
}

/// To as many digits as a quotient.
pub(super) fn sqrt(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let number = a.decimal(0)?;
    number
        .square_root()
        .map(Value::Decimal)
        .ok_or_else(|| FunctionError::invalid(format!("{number} is negative and has no square root; test it first")))
}

/// As a double.
pub(super) fn logarithm(a: &Arguments<'_>, logarithm: fn(f64) -> f64) -> Result<Value, FunctionError> {
    let number = a.decimal(0)?;
    if number.is_zero() || number.is_negative() {
        return Err(FunctionError::invalid(format!("{number} is not above 0 and has no logarithm; test it first")));
    }
    Ok(from_double(logarithm(number.to_f64()), || format!("the logarithm of {number}"))?.into())
}

fn from_double(result: f64, what: impl Fn() -> String) -> Result<Decimal, FunctionError> {
    match Decimal::from_f64(result) {
        Some(number) => Ok(number),
        None if result.is_nan() => {
            Err(FunctionError::invalid(format!("{} is not a real number; test the numbers first", what())))
        }
        None => Err(FunctionError::out_of_range(format!("{} is too large; use smaller numbers", what()))),
    }
}

/// The argument that compares with all others as given, as the most precise type among them; the first of equal ones.
pub(super) fn extreme(a: &Arguments<'_>, wanted: Ordering) -> Result<Value, FunctionError> {
    let indices = 1..a.values.len();
    if let Some(Value::DateTime(first)) = a.values.first() {
        return indices
            .map(|index| a.moment(index))
            .try_fold(*first, |best, moment| {
                moment.map(|moment| if moment.cmp(&best) == wanted { moment } else { best })
            })
            .map(Value::DateTime);
    }
    let mut best = a.decimal(0)?;
    for index in indices {
        let number = a.decimal(index)?;
        if number.cmp(&best) == wanted {
            best = number;
        }
    }
    if a.values.iter().all(|value| matches!(value, Value::Integer(_))) { whole(&best) } else { Ok(best.into()) }
}

/// A Decimal from 0 up to, but not including 1.
pub(super) fn random(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS;
    let fraction = ((a.context.random)() >> (u64::BITS - FRACTION_BITS)) as f64 / (1_u64 << FRACTION_BITS) as f64;
    Ok(from_double(fraction, || "a random number".to_owned())?.into())
}
