//! Tests of decimals.

use proptest::prelude::*;

use super::*;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).expect("a number")
}

#[test]
fn equal_numbers_have_equal_texts() {
    for (text, plain) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("+12.50", "12.5"),
        ("007", "7"),
        ("100", "100"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("-1200e-2", "-12"),
        ("340282366920938463463374607431768211456000", "340282366920938463463374607431768211456000"),
        ("0.000000000000000000000000000000000000000000010", "0.00000000000000000000000000000000000000000001"),
    ] {
        assert_eq!(decimal(text).to_string(), plain);
        assert_eq!(decimal(text), decimal(plain));
    }
}

#[test]
fn only_numbers_are_read() {
    for text in [
        "", "-", "+", ".", ".5", "5.", "1,5", " 1", "1 ", "--1", "1.2.3", "1e", "1e1.5", "e5", "0x1", "١", "NaN", "+-1",
    ] {
        assert_eq!(Decimal::parse(text), Err(DecimalError::Parse(text.to_owned())));
    }
}

#[test]
fn too_many_digits_are_refused() {
    for text in
        ["1e1000", "1e-1001", "1e999999999999", "1e-9223372036854775808", &"9".repeat(1_001), &"9".repeat(10_000)]
    {
        assert_eq!(Decimal::parse(text), Err(DecimalError::Limit), "{text}");
    }
    let mut power = decimal("1.1");
    let error = loop {
        match power.multiply(&power) {
            Ok(next) => power = next,
            Err(error) => break error,
        }
    };
    assert_eq!(error, DecimalError::Limit);
    assert_eq!(decimal("1e900").add(&decimal("1e-900")), Err(DecimalError::Limit));
    assert_eq!(decimal("1e-900").divide(&decimal("1e900")), Err(DecimalError::Limit));
}

#[test]
fn quotients_have_34_digits_rounded_half_even_once() {
    for (left, right, quotient) in [
        ("3", "7", "0.4285714285714285714285714285714286"),
        ("4", "2", "2"),
        ("100", "4", "25"),
        ("1", "3", "0.3333333333333333333333333333333333"),
        ("2", "3", "0.6666666666666666666666666666666667"),
        ("-2", "3", "-0.6666666666666666666666666666666667"),
        ("2", "-3", "-0.6666666666666666666666666666666667"),
        ("0", "-3", "0"),
        ("1e30", "3e-30", "333333333333333333333333333333333300000000000000000000000000"),
        // Ties go to the even digit, and what is just beyond a tie does not count as one.
        ("10000000000000000000000000000000005", "10", "1000000000000000000000000000000000"),
        ("10000000000000000000000000000000015", "10", "1000000000000000000000000000000002"),
        ("100000000000000000000000000000000051", "100", "1000000000000000000000000000000001"),
        ("99999999999999999999999999999999995", "1", "100000000000000000000000000000000000"),
    ] {
        assert_eq!(decimal(left).divide(&decimal(right)).map(|quotient| quotient.to_string()), Ok(quotient.to_owned()));
    }
    assert_eq!(decimal("1").divide(&Decimal::zero()), Err(DecimalError::DivisionByZero));
    let product =
        decimal("3").divide(&decimal("7")).and_then(|quotient| quotient.multiply(&decimal("7"))).expect("7/7");
    assert_eq!(product.to_string(), "3.0000000000000000000000000000000002");
    assert_eq!(product.ceil(), decimal("4"));
}

#[test]
fn remainders_have_the_sign_of_the_dividend() {
    for (left, right, remainder) in [
        ("7", "3", "1"),
        ("-7", "3", "-1"),
        ("7", "-3", "1"),
        ("5.5", "2", "1.5"),
        ("1", "0.3", "0.1"),
        ("6", "3", "0"),
    ] {
        assert_eq!(decimal(left).remainder(&decimal(right)), Ok(decimal(remainder)));
    }
    assert_eq!(decimal("1").remainder(&Decimal::zero()), Err(DecimalError::DivisionByZero));
}

#[test]
fn rounding_goes_where_it_is_told() {
    for (text, places, away, even) in [
        ("2.5", 0, "3", "2"),
        ("-2.5", 0, "-3", "-2"),
        ("3.5", 0, "4", "4"),
        ("88.725", 2, "88.73", "88.72"),
        ("88.7251", 2, "88.73", "88.73"),
        ("0.05", 0, "0", "0"),
        ("0.5", 0, "1", "0"),
        ("150", -2, "200", "200"),
        ("50", -2, "100", "0"),
        ("50", -9, "0", "0"),
        ("1.5", 5, "1.5", "1.5"),
    ] {
        assert_eq!(decimal(text).round(places, Rounding::HalfAway), decimal(away), "{text}");
        assert_eq!(decimal(text).round(places, Rounding::HalfEven), decimal(even), "{text}");
    }
    assert_eq!(decimal("1.5").round(i64::MIN, Rounding::HalfEven), Decimal::zero());
    assert_eq!(decimal("-1.2").floor(), decimal("-2"));
    assert_eq!(decimal("-1.9").ceil(), decimal("-1"));
    assert_eq!(decimal("1e20").floor(), decimal("1e20"));
}

