//! Microflows: their signatures, and where each of their activities stands.

use serde::{Deserialize, Serialize};

use crate::{EntityId, EnumerationId, SourceId};

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// What it does: the first words of the statement, such as `commit` or `call microflow`.
    pub kind: String,
    /// The line on which it starts, in the microflow's source.
    pub line: u32,
    /// The column at which it starts.
    pub column: u32,
    /// What follows it without an error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<Successor>,
    /// The first activity of its error handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_error: Option<u32>,
    /// The caption that the model gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Where its code begins, in bytes from the start of the function's body: what maps a trap to it.
    #[serde(default)]
    pub offset: u32,
}

/// What follows an activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Successor {
    /// The activity's number; none for the end of the microflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<u32>,
    /// On which outcome: `true`, `false`, an enumeration key, an entity, `body`, `done`; empty when there is one way only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
}
