//! A value of any type that a microflow can hold.

use std::sync::Arc;

use crate::Decimal;

/// A value. Objects are named by handles of the request's object space; what is stored names them by [`ObjectId`].
///
/// The layout is fixed (`repr(C, u8)`: a tag byte, then the payload), so that generated code may one day read a slot of the
/// object space where it lies.
#[derive(Clone, Debug, Default, PartialEq)]
#[repr(C, u8)]
pub enum Value {
    /// No value.
    #[default]
    Empty,
    /// True or false.
    Boolean(bool),
    /// Integer, Long and AutoNumber.
    Integer(i64),
    /// Exact decimal.
    Decimal(Decimal),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    /// The key of an enumeration's value.
    Enumeration(Arc<str>),
    /// Text.
    Text(Arc<str>),
    /// Bytes.
    Binary(Arc<[u8]>),
    /// An object of the request's object space.
    Object(ObjectHandle),
    /// A list of the request's object space.
    List(ListHandle),
}

/// An object of a request's object space; it means nothing outside that request. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectHandle(pub u32);

/// A list of a request's object space; it means nothing outside that request. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListHandle(pub u32);

/// The identity of an object, everywhere and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub i64);

impl Value {
    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
    /// The type's name, as models and messages say it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Boolean(_) => "Boolean",
            Self::Integer(_) => "Integer/Long",
            Self::Decimal(_) => "Decimal",
            Self::DateTime(_) => "DateTime",
            Self::Enumeration(_) => "Enumeration",
            Self::Text(_) => "String",
            Self::Binary(_) => "Binary",
            Self::Object(_) => "Object",
            Self::List(_) => "List",
        }
    }

    /// The number, if it is one.
    pub fn to_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) => Some(number.clone()),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Decimal> for Value {
    fn from(value: Decimal) -> Self {
        Self::Decimal(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}
