//! The domain model: entities and what belongs to them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AttributeRef, EntityId, EnumerationId, Manifest, MicroflowId, Type};

/// An enumeration: an ordered set of keys, each with a caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enumeration {
    /// Qualified name, `Module.Name`.
    pub name: String,
    /// The values in model order.
    pub values: Vec<EnumerationValue>,
    /// Documentation comment, empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// One value of an enumeration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumerationValue {
    /// What is stored, and what expressions call it.
    pub key: String,
    /// What a person reads.
    pub caption: String,
}

/// A named value that a deployment may replace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// Qualified name, `Module.Name`.
    pub name: String,
    /// Its type: String, Integer, Long, Decimal, Boolean, DateTime or an enumeration.
    pub kind: AttributeType,
    /// The value that the model gives it.
    pub value: DefaultValue,
    /// Whether clients may read it.
    #[serde(default)]
    pub exposed: bool,
}

/// A class of objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Qualified name, `Module.Name`.
    pub name: String,
    /// Whether its objects have a table; otherwise they live in memory only.
    pub persistable: bool,
    /// The entity that this one specializes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generalization: Option<EntityId>,
    /// Its own attributes, without the inherited ones, system attributes included.
    pub attributes: Vec<Attribute>,
    /// Database indexes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// Validation rules, in model order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ValidationRule>,
    /// Event handlers, in model order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handlers: Vec<EventHandler>,
    /// The reason why the host cannot store or fill it (an OData or OQL entity, say); its objects can be made in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// Documentation comment, empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// A member of an entity that holds a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Unqualified name.
    pub name: String,
    /// The type of its values.
    pub kind: AttributeType,
    /// The value of a new object; empty when absent (Booleans always have one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultValue>,
    /// The microflow that computes it; it is not stored then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calculated: Option<MicroflowId>,
    /// Set when the runtime, not the model, writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemAttribute>,
    /// Documentation comment, empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// Attributes that the runtime keeps. Their owner counterparts are [`SystemAssociation`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemAttribute {
    /// `createdDate`: when the object was created.
    CreatedDate,
    /// `changedDate`: when a member was last set.
    ChangedDate,
}

/// The type of an attribute or a constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeType {
    /// Text of at most `length` UTF-16 code units; unlimited without.
    String {
        /// The bound, checked when the object is committed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<u32>,
    },
    /// 32-bit signed integer.
    Integer,
    /// 64-bit signed integer.
    Long,
    /// Exact decimal, at most 20 integral digits, rounded half-even to 8 fractional digits when it is stored.
    Decimal,
    /// True or false, never empty.
    Boolean,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime {
        /// Whether clients show it in the user's time zone; false for dates.
        localize: bool,
    },
    /// 64-bit number drawn from a sequence at the first commit; the default value is the start.
    AutoNumber,
    /// Bytes; not usable in expressions.
    Binary,
    /// A password hash; write-only.
    HashedString,
    /// A key of the enumeration.
    Enumeration(EnumerationId),
}

impl AttributeType {
    /// The type as the model's language spells it.
    pub fn name(&self, manifest: &Manifest) -> String {
        match self {
            Self::String { length: Some(length) } => format!("String({length})"),
            Self::String { length: None } => "String(unlimited)".to_owned(),
            Self::Integer => "Integer".to_owned(),
            Self::Long => "Long".to_owned(),
            Self::Decimal => "Decimal".to_owned(),
            Self::Boolean => "Boolean".to_owned(),
            Self::DateTime { localize: true } => "DateTime".to_owned(),
            Self::DateTime { localize: false } => "Date".to_owned(),
            Self::AutoNumber => "AutoNumber".to_owned(),
            Self::Binary => "Binary".to_owned(),
            Self::HashedString => "HashedString".to_owned(),
            Self::Enumeration(id) => manifest.enumeration(*id).name.clone(),
        }
    }

    /// The type that its values have in expressions, and as arguments and results.
    pub fn value_type(&self) -> Type {
        match self {
            Self::String { .. } | Self::HashedString => Type::Text,
            Self::Integer | Self::Long | Self::AutoNumber => Type::Integer,
            Self::Decimal => Type::Decimal,
            Self::Boolean => Type::Boolean,
            Self::DateTime { .. } => Type::DateTime,
            Self::Binary => Type::Binary,
            Self::Enumeration(id) => Type::Enumeration(*id),
        }
    }
}

