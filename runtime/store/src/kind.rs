//! How values are stored, and how they travel to the database.

use bigdecimal::BigDecimal;
use brooklet_model::AttributeType;
use brooklet_values::{Decimal, Value};
use sea_query::Value as Bound;

use crate::Dialect;

/// How a column stores its values. Finer differences of attribute types (32 or 64 bits, a text's length) are checked by
/// the object space, and so need no change of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Decimal,
    DateTime,
    Text,
    /// An enumeration's key.
    Key,
    /// A password's hash.
    Hash,
    Binary,
    /// An object's identity.
    Id,
}

impl Kind {
    pub(crate) fn of(attribute: &AttributeType) -> Self {
        match attribute {
            AttributeType::String { .. } => Self::Text,
            AttributeType::Integer | AttributeType::Long | AttributeType::AutoNumber => Self::Integer,
            AttributeType::Decimal => Self::Decimal,
            AttributeType::Boolean => Self::Boolean,
            AttributeType::DateTime { .. } => Self::DateTime,
            AttributeType::Binary => Self::Binary,
            AttributeType::HashedString => Self::Hash,
            AttributeType::Enumeration(_) => Self::Key,
        }
    }

    /// What the bookkeeping of applied schemas calls it. These words are stored: they must not change.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::DateTime => "datetime",
            Self::Text => "text",
            Self::Key => "enumeration",
            Self::Hash => "hash",
            Self::Binary => "binary",
            Self::Id => "id",
        }
    }

    /// The kind that the bookkeeping calls so.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        let mut all = [
            Self::Boolean,
            Self::Integer,
            Self::Decimal,
            Self::DateTime,
            Self::Text,
            Self::Key,
            Self::Hash,
            Self::Binary,
            Self::Id,
        ]
        .into_iter();
        all.find(|kind| kind.code() == code)
    }

    /// Whether comparisons of both kinds are comparisons of text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Key | Self::Hash)
    }

    /// No value of this kind.
    pub(crate) fn null(self, dialect: Dialect) -> Bound {
        match self {
            Self::Boolean => Bound::Bool(None),
            Self::Integer | Self::DateTime | Self::Id => Bound::BigInt(None),
            Self::Decimal if dialect == Dialect::Postgres => Bound::BigDecimal(None),
            Self::Decimal | Self::Text | Self::Key | Self::Hash => Bound::String(None),
            Self::Binary => Bound::Bytes(None),
        }
    }

    /// A value as it is compared; the reason when it has another type.
    pub(crate) fn bind(self, dialect: Dialect, value: &Value) -> Result<Bound, String> {
        match (self, value) {
            (_, Value::Empty) => Ok(self.null(dialect)),
            (Self::Boolean, Value::Boolean(value)) => Ok(Bound::Bool(Some(*value))),
            (Self::Integer, Value::Integer(value)) | (Self::DateTime, Value::DateTime(value)) => {
                Ok(Bound::BigInt(Some(*value)))
            }
            (Self::Decimal, Value::Decimal(value)) => Ok(bind_decimal(dialect, value)),
            (Self::Decimal, Value::Integer(value)) => Ok(bind_decimal(dialect, &Decimal::from(*value))),
            (Self::Text | Self::Key | Self::Hash, Value::Text(value) | Value::Enumeration(value)) => bind_text(value),
            (Self::Binary, Value::Binary(value)) => Ok(Bound::Bytes(Some(value.to_vec()))),
            _ => Err(format!("a value of another type is needed ({})", self.code())),
        }
    }

    /// A value as it is stored: decimals are rounded half-even to the digits that a column has.
    pub(crate) fn store(self, dialect: Dialect, value: &Value) -> Result<Bound, String> {
        match (self, value) {
            (Self::Decimal, Value::Decimal(value)) => {
                let stored = value.round_for_storage().map_err(|error| error.to_string())?;
                Ok(bind_decimal(dialect, &stored))
            }
            _ => self.bind(dialect, value),
        }
    }
}

/// A decimal as the database's driver takes it: PostgreSQL has a type for it, SQLite gets its canonical text.
pub(crate) fn bind_decimal(dialect: Dialect, value: &Decimal) -> Bound {
    match dialect {
        Dialect::Postgres => Bound::BigDecimal(Some(Box::new(BigDecimal::clone(value.as_big_decimal())))),
        Dialect::Sqlite => Bound::String(Some(value.to_string())),
    }
}

/// PostgreSQL cannot store U+0000 in a text; SQLite cuts it off in some functions. Neither gets one.
fn bind_text(text: &str) -> Result<Bound, String> {
    if text.contains('\0') {
        return Err("a text with the character U+0000 cannot be stored".to_owned());
    }
    Ok(Bound::String(Some(text.to_owned())))
}
