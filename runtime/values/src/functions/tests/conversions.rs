//! Functions between texts and other values.

use super::{cases, context, expression::result_of};

cases! {
    to_string:
        "toString(1.4)" => "'1.4'",
        "toString(100:4)" => "'25'",
        "toString(1000000000000000000000.50)" => "'1000000000000000000000.5'",
        "toString(-0.0)" => "'0'",
        "toString(42)" => "'42'",
        "toString(true)" => "'true'",
        "toString('a')" => "'a'",
        "toString(#Open)" => "'Open'",
        "toString(empty)" => "''";
    to_string_of_moments: in "Europe/Amsterdam", "nl_NL";
        "toString(dateTime(2007, 2, 7, 9, 8, 7))" => "'Wed Feb 07 09:08:07 CET 2007'",
        "toString(dateTime(2007, 7, 2))" => "'Mon Jul 02 00:00:00 CEST 2007'";
    to_string_in_a_zone_without_letters: in "America/Sao_Paulo", "pt_BR";
        "toString(dateTime(2024, 1, 2))" => "'Tue Jan 02 00:00:00 GMT-03:00 2024'";
    parse_integer:
        "parseInteger('42')" => "42",
        "parseInteger('-42')" => "-42",
        "parseInteger('+42')" => "42",
        "parseInteger('not_an_integer', 42)" => "42",
        "parseInteger('4.2', empty)" => "empty",
        "parseInteger('9223372036854775808', 0)" => "0",
        "parseInteger(' 42', 0)" => "0",
        "parseInteger('', 0)" => "0",
        "parseInteger(empty, 7)" => "7",
        "parseInteger(empty)" => "!EmptyOperand",
        "parseInteger('x')" => "!Parse",
        "parseLong('9223372036854775807')" => "9223372036854775807";
    parse_decimal:
        "parseDecimal('3.14')" => "3.14m",
        "parseDecimal('noDecimal', 5.05)" => "5.05m",
        "parseDecimal('3,241.98', '#,###.##')" => "3241.98m",
        "parseDecimal(empty, 0)" => "0m",
        "parseDecimal(empty, empty)" => "empty",
        "parseDecimal('x', empty)" => "empty",
        "parseDecimal('x', '0.0', 1)" => "1m",
        "parseDecimal('x', '0.0', empty)" => "empty",
        "parseDecimal('x', '0.0')" => "!Parse",
        "parseDecimal('x')" => "!Parse",
        "parseDecimal('', 2)" => "2m",
        "parseDecimal('12%', '0%')" => "0.12m",
        "parseDecimal('-1,5', '#,##0')" => "-15m",
        "parseDecimal('(1.5)', '0.0;(0.0)')" => "-1.5m",
        "parseDecimal('1.5 kg', '0.0', 0)" => "0m",
        "parseDecimal('1.5 kg', '0.0'' kg''')" => "1.5m",
        "parseDecimal(empty)" => "!EmptyOperand",
        "parseDecimal('1', '0E0')" => "!PatternSyntax";
    parse_decimal_by_language: in "UTC", "nl_NL";
        "parseDecimal('3.241,98', '#,###.##')" => "3241.98m",
        "parseDecimal('3241.98')" => "3241.98m";
    parse_boolean:
        "parseBoolean('True')" => "true",
        "parseBoolean('false')" => "false",
        "parseBoolean('yes', false)" => "false",
        "parseBoolean('yes')" => "!Parse",
        "parseBoolean(empty, true)" => "true";
    format_decimal:
        "formatDecimal(0.56, '% ##0')" => "'% 56'",
        "formatDecimal(1234.56)" => "'1,234.56'",
        "formatDecimal(1234567.891, '#,##0.00')" => "'1,234,567.89'",
        "formatDecimal(0.125, '0.00')" => "'0.12'",
        "formatDecimal(0.135, '0.00')" => "'0.14'",
        "formatDecimal(5, '000')" => "'005'",
        "formatDecimal(1234, '000,000')" => "'001,234'",
        "formatDecimal(0.5, '#.##')" => "'0.5'",
        "formatDecimal(0.5, '.00')" => "'.50'",
        "formatDecimal(0, '#')" => "'0'",
        "formatDecimal(3, '#.')" => "'3.'",
        "formatDecimal(-5, '0')" => "'-5'",
        "formatDecimal(-5, '0;(0)')" => "'(5)'",
        "formatDecimal(-5.5, '$0.0')" => "'-$5.5'",
        "formatDecimal(-0.001, '0.0')" => "'-0.0'",
        "formatDecimal(12, '0''%''')" => "'12%'",
        "formatDecimal(12, '0 o''clock''')" => "'12 oclock'",
        "formatDecimal(0.0125, '0.0‰')" => "'12.5‰'",
        "formatDecimal(1, '0.0.0')" => "!PatternSyntax",
        "formatDecimal(1, '#0#')" => "'01'",
        "formatDecimal(1, '0#0')" => "!PatternSyntax",
        "formatDecimal(1, '0,')" => "!PatternSyntax",
        "formatDecimal(1, '0a0')" => "!PatternSyntax",
        "formatDecimal(1, '0E0')" => "!PatternSyntax",
        "formatDecimal(empty, '0')" => "!EmptyOperand";
    format_decimal_by_language: in "UTC", "nl_NL";
        "formatDecimal(1234.5, '#,##0.00')" => "'1.234,50'",
        "formatDecimal(1234.5, '#,##0.00', 'en_US')" => "'1,234.50'",
        "formatDecimal(1234.5, '#,##0.00', 'de_DE')" => "'1.234,50'",
        "formatDecimal(1234.5, '#,##0.00', 'fr_FR')" => "'1\u{202f}234,50'";
    get_key:
        "getKey(#Open)" => "'Open'",
        "getKey(empty)" => "''",
        "getKey('Open')" => "!InvalidArgument";
}

/// The documentation of Mendix prints results that Java does not give; we follow Java and the application's rounding.
#[test]
fn known_deviations_from_the_documentation() {
    for (expression, documented, result) in
        [("formatDecimal(1234.56, '#,###.#')", "'1,234.5'", "'1,234.6'"), ("round(88.725, 2)", "88.72m", "88.73m")]
    {
        assert_eq!(result_of(expression, &context()), result);
        assert_ne!(result, documented);
    }
}
