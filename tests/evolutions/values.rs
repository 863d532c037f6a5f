//! Values of attributes as JSON: numbers for integers, texts for everything that JSON has no exact form of.

use std::str::FromStr;

use brooklet_model::AttributeType;
use brooklet_values::{Decimal, Value};
use jiff::Timestamp;
use serde_json::Value as Json;

/// The value that a folder writes so.
pub(crate) fn value(kind: &AttributeType, json: &Json) -> Value {
    use AttributeType as T;
    match (kind, json) {
        (_, Json::Null) => Value::Empty,
        (T::String { .. } | T::HashedString, Json::String(text)) => text.as_str().into(),
        (T::Integer | T::Long | T::AutoNumber, Json::Number(number)) => Value::Integer(number.as_i64().unwrap()),
        (T::Decimal, Json::String(text)) => Decimal::from_str(text).unwrap().into(),
        (T::Boolean, Json::Bool(truth)) => Value::Boolean(*truth),
        (T::DateTime { .. }, Json::String(text)) => {
            Value::DateTime(text.parse::<Timestamp>().unwrap().as_millisecond())
        }
        (T::Enumeration(_), Json::String(key)) => Value::Enumeration(key.as_str().into()),
        _ => panic!("{json} is no {kind:?}"),
    }
}

/// How a folder writes a value.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::Boolean(truth) => (*truth).into(),
        Value::Integer(number) => (*number).into(),
        Value::Decimal(number) => number.to_string().into(),
        Value::DateTime(moment) => Timestamp::from_millisecond(*moment).unwrap().to_string().into(),
        Value::Text(text) | Value::Enumeration(text) => text.as_ref().into(),
        other => panic!("{other:?} is no value of an attribute that a folder can have"),
    }
}
