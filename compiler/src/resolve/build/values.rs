//! Types of stored values, and literals of these types: defaults, constants, bounds of rules.

use brooklet_model::{AttributeType, DefaultValue, EnumerationId, Manifest};

use super::super::names::{Scope, legacy};
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{
    DataType, DataTypeKind, Expression, ExpressionKind, QualifiedName, StringLength, UnaryOperator,
};

/// The type of an attribute or constant; an error when there are no stored values of the type. `length` is that of a
/// `String` that gives none.
pub(super) fn value_type(
    scope: Scope<'_>,
    data_type: &DataType,
    length: Option<u32>,
    diagnostics: &mut Diagnostics,
) -> Option<AttributeType> {
    Some(match &data_type.kind {
        DataTypeKind::Boolean => AttributeType::Boolean,
        DataTypeKind::Integer => AttributeType::Integer,
        DataTypeKind::Long => AttributeType::Long,
        DataTypeKind::Decimal => AttributeType::Decimal,
        DataTypeKind::String(StringLength::Unspecified) => AttributeType::String { length },
        DataTypeKind::String(StringLength::Unlimited) => AttributeType::String { length: None },
        DataTypeKind::String(StringLength::Bounded(length)) => AttributeType::String { length: Some(*length) },
        DataTypeKind::DateTime => AttributeType::DateTime { localize: true },
        DataTypeKind::Date => AttributeType::DateTime { localize: false },
        DataTypeKind::AutoNumber => AttributeType::AutoNumber,
        DataTypeKind::Binary => AttributeType::Binary,
        DataTypeKind::HashedString => AttributeType::HashedString,
        DataTypeKind::Enumeration(name) => AttributeType::Enumeration(scope.enumeration(name, diagnostics)?),
        DataTypeKind::Named(name) if scope.try_entity(name).is_some() => {
            diagnostics
                .error(codes::TYPE_OUT_OF_PLACE, data_type.span, "an attribute cannot hold an object")
                .help(format!("write `create association … from … to {}`", name.text()));
            return None;
        }
        DataTypeKind::Named(name) => AttributeType::Enumeration(scope.enumeration(name, diagnostics)?),
        DataTypeKind::Legacy(word) => {
            legacy(word, data_type, diagnostics);
            return None;
        }
        DataTypeKind::Nothing | DataTypeKind::SystemMember(_) | DataTypeKind::List(_) | DataTypeKind::Opaque(_) => {
            diagnostics
                .error(codes::TYPE_OUT_OF_PLACE, data_type.span, "no stored value can have this type")
                .help("write a type such as `String(200)`, `Integer`, `Decimal` or `DateTime`");
            return None;
        }
    })
}

/// The value of an expression that must be a literal of the type; an error when it is not.
pub(super) fn value(
    scope: Scope<'_>,
    manifest: &Manifest,
    kind: &AttributeType,
    expression: &Expression,
    diagnostics: &mut Diagnostics,
) -> Option<DefaultValue> {
    if matches!(expression.kind, ExpressionKind::Empty) {
        return Some(DefaultValue::Empty);
    }
    if let AttributeType::Enumeration(enumeration) = kind {
        return enumeration_value(scope, manifest, *enumeration, expression, diagnostics);
    }
    let literal = literal(expression);
    let found = match kind {
        AttributeType::Boolean => literal.as_deref().and_then(boolean),
        AttributeType::Integer => {
            literal.as_deref().and_then(whole).filter(|value| i32::try_from(*value).is_ok()).map(DefaultValue::Integer)
        }
        AttributeType::Long | AttributeType::AutoNumber => {
            literal.as_deref().and_then(whole).map(DefaultValue::Integer)
        }
        AttributeType::Decimal => literal.as_deref().and_then(plain_decimal).map(DefaultValue::Decimal),
        AttributeType::String { .. } | AttributeType::HashedString => literal.map(DefaultValue::Text),
        AttributeType::DateTime { .. } => super::moments::moment(expression),
        AttributeType::Binary | AttributeType::Enumeration(_) => None,
    };
    if found.is_none() {
        let message = format!("this value is not {}", description(kind));
        diagnostics.error(codes::DEFAULT_DOES_NOT_FIT, expression.span, message).help(example(kind));
    }
    found
}

/// The text of a literal, with its sign. Texts count as literals of every type: scripts quote numbers too.
fn literal(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Boolean(value) => Some(value.to_string()),
        ExpressionKind::Integer(text) | ExpressionKind::Decimal(text) | ExpressionKind::Text(text) => {
            Some(text.clone())
        }
        ExpressionKind::Unary(UnaryOperator::Minus, operand) => match &operand.kind {
            ExpressionKind::Integer(text) | ExpressionKind::Decimal(text) => Some(format!("-{text}")),
            _ => None,
        },
        ExpressionKind::Unary(UnaryOperator::Plus, operand) => literal(operand),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<DefaultValue> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(DefaultValue::Boolean(true)),
        "false" => Some(DefaultValue::Boolean(false)),
        _ => None,
    }
}

