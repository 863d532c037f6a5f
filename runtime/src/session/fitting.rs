//! A value that one version of a model has written, for an attribute of another version.

use brooklet_model::{AttributeType, Manifest};
use brooklet_values::{Decimal, Value};

/// The value as the attribute's type has it; none when it has no such value.
pub(super) fn fitting(kind: &AttributeType, value: Value, manifest: &Manifest) -> Option<Value> {
    use AttributeType as Kind;
    match (kind, value) {
        (Kind::Boolean, Value::Empty) => None,
        (_, Value::Empty) => Some(Value::Empty),
        (Kind::String { .. } | Kind::HashedString, Value::Text(text)) => Some(Value::Text(text)),
        (Kind::String { .. }, value) => Some(Value::Text(text(&value)?.into())),
        (Kind::Integer, value) => {
            let number = whole(&value)?;
            i32::try_from(number).ok()?;
            Some(Value::Integer(number))
        }
        (Kind::Long | Kind::AutoNumber, value) => Some(Value::Integer(whole(&value)?)),
        (Kind::Decimal, Value::Decimal(number)) => Some(Value::Decimal(number)),
        (Kind::Decimal, value) => Some(Value::Decimal(text(&value)?.parse::<Decimal>().ok()?)),
        (Kind::Boolean, Value::Boolean(value)) => Some(Value::Boolean(value)),
        (Kind::Boolean, Value::Text(text)) => Some(Value::Boolean(text.parse().ok()?)),
        (Kind::DateTime { .. }, Value::DateTime(moment)) => Some(Value::DateTime(moment)),
        (Kind::Binary, Value::Binary(bytes)) => Some(Value::Binary(bytes)),
        (Kind::Enumeration(id), Value::Enumeration(key) | Value::Text(key)) => {
            manifest.key_formerly(*id, &key).map(|now| Value::Enumeration(now.into()))
        }
        _ => None,
    }
}

/// A value as text that reads back; none for what has more than one form.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Enumeration(text) | Value::Text(text) => text.to_string(),
        _ => return None,
    })
}

/// A whole number, if that is what the value is.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        // The text of a decimal has no superfluous digits: a point means that there is a fraction.
        Value::Decimal(_) | Value::Text(_) => text(value)?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use brooklet_model::{Enumeration, EnumerationId, EnumerationValue};

    use super::*;

    fn moods() -> Manifest {
        let value = |key: &str| EnumerationValue { key: key.to_owned(), caption: key.to_owned() };
        let mut manifest = Manifest {
            enumerations: vec![Enumeration {
                name: "M.Mood".to_owned(),
                values: vec![value("Great"), value("Bad")],
                documentation: String::new(),
            }],
            ..Manifest::default()
        };
        manifest.former.keys.insert("M.Mood.Great".to_owned(), vec!["Good".to_owned()]);
        manifest
    }

    fn decimal(text: &str) -> Value {
        Value::Decimal(text.parse().expect("a decimal"))
    }

    fn key(text: &str) -> Value {
        Value::Enumeration(text.into())
    }

    #[test]
    fn values_are_converted_where_nothing_is_lost() {
        use AttributeType as Kind;
        let text = |text: &str| Value::Text(text.into());
        let mood = Kind::Enumeration(EnumerationId(0));
        let string = Kind::String { length: Some(3) };
        for (kind, value, expected) in [
            (&Kind::Long, Value::Integer(1 << 40), Some(Value::Integer(1 << 40))),
            (&Kind::Integer, Value::Integer(1 << 40), None),
            (&Kind::Integer, decimal("12"), Some(Value::Integer(12))),
            (&Kind::Integer, decimal("12.5"), None),
            (&Kind::Integer, text("-7"), Some(Value::Integer(-7))),
            (&Kind::Integer, text("seven"), None),
            (&Kind::Decimal, Value::Integer(3), Some(decimal("3"))),
            (&Kind::Decimal, text("3.25"), Some(decimal("3.25"))),
            (&Kind::Decimal, Value::Boolean(true), None),
            (&Kind::Boolean, text("true"), Some(Value::Boolean(true))),
            (&Kind::Boolean, text("yes"), None),
            (&Kind::Boolean, Value::Integer(1), None),
            (&Kind::Boolean, Value::Empty, None),
            (&Kind::Long, Value::Empty, Some(Value::Empty)),
            (&string, Value::Integer(12), Some(text("12"))),
            (&string, decimal("1.50"), Some(text("1.5"))),
            (&string, Value::Boolean(false), Some(text("false"))),
            (&string, key("Bad"), Some(text("Bad"))),
            (&string, Value::DateTime(0), None),
            (&mood, key("Bad"), Some(key("Bad"))),
            (&mood, key("Good"), Some(key("Great"))),
            (&mood, text("Bad"), Some(key("Bad"))),
            (&mood, key("Awful"), None),
        ] {
            assert_eq!(fitting(kind, value.clone(), &moods()), expected, "{value:?} as {kind:?}");
        }
    }
}
