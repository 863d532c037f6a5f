//! Values as they cross between host and guest: the types of `wit/model.wit` that are not plain numbers or text.

use std::sync::Arc;

use brooklet_model::AssociationId;
use brooklet_values::{Decimal, ListHandle, ObjectHandle, Value};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::errors::{Interruption, Outcome};
use crate::request::{
    Aggregation, Arithmetic, Assignment, CatchMode, Combination, Handler, Level, Member, Reason, Severity, SortKey,
    Target,
};

/// `types.value`.
#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
pub(super) enum WireValue {
    #[component(name = "empty")]
    Empty,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "decimal")]
    Decimal(Arc<str>),
    #[component(name = "date-time")]
    DateTime(i64),
    #[component(name = "enumeration")]
    Enumeration(Arc<str>),
    #[component(name = "text")]
    Text(Arc<str>),
    #[component(name = "object")]
    Object(u32),
    #[component(name = "objects")]
    List(u32),
}

/// `types.member`.
#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(variant)]
pub(super) enum WireMember {
    #[component(name = "attribute")]
    Attribute(u32),
    #[component(name = "association")]
    Association(u32),
}

/// `types.assignment`.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(super) struct WireAssignment {
    pub(super) member: WireMember,
    pub(super) value: WireValue,
}

/// `types.target`.
#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(variant)]
pub(super) enum WireTarget {
    #[component(name = "object")]
    Object(u32),
    #[component(name = "objects")]
    List(u32),
}

/// `objects.handler`.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(super) struct WireHandler {
    pub(super) microflow: u32,
    pub(super) object: u32,
}

/// `lists.sort-key`.
#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(record)]
pub(super) struct WireSortKey {
    pub(super) slot: u32,
    pub(super) descending: bool,
}

/// `effects.argument`.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(super) struct WireArgument {
    pub(super) name: String,
    pub(super) value: WireValue,
}

/// An enumeration of the contract, case by case.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident as $host:ident { $($case:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
        #[component(enum)]
        #[repr(u8)]
        #[expect(dead_code, reason = "cases are made by lifting")]
        pub(super) enum $name {
            $(#[component(name = $text)] $case,)+
        }

        impl From<$name> for $host {
            fn from(case: $name) -> Self {
                match case {
                    $($name::$case => Self::$case,)+
                }
            }
        }
    };
}

wire_enum!(/// `lists.combination`.
    WireCombination as Combination { Union = "union", Intersect = "intersect", Subtract = "subtract" });
wire_enum!(/// `lists.aggregation`.
    WireAggregation as Aggregation { Sum = "sum", Average = "average", Minimum = "minimum", Maximum = "maximum" });
wire_enum!(/// `errors.reason`.
WireReason as Reason {
    EmptyOperand = "empty-operand",
    EmptyObject = "empty-object",
    IntegerOverflow = "integer-overflow",
    DivisionByZero = "division-by-zero",
    OutOfRange = "out-of-range",
    Unavailable = "unavailable",
    Prevented = "prevented",
    Thrown = "thrown",
});
wire_enum!(/// `errors.catch-mode`.
    WireCatchMode as CatchMode { Rollback = "rollback", Keep = "keep" });
wire_enum!(/// `functions.arithmetic`.
WireArithmetic as Arithmetic {
    Add = "add",
    Subtract = "subtract",
    Multiply = "multiply",
    Divide = "divide",
    Remainder = "remainder",
});
wire_enum!(/// `effects.level`.
WireLevel as Level {
    Trace = "trace",
    Debug = "debug",
    Info = "info",
    Warning = "warning",
    Error = "error",
    Critical = "critical",
});
wire_enum!(/// `effects.severity`.
    WireSeverity as Severity { Information = "information", Warning = "warning", Error = "error" });
/// `limits.limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "cases are made by lifting")]
pub(super) enum WireLimit {
    #[component(name = "call-depth")]
    CallDepth,
    #[component(name = "memory")]
    Memory,
}

/// Empty for handle 0.
pub(super) fn object(handle: u32) -> Option<ObjectHandle> {
    (handle != 0).then_some(ObjectHandle(handle))
}

/// Empty for handle 0.
pub(super) fn list(handle: u32) -> Option<ListHandle> {
    (handle != 0).then_some(ListHandle(handle))
}

impl WireValue {
    /// The host's form.
    pub(super) fn into_value(self) -> Outcome<Value> {
        Ok(match self {
            Self::Empty => Value::Empty,
            Self::Boolean(value) => Value::Boolean(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Decimal(text) => Value::Decimal(decimal(&text)?),
            Self::DateTime(value) => Value::DateTime(value),
            Self::Enumeration(key) => Value::Enumeration(key),
            Self::Text(text) => Value::Text(text),
            Self::Object(handle) => object(handle).map_or(Value::Empty, Value::Object),
            Self::List(handle) => list(handle).map_or(Value::Empty, Value::List),
        })
    }
}

impl From<Value> for WireValue {
    fn from(value: Value) -> Self {
        match value {
            // Bytes stay in the host; a guest learns nothing of them.
            Value::Empty | Value::Binary(_) => Self::Empty,
            Value::Boolean(value) => Self::Boolean(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Decimal(value) => Self::Decimal(value.to_string().into()),
            Value::DateTime(value) => Self::DateTime(value),
            Value::Enumeration(key) => Self::Enumeration(key),
            Value::Text(text) => Self::Text(text),
            Value::Object(handle) => Self::Object(handle.0),
            Value::List(handle) => Self::List(handle.0),
        }
    }
}

/// A decimal of the guest's. One that is none means that the guest is broken.
pub(super) fn decimal(text: &str) -> Outcome<Decimal> {
    Decimal::parse(text).map_err(|error| Interruption::internal(format!("the guest sent a malformed decimal: {error}")))
}

/// The values of a list, converted.
pub(super) fn values(wire: Vec<WireValue>) -> Outcome<Vec<Value>> {
    wire.into_iter().map(WireValue::into_value).collect()
}

impl From<WireMember> for Member {
    fn from(member: WireMember) -> Self {
        match member {
            WireMember::Attribute(slot) => Self::Attribute(slot),
            WireMember::Association(number) => Self::Association(AssociationId(number)),
        }
    }
}

impl WireAssignment {
    pub(super) fn into_assignment(self) -> Outcome<Assignment> {
        Ok(Assignment { member: self.member.into(), value: self.value.into_value()? })
    }
}

impl From<WireTarget> for Target {
    fn from(target: WireTarget) -> Self {
        match target {
            WireTarget::Object(handle) => Self::Object(object(handle)),
            WireTarget::List(handle) => Self::List(list(handle)),
        }
    }
}

impl From<Handler> for WireHandler {
    fn from(handler: Handler) -> Self {
        Self { microflow: handler.microflow.0, object: handler.object.map_or(0, |object| object.0) }
    }
}

impl From<WireSortKey> for SortKey {
    fn from(key: WireSortKey) -> Self {
        Self { slot: key.slot, descending: key.descending }
    }
}
