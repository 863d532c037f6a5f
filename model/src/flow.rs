//! Microflows: their signatures, and where each of their activities stands.

use serde::{Deserialize, Serialize};

use crate::{EntityId, EnumerationId, Manifest, SourceId};

/// The type of a variable, a parameter or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// No value: the result of a microflow that returns nothing.
    Nothing,
    /// True or false.
    Boolean,
    /// 64-bit signed integer or empty; Integer and Long are one type in expressions.
    Integer,
    /// Exact decimal or empty.
    Decimal,
    /// Milliseconds since 1970 UTC, or empty.
    DateTime,
    /// Text or empty.
    Text,
    /// A key of the enumeration, or empty.
    Enumeration(EnumerationId),
    /// An object of the entity or a specialization of it, or empty.
    Object(EntityId),
    /// A list of such objects; never absent, but it may have no elements, and is then equal to empty.
    List(EntityId),
    /// Bytes or empty; can be passed on, not computed with.
    Binary,
}

impl Type {
    /// The name of the type, as the model's language spells it.
    pub fn name(self, manifest: &Manifest) -> String {
        match self {
            Self::Nothing => "Nothing".to_owned(),
            Self::Boolean => "Boolean".to_owned(),
            Self::Integer => "Integer".to_owned(),
            Self::Decimal => "Decimal".to_owned(),
            Self::DateTime => "DateTime".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Enumeration(id) => manifest.enumeration(id).name.clone(),
            Self::Object(id) => manifest.entity(id).name.clone(),
            Self::List(id) => format!("List of {}", manifest.entity(id).name),
            Self::Binary => "Binary".to_owned(),
        }
    }
}

/// A microflow as its callers see it, with the places of its activities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Microflow {
    /// Qualified name, `Module.Name`.
    pub name: String,
    /// What it was written as, or generated for.
    #[serde(default)]
    pub kind: MicroflowKind,
    /// Its parameters, in order. All may be empty.
    pub parameters: Vec<Parameter>,
    /// The type of its result.
    pub returns: Type,
    /// Where it is defined.
    pub place: Place,
    /// Whether its retrieves apply the entity access of the current user.
    #[serde(default)]
    pub applies_entity_access: bool,
    /// Set when it must not run twice at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disallow_concurrent: Option<ConcurrencyRule>,
    /// Module roles that may call it from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_roles: Vec<String>,
    /// Set when it was left out: calling it raises this as an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Unavailable>,
    /// Its activities by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<Activity>,
    /// The number of its function in the component's core module.
    #[serde(default)]
    pub function: u32,
    /// A hash of what it does. Two versions of a microflow with the same hash do the same; nothing is said without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Documentation comment, empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// What a microflow was written as, or generated for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MicroflowKind {
    /// `create microflow`.
    #[default]
    Microflow,
    /// `create nanoflow`.
    Nanoflow,
    /// Generated: the check of a validation rule with an expression.
    Rule,
    /// Generated: one test of a test file.
    Test,
}

/// What happens to a second caller of a microflow that must not run concurrently.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConcurrencyRule {
    /// The message of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The qualified name of the microflow that runs instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microflow: Option<String>,
}

/// Why a microflow cannot run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unavailable {
    /// The diagnostic's code, such as `MDL0301`.
    pub code: String,
    /// What it needs.
    pub message: String,
}

/// A named value that a microflow is called with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, without the `$`.
    pub name: String,
    /// Its type.
    pub kind: Type,
}

/// A place in the sources. Lines and columns count from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub source: SourceId,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One activity. Its number is its index, and is stable for the same source text.
///
/// Activities are most of a manifest. Each is a JSON array, in the order of these fields: `["if", 12, 3, 86, [[4, "true"], 7]]`,
/// with the error handler and the caption at the end where there are some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "record::Activity", into = "record::Activity")]
pub struct Activity {
    /// What it does: the first words of the statement, such as `commit` or `call microflow`.
    pub kind: String,
    /// The line on which it starts, in the microflow's source.
    pub line: u32,
    /// The column at which it starts.
    pub column: u32,
    /// Where its code begins, in bytes from the start of the function's body: what maps a trap to it.
    pub offset: u32,
    /// What follows it without an error.
    pub successors: Vec<Successor>,
    /// The first activity of its error handler.
    pub on_error: Option<u32>,
    /// The caption that the model gives it.
    pub caption: Option<String>,
}

/// What follows an activity: its number, or that and on which outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "record::Successor", into = "record::Successor")]
pub struct Successor {
    /// The activity's number; none for the end of the microflow.
    pub activity: Option<u32>,
    /// On which outcome: `true`, `false`, an enumeration key, an entity, `body`, `done`; empty when there is one way only.
    pub when: String,
}

/// The shapes of activities in JSON.
mod record {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Activity {
        Plain(String, u32, u32, u32, Vec<super::Successor>),
        Full(String, u32, u32, u32, Vec<super::Successor>, Option<u32>, Option<String>),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Successor {
        When(Option<u32>, String),
        Next(Option<u32>),
    }

    impl From<super::Activity> for Activity {
        fn from(it: super::Activity) -> Self {
            let super::Activity { kind, line, column, offset, successors, on_error, caption } = it;
            if on_error.is_none() && caption.is_none() {
                Self::Plain(kind, line, column, offset, successors)
            } else {
                Self::Full(kind, line, column, offset, successors, on_error, caption)
            }
        }
    }

    impl From<Activity> for super::Activity {
        fn from(it: Activity) -> Self {
            let (kind, line, column, offset, successors, on_error, caption) = match it {
                Activity::Plain(kind, line, column, offset, successors) => {
                    (kind, line, column, offset, successors, None, None)
                }
                Activity::Full(kind, line, column, offset, successors, on_error, caption) => {
                    (kind, line, column, offset, successors, on_error, caption)
                }
            };
            Self { kind, line, column, offset, successors, on_error, caption }
        }
    }

    impl From<super::Successor> for Successor {
        fn from(it: super::Successor) -> Self {
            if it.when.is_empty() { Self::Next(it.activity) } else { Self::When(it.activity, it.when) }
        }
    }

    impl From<Successor> for super::Successor {
        fn from(it: Successor) -> Self {
            match it {
                Successor::When(activity, when) => Self { activity, when },
                Successor::Next(activity) => Self { activity, when: String::new() },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Activity, Successor};

    #[test]
    fn an_activity_is_a_short_array_that_reads_back() {
        let next = |activity, when: &str| Successor { activity, when: when.to_owned() };
        let mut activity = Activity {
            kind: "if".to_owned(),
            line: 12,
            column: 3,
            offset: 86,
            successors: vec![next(Some(4), "true"), next(None, "")],
            on_error: None,
            caption: None,
        };
        for expected in [r#"["if",12,3,86,[[4,"true"],null]]"#, r#"["if",12,3,86,[[4,"true"],null],9,null]"#] {
            let written = serde_json::to_string(&activity).expect("it can be written");
            assert_eq!(written, expected);
            assert_eq!(serde_json::from_str::<Activity>(&written).expect("it can be read"), activity);
            activity.on_error = Some(9);
        }
    }
}
