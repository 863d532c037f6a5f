//! Functions of numbers.

use std::sync::Arc;

use super::{cases, context, expression::result_of};
use crate::Rounding;

cases! {
    max:
        "max(5, 1, 5, 6.7)" => "6.7m",
        "max(5, 1.0)" => "5m",
        "max(5, 1)" => "5",
        "max(dateTime(2007), dateTime(2008), dateTime(2006))" => "2008-01-01 00:00:00.000",
        "max(5, empty)" => "!EmptyOperand",
        "max(5, 'a')" => "!InvalidArgument",
        "max(5)" => "!InvalidArgument";
    min:
        "min(5, 1, 5, 6.7)" => "1m",
        "min(5, -1)" => "-1",
        "min(dateTime(2007), dateTime(2006))" => "2006-01-01 00:00:00.000";
    round:
        "round(3.5)" => "4",
        "round(2.5)" => "3",
        "round(-1.5)" => "-2",
        "round(-2.5)" => "-3",
        "round(-21.5)" => "-22",
        "round(2.4)" => "2",
        "round(7)" => "7",
        "round(3.14159, 2)" => "3.14m",
        "round(88.725, 2)" => "88.73m",
        "round(2.5, 0)" => "3m",
        "round(1250, -2)" => "1300m",
        "round(9223372036854775807.5)" => "!OutOfRange",
        "round(empty)" => "!EmptyOperand";
    floor:
        "floor(-1.2)" => "-2",
        "floor(1.9)" => "1",
        "floor(-3)" => "-3",
        "floor(10000000000000000000.5)" => "!OutOfRange";
    ceil:
        "ceil(-1.9)" => "-1",
        "ceil(3.2)" => "4",
        "ceil(0.0001)" => "1";
    abs:
        "abs(-5)" => "5",
        "abs(-5.5)" => "5.5m",
        "abs(-9223372036854775808)" => "!OutOfRange";
    pow:
        "pow(2, 3)" => "8",
        "pow(2.5, 3)" => "15.625m",
        "pow(16, 0.5)" => "4m",
        "pow(27, 1:3)" => "3m",
        "pow(0, 0)" => "1",
        "pow(2.0, -2)" => "0.25m",
        "pow(2, -1)" => "!OutOfRange",
        "pow(-1, -1)" => "-1",
        "pow(2, 63)" => "!OutOfRange",
        "pow(0, -1)" => "!DivisionByZero",
        "pow(-8.0, 0.5)" => "!InvalidArgument",
        "pow(10.0, 5000)" => "!Limit",
        // Beyond the limit of digits, to 34 significant digits.
        "pow(1.00375, 360)" => "3.847698049963501743507148269543041m";
    sqrt:
        "sqrt(16)" => "4m",
        "sqrt(2)" => "1.414213562373095048801688724209698m",
        "sqrt(0.25)" => "0.5m",
        "sqrt(0)" => "0m",
        "sqrt(-1)" => "!InvalidArgument";
    ln:
        "ln(1)" => "0m",
        "ln(2)" => "0.6931471805599453m",
        "ln(0)" => "!InvalidArgument";
    log10:
        "log10(1000)" => "3m",
        "log10(-1)" => "!InvalidArgument";
    random:
        "random()" => "0.5m",
        "random(1)" => "!InvalidArgument";
}

#[test]
fn round_half_even() {
    let mut context = context();
    context.rounding = Rounding::HalfEven;
    for (expression, result) in [
        ("round(23.5)", "24"),
        ("round(24.5)", "24"),
        ("round(-22.5)", "-22"),
        ("round(-21.5)", "-22"),
        ("round(88.725, 2)", "88.72m"),
    ] {
        assert_eq!(result_of(expression, &context), result);
    }
}

#[test]
fn random_is_below_one() {
    let mut context = context();
    for (bits, result) in [(0, "0m"), (u64::MAX, "0.9999999999999999m")] {
        context.random = Arc::new(move || bits);
        assert_eq!(result_of("random()", &context), result);
    }
}
