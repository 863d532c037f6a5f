//! A row as the driver gives it.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use brooklet_values::{Decimal, DecimalError, Value};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::kind::Kind;

/// A row of either database.
#[derive(Clone, Copy)]
pub(crate) enum RawRow<'r> {
    Sqlite(&'r SqliteRow),
    Postgres(&'r PgRow),
}

macro_rules! column {
    ($name:ident: $type:ty) => {
        pub(crate) fn $name(self, column: usize) -> Result<Option<$type>, sqlx::Error> {
            match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            }
        }
    };
}

impl<'r> RawRow<'r> {
    column!(boolean: bool);
    column!(integer: i64);
    column!(small: i32);
    column!(text: &'r str);
    column!(bytes: &'r [u8]);

    /// An integer that is never NULL: an id or a count.
    pub(crate) fn number(self, column: usize) -> Result<i64, sqlx::Error> {
        self.integer(column)?.ok_or_else(|| sqlx::Error::Decode(format!("column {column} is NULL").into()))
    }

    /// A value of a kind.
    pub(crate) fn value(self, column: usize, kind: Kind) -> Result<Value, sqlx::Error> {
        let value = match kind {
            Kind::Boolean => self.boolean(column)?.map(Value::Boolean),
            Kind::Integer | Kind::Id => self.integer(column)?.map(Value::Integer),
            Kind::DateTime => self.integer(column)?.map(Value::DateTime),
            Kind::Decimal => self.decimal(column)?.map(Value::Decimal),
            Kind::Text | Kind::Hash => self.text(column)?.map(|text| Value::Text(Arc::from(text))),
            Kind::Key => self.text(column)?.map(|key| Value::Enumeration(Arc::from(key))),
            Kind::Binary => self.bytes(column)?.map(|bytes| Value::Binary(Arc::from(bytes))),
        };
        Ok(value.unwrap_or_default())
    }

    fn decimal(self, column: usize) -> Result<Option<Decimal>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(_) => self.text(column)?.map(str::parse).transpose().map_err(malformed)?,
            Self::Postgres(row) => {
                row.try_get::<Option<BigDecimal>, _>(column)?.map(Decimal::try_from).transpose().map_err(malformed)?
            }
        })
    }
}

fn malformed(error: DecimalError) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
