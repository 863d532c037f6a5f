//! How values compare: in memory exactly as in the database.
//!
//! Text compares by code point, numbers by value whatever their types, false is less than true, an enumeration compares by
//! key. An empty value counts as greater than every other: ascending it comes last, descending first.

use std::cmp::Ordering;

use brooklet_values::Value;

/// The order of two values of one attribute; empty is the greatest.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) | (Value::DateTime(left), Value::DateTime(right)) => {
            left.cmp(right)
        }
        (Value::Text(left) | Value::Enumeration(left), Value::Text(right) | Value::Enumeration(right)) => {
            left.cmp(right)
        }
        (Value::Binary(left), Value::Binary(right)) => left.cmp(right),
        (Value::Empty, Value::Empty) => Ordering::Equal,
        (Value::Empty, _) => Ordering::Greater,
        (_, Value::Empty) => Ordering::Less,
        _ => match (left.to_decimal(), right.to_decimal()) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Values of different types never meet in one attribute; any fixed order will do.
            _ => left.type_name().cmp(right.type_name()),
        },
    }
}

/// Whether two values are equal: numbers by value, empty only to empty.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    left == right || (left.type_name() != right.type_name() && compare(left, right) == Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_come_last_and_numbers_compare_by_value() {
        let half = Value::Decimal("0.5".parse().expect("a decimal"));
        let mut values = vec![Value::Empty, Value::Integer(2), half.clone(), Value::Integer(-1)];
        values.sort_by(compare);
        assert_eq!(values, [Value::Integer(-1), half, Value::Integer(2), Value::Empty]);
        assert!(equal(&Value::Integer(2), &Value::Decimal("2.0".parse().expect("a decimal"))));
        assert!(!equal(&Value::Empty, &Value::Text("".into())));
        assert!(!equal(&Value::Boolean(false), &Value::Integer(0)));
    }
}