#[test]
fn stored_numbers_have_8_and_20_digits() {
    assert_eq!(decimal("0.123456785").round_for_storage(), Ok(decimal("0.12345678")));
    assert_eq!(decimal("0.123456775").round_for_storage(), Ok(decimal("0.12345678")));
    assert_eq!(decimal("99999999999999999999").round_for_storage(), Ok(decimal("99999999999999999999")));
    assert!(decimal("100000000000000000000").round_for_storage().is_err());
    assert!(decimal("99999999999999999999.999999999").round_for_storage().is_err());
}

#[test]
fn conversions_are_checked() {
    assert_eq!(decimal("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(decimal("9223372036854775808").to_i64(), None);
    assert_eq!(decimal("1e18").to_i64(), Some(1_000_000_000_000_000_000));
    assert_eq!(decimal("1e300").to_i64(), None);
    assert_eq!(decimal("0.5").to_i64(), None);
    assert_eq!(decimal("0.1").to_f64(), 0.1);
    assert_eq!(decimal("1e400").to_f64(), f64::INFINITY);
    assert_eq!(Decimal::from_f64(1e-7), Some(decimal("0.0000001")));
    assert_eq!(Decimal::from_f64(f64::NAN), None);
    assert_eq!(Decimal::from_f64(f64::NEG_INFINITY), None);
    assert_eq!(decimal("0.05").integral_digits(), 0);
    assert_eq!(decimal("100.25").integral_digits(), 3);
    assert_eq!(decimal("100.25").fractional_digits(), 2);
}

#[test]
fn numbers_compare_by_value() {
    let mut numbers = ["1e2", "-5", "99.999", "0", "100.001", "-1e3", "0.1"].map(decimal);
    numbers.sort();
    assert_eq!(numbers, ["-1e3", "-5", "0", "0.1", "99.999", "1e2", "100.001"].map(decimal));
}

#[test]
fn powers_are_exact_or_have_34_digits() {
    assert_eq!(decimal("1.1").power(3), Ok(decimal("1.331")));
    assert_eq!(decimal("2").power(-2), Ok(decimal("0.25")));
    assert_eq!(decimal("7").power(0), Ok(decimal("1")));
    assert_eq!(decimal("-1").power(i32::MIN), Ok(decimal("1")));
    assert_eq!(decimal("2").power(i32::MAX), Err(DecimalError::Limit));
    let half = decimal("0.999999999").power(100_000_000).expect("a power");
    assert_eq!(half.round(12, Rounding::HalfEven), decimal("0.904837417991"));
}

/// Numbers with up to 60 digits and exponents from -40 to 40.
fn any_decimal() -> impl Strategy<Value = Decimal> {
    ("-?[0-9]{1,60}", -40_i64..40).prop_map(|(digits, exponent)| decimal(&format!("{digits}e{exponent}")))
}

proptest! {
    #[test]
    fn text_round_trip(number in any_decimal()) {
        prop_assert_eq!(decimal(&number.to_string()), number);
    }

    #[test]
    fn subtraction_undoes_addition(left in any_decimal(), right in any_decimal()) {
        let sum = left.add(&right).expect("a sum");
        prop_assert_eq!(&sum, &right.add(&left).expect("a sum"));
        prop_assert_eq!(sum.subtract(&right).expect("a difference"), left);
    }

    #[test]
    fn multiplication_undoes_division_within_a_unit_of_the_last_place(left in any_decimal(), right in any_decimal()) {
        prop_assume!(!left.is_zero() && !right.is_zero());
        let quotient = left.divide(&right).expect("a quotient");
        let (coefficient, scale) = quotient.parts();
        prop_assert!(count_digits(&coefficient) <= u64::from(Decimal::QUOTIENT_DIGITS));
        // Rounded once, the quotient is off by half a unit of its 34th digit at most.
        let digits_left = i64::from(Decimal::QUOTIENT_DIGITS) - count_digits(&coefficient) as i64;
        let half_unit = Decimal::from_parts(5.into(), scale + digits_left + 1).expect("a unit");
        let error = quotient.multiply(&right).and_then(|product| product.subtract(&left)).expect("an error").abs();
        prop_assert!(error <= half_unit.multiply(&right.abs()).expect("a bound"));
    }

    #[test]
    fn dividend_is_quotient_times_divisor_plus_remainder(left in any_decimal(), right in any_decimal()) {
        prop_assume!(!right.is_zero());
        let remainder = left.remainder(&right).expect("a remainder");
        prop_assert!(remainder.abs() < right.abs());
        prop_assert!(remainder.is_zero() || remainder.is_negative() == left.is_negative());
    }

    #[test]
    fn order_is_the_sign_of_the_difference(left in any_decimal(), right in any_decimal()) {
        let difference = left.subtract(&right).expect("a difference");
        prop_assert_eq!(left.cmp(&right), difference.cmp(&Decimal::zero()));
    }

    #[test]
    fn roots_square_back(number in any_decimal()) {
        let root = number.abs().square_root().expect("a root");
        let square = root.multiply(&root).expect("a square");
        let error = square.subtract(&number.abs()).expect("an error").abs();
        prop_assert!(error.is_zero() || error.multiply(&decimal("1e33")).expect("a bound") <= number.abs().multiply(&decimal("2")).expect("a bound"));
    }
}