/// The value of a constant, or that of an attribute of a new object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultValue {
    /// No value.
    Empty,
    /// A truth value.
    Boolean(bool),
    /// A whole number, also the start of an AutoNumber.
    Integer(i64),
    /// A decimal in plain notation.
    Decimal(String),
    /// Text.
    Text(String),
    /// An enumeration's key.
    Enumeration(String),
    /// A fixed moment in milliseconds since 1970 UTC.
    DateTime(i64),
    /// The moment at which the object is created.
    CurrentDateTime,
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(text) | Self::Enumeration(text) => f.write_str(text),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::DateTime(milliseconds) => write!(f, "the moment {milliseconds}"),
            Self::CurrentDateTime => f.write_str("the current moment"),
        }
    }
}

/// A database index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its columns, most significant first.
    pub columns: Vec<IndexColumn>,
}

/// One column of an index.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexColumn {
    /// The attribute, declared by the index's own entity.
    pub attribute: AttributeRef,
    /// Whether it is ordered from high to low.
    #[serde(default)]
    pub descending: bool,
}

/// A rule that an object must satisfy to be committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationRule {
    /// The attribute that the message is shown at; none for a rule over the whole object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<AttributeRef>,
    /// What is checked.
    pub kind: RuleKind,
    /// What the user reads when it fails; a standard text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a validation rule checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// The value is not empty; a text of whitespace counts as empty.
    Required,
    /// No other object has the same values; enforced by the database, after all other rules.
    Unique(Vec<AttributeRef>),
    /// The text has at most so many UTF-16 code units.
    MaxLength(u32),
    /// The value equals another.
    Equals(Bound),
    /// The value lies between the bounds, both included.
    Range {
        /// Lowest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<Bound>,
        /// Highest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<Bound>,
    },
    /// The whole text matches the (Java) regular expression.
    Regex(String),
    /// A generated microflow with the object as its parameter answers true.
    Expression(MicroflowId),
}

/// What a range or equality rule compares with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// A fixed value.
    Value(DefaultValue),
    /// Another attribute of the same object.
    Attribute(AttributeRef),
}

/// A microflow that runs before or after an operation on an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventHandler {
    /// Before or after.
    pub moment: Moment,
    /// The operation.
    pub operation: Operation,
    /// What runs. A before-handler answers a Boolean; all but before-create get the object.
    pub microflow: MicroflowId,
    /// Whether the microflow takes the object as its parameter.
    pub passes_object: bool,
    /// For before-handlers: whether false raises an error; otherwise it skips the operation silently.
    #[serde(default)]
    pub raise_error: bool,
}

/// When a handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before the operation, which it may prevent.
    Before,
    /// After the operation.
    After,
}

/// What can be done to an object, and handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A new object in memory.
    Create,
    /// Writing it to the database.
    Commit,
    /// Deleting it.
    Delete,
    /// Undoing its uncommitted changes.
    Rollback,
}

/// A relation between two entities. The FROM side owns the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// Qualified name, `Module.Name`; `System.owner` and `System.changedBy` occur once per entity that has them.
    pub name: String,
    /// The owner: the side that holds the reference.
    pub from: EntityId,
    /// The side that is referred to.
    pub to: EntityId,
    /// To one or to many.
    pub kind: AssociationKind,
    /// `Both` makes a reference one-to-one; both sides can then set it.
    pub owner: AssociationOwner,
    /// What happens to FROM objects when a TO object is deleted.
    pub on_delete: DeleteBehavior,
    /// The message when `on_delete` prevents a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_message: Option<String>,
    /// Set when the runtime, not the model, writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemAssociation>,
    /// Documentation comment, empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

/// Associations to `System.User` that the runtime keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemAssociation {
    /// `System.owner`: who created the object.
    Owner,
    /// `System.changedBy`: who last changed it.
    ChangedBy,
}

/// How many objects a FROM object refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssociationKind {
    /// At most one.
    Reference,
    /// Any number.
    ReferenceSet,
}

/// Which side may set the association.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssociationOwner {
    /// The FROM side.
    Default,
    /// Both sides.
    Both,
}

/// What deleting a TO object does to the FROM objects that refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeleteBehavior {
    /// They stay; their reference is cleared.
    KeepReferences,
    /// They are deleted too, with their events.
    Cascade,
    /// The deletion is an error while there are any.
    Prevent,
}
