//! What expressions are called with: parameters of each type, and an object with an attribute of each type.

use brooklet_values::{Decimal, Value};

use crate::tree::{COLOURS, Kind};

/// The microflows' parameters. Those whose name begins with `Empty` never have a value.
pub(crate) const PARAMETERS: [(&str, Kind); 14] = [
    ("Small", Kind::Integer),
    ("Other", Kind::Integer),
    ("EmptyInteger", Kind::Integer),
    ("Price", Kind::Decimal),
    ("Rate", Kind::Decimal),
    ("EmptyDecimal", Kind::Decimal),
    ("Yes", Kind::Boolean),
    ("No", Kind::Boolean),
    ("Word", Kind::Text),
    ("EmptyText", Kind::Text),
    ("Moment", Kind::DateTime),
    ("EmptyMoment", Kind::DateTime),
    ("Colour", Kind::Enumeration),
    ("EmptyColour", Kind::Enumeration),
];

/// The attributes of `Gen.Thing`, with their types in the model.
pub(crate) const ATTRIBUTES: [(&str, Kind, &str); 6] = [
    ("Whole", Kind::Integer, "Long"),
    ("Amount", Kind::Decimal, "Decimal"),
    ("Flag", Kind::Boolean, "Boolean"),
    ("Name", Kind::Text, "String(unlimited)"),
    ("At", Kind::DateTime, "DateTime"),
    ("Shade", Kind::Enumeration, "enum Gen.Colour"),
];

/// The moment at which everything runs: 2024-02-29T12:30:15.250Z.
pub(crate) const NOW_MS: i64 = 1_709_209_815_250;

/// One set of arguments.
pub(crate) struct Inputs {
    pub(crate) parameters: Vec<Value>,
    pub(crate) attributes: Vec<Value>,
}

impl Inputs {
    /// The sets that every expression is called with: ordinary values, extreme ones, none at all.
    pub(crate) fn all() -> Vec<Self> {
        let ordinary = |kind: Kind, number: usize| match kind {
            Kind::Boolean => Value::Boolean(number.is_multiple_of(2)),
            Kind::Integer => Value::Integer([7, -3, 12][number % 3]),
            Kind::Decimal => decimal(["12.50", "-0.125", "3"][number % 3]),
            Kind::DateTime => Value::DateTime([NOW_MS - 86_400_000 * 400 - 12_345, 1_711_846_800_000][number % 2]),
            Kind::Text => ["Straße 12", "it's"][number % 2].into(),
            Kind::Enumeration => Value::Enumeration(COLOURS[number % 3].0.into()),
        };
        let extreme = |kind: Kind, number: usize| match kind {
            Kind::Boolean => Value::Boolean(!number.is_multiple_of(2)),
            Kind::Integer => Value::Integer([i64::MAX, i64::MIN, 0][number % 3]),
            Kind::Decimal => {
                decimal(["99999999999999999999.99999999", "-0.00000000000000000000000000000001", "0"][number % 3])
            }
            Kind::DateTime => Value::DateTime([253_402_207_199_999, -62_135_596_800_000][number % 2]),
            Kind::Text => ["", "😀 a\u{301}\u{ffff}"][number % 2].into(),
            Kind::Enumeration => Value::Enumeration(COLOURS[(number + 1) % 3].0.into()),
        };
        let none = |kind: Kind, _| if kind == Kind::Boolean { Value::Boolean(false) } else { Value::Empty };
        vec![Self::of(ordinary), Self::of(extreme), Self::of(none)]
    }

    fn of(value: impl Fn(Kind, usize) -> Value) -> Self {
        let parameter = |(index, (name, kind)): (usize, &(&str, Kind))| {
            if name.starts_with("Empty") { Value::Empty } else { value(*kind, index) }
        };
        Self {
            parameters: PARAMETERS.iter().enumerate().map(parameter).collect(),
            attributes: ATTRIBUTES.iter().enumerate().map(|(index, (_, kind, _))| value(*kind, index + 1)).collect(),
        }
    }

    /// The same as the interface takes it.
    pub(crate) fn json(&self) -> String {
        let parameters = PARAMETERS.iter().zip(&self.parameters).map(|((name, _), value)| (*name, json(value)));
        let attributes = ATTRIBUTES.iter().zip(&self.attributes).map(|((name, ..), value)| (*name, json(value)));
        let object = object(attributes);
        self::object(parameters.chain([("Thing", object), ("Nothing", "null".to_owned())]))
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<_> = members.map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("{{{}}}", members.join(", "))
}

/// A value as the interface writes it.
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::Empty => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => format!("\"{number}\""),
        Value::DateTime(moment_ms) => match jiff::Timestamp::from_millisecond(*moment_ms) {
            Ok(moment) => format!("\"{moment:.3}\""),
            Err(error) => format!("{moment_ms} ms: {error}"),
        },
        Value::Enumeration(text) | Value::Text(text) => {
            serde_json::to_string(text.as_ref()).expect("a text can be written as JSON")
        }
        Value::Binary(_) | Value::Object(_) | Value::List(_) => unreachable!("no expression here has such a value"),
    }
}

fn decimal(text: &str) -> Value {
    Value::Decimal(Decimal::parse(text).expect("a decimal"))
}