/// A whole number; `12.0` is one too.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = text
        .split_once('.')
        .map_or(Some(text), |(whole, fraction)| fraction.bytes().all(|digit| digit == b'0').then_some(whole))?;
    whole.parse().ok()
}

/// A decimal without an exponent.
fn plain_decimal(text: &str) -> Option<String> {
    /// More digits than a stored decimal can have.
    const EXPONENT_MAX: i32 = 40;
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    if exponent.abs() > EXPONENT_MAX {
        return None;
    }
    let mut digits = format!("{whole}{fraction}");
    let mut point = whole.len() as i32 + exponent;
    while point < 1 {
        digits.insert(0, '0');
        point += 1;
    }
    while (digits.len() as i32) < point {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(point as usize);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// `Open`, `'Open'`, `M.E.Open`.
fn enumeration_value(
    scope: Scope<'_>,
    manifest: &Manifest,
    enumeration: EnumerationId,
    expression: &Expression,
    diagnostics: &mut Diagnostics,
) -> Option<DefaultValue> {
    let name = &manifest.enumeration(enumeration).name;
    let key = match &expression.kind {
        ExpressionKind::Text(key) => Some(key),
        ExpressionKind::Name(written) => match written.parts.split_last() {
            Some((key, [])) => Some(key),
            Some((key, owner)) => {
                let owner = QualifiedName { parts: owner.to_vec(), span: written.span };
                (scope.try_enumeration(&owner) == Some(enumeration)).then_some(key)
            }
            None => None,
        },
        _ => None,
    };
    let Some(key) = key else {
        let message = format!("this value is not one of the enumeration '{name}'");
        diagnostics
            .error(codes::DEFAULT_DOES_NOT_FIT, expression.span, message)
            .help(format!("write `{name}.<value>`"));
        return None;
    };
    let values = &manifest.enumeration(enumeration).values;
    let position = scope.names().enumeration_key(enumeration, key);
    match position.and_then(|position| values.get(position as usize)) {
        Some(value) => Some(DefaultValue::Enumeration(value.key.clone())),
        None => {
            let message = format!("the enumeration '{name}' has no value '{key}'");
            let error = diagnostics.error(codes::UNKNOWN_VALUE, expression.span, message);
            if let Some(help) = did_you_mean(key, values.iter().map(|value| value.key.as_str())) {
                error.help(help);
            }
            None
        }
    }
}

fn description(kind: &AttributeType) -> &'static str {
    match kind {
        AttributeType::String { .. } | AttributeType::HashedString => "a text",
        AttributeType::Integer => "a whole number of 32 bits",
        AttributeType::Long | AttributeType::AutoNumber => "a whole number of 64 bits",
        AttributeType::Decimal => "a number",
        AttributeType::Boolean => "a truth value",
        AttributeType::DateTime { .. } => "a moment",
        AttributeType::Binary => "bytes, of which there are no literals",
        AttributeType::Enumeration(_) => "a value of the enumeration",
    }
}

fn example(kind: &AttributeType) -> &'static str {
    match kind {
        AttributeType::String { .. } | AttributeType::HashedString => "write `'text'`",
        AttributeType::Integer | AttributeType::Long | AttributeType::AutoNumber => "write `12`",
        AttributeType::Decimal => "write `12.5`",
        AttributeType::Boolean => "write `true` or `false`",
        AttributeType::DateTime { .. } => "write `[%CurrentDateTime%]`, or a moment in UTC as `'2026-12-31T23:59:59'`",
        AttributeType::Binary => "remove it",
        AttributeType::Enumeration(_) => "write the value's qualified name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_their_exponent() {
        let cases =
            [("1e3", "1000"), ("1.5E-3", "0.0015"), ("-0.50", "-0.50"), ("007", "7"), (".5", "0.5"), ("12", "12")];
        for (text, plain) in cases {
            assert_eq!(plain_decimal(text).as_deref(), Some(plain), "{text}");
        }
        for text in ["", ".", "1e99", "1,5", "--1", "x"] {
            assert_eq!(plain_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_have_an_empty_fraction() {
        assert_eq!(whole("12.00"), Some(12));
        assert_eq!(whole("12.01"), None);
        assert_eq!(whole("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(whole("9223372036854775808"), None);
    }
}
