//! From queries to SQL.
//!
//! A query is rendered once for each combination of empty parameters that it meets: then `= $Parameter` becomes `= ?` or
//! `IS NULL`, which both databases can answer from an index, and three-valued logic never shows. What is rendered is text
//! and a list of [`Slot`]s, one for each placeholder; a run fills them.
//!
//! Conditions are rendered in two forms, as they are and negated (`condition`), so that NULL, which SQL takes for
//! "unknown", counts as "does not hold" everywhere. Paths become nested EXISTS (`path`). Tables are joined when a column of
//! theirs is needed (`scope`). Candidates of one entity exactly are told by the discriminator (`among`).

mod among;
mod condition;
mod fixed;
mod operand;
mod path;
mod scope;
mod select;

use std::sync::Arc;

use brooklet_model::{AttributeRef, Query, Token, Type};
use brooklet_values::Value;
use sea_query::{Expr, Value as Bound, Values};

use crate::{
    Aggregate, Bindings, QueryParameter, StoreError, database::Statement, dialect::Flavor, kind::Kind, plan::Model,
};

pub(crate) use fixed::Fixed;
use scope::Scope;

/// Why something cannot be rendered.
type Reason = String;

/// What a query is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Rows,
    /// Only the ids.
    Identities,
    Count,
    /// The sum (as text) and the number of values.
    Sum(AttributeRef),
    Extreme(Aggregate, AttributeRef),
}

/// One rendering of a query: for a shape, and for the parameters that are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Variant {
    pub(crate) shape: Shape,
    /// A bit for each empty parameter, and [`NOBODY`].
    pub(crate) empty: u64,
}

/// The bit that says that there is no current user.
pub(crate) const NOBODY: u64 = 1 << 63;

/// What fills a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot {
    /// A value that is part of the statement.
    Fixed(Bound),
    /// A parameter of the query, as a kind.
    Parameter(u32, Kind),
    /// A parameter that is a list of objects.
    ParameterIds(u32),
    CurrentUser,
    /// Whether the user has a role.
    Role(String),
    Token(Token),
    Limit,
    Offset,
    /// The ids that a fixed statement is about.
    Ids,
}

/// A statement, ready to be filled.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) sql: Arc<str>,
    pub(crate) slots: Vec<Slot>,
}

/// The markers that `limit` and `offset` of a statement have until they become slots.
const LIMIT_MARKER: u64 = 0;
const OFFSET_MARKER: u64 = 1;

/// Renders one statement.
pub(crate) struct Renderer<'a> {
    model: &'a Model,
    parameters: &'a [Type],
    empty: u64,
    slots: Vec<Slot>,
    scopes: Vec<Scope>,
    aliases: u32,
}

impl<'a> Renderer<'a> {
    fn new(model: &'a Model, query: Option<&'a Query>, empty: u64) -> Self {
        let parameters = query.map_or(&[][..], |query| query.parameters.as_slice());
        Self { model, parameters, empty, slots: Vec::new(), scopes: Vec::new(), aliases: 0 }
    }

    fn flavor(&self) -> Flavor {
        self.model.flavor
    }

    /// A placeholder for a slot. Until the statement is complete, the slot's number stands for its value.
    fn placeholder(&mut self, slot: Slot) -> Expr {
        self.slots.push(slot);
        Expr::Value(Bound::Unsigned(Some(self.slots.len() as u32 - 1)))
    }

    /// The slot of a placeholder.
    fn slot_of(&mut self, placeholder: &Expr) -> Option<&mut Slot> {
        match placeholder {
            Expr::Value(Bound::Unsigned(Some(number))) => self.slots.get_mut(*number as usize),
            _ => None,
        }
    }

    /// Puts the slots into the order in which the statement's text has their placeholders.
    fn finish(self, (sql, values): (String, Values)) -> Rendered {
        let slot = |value| match value {
            Bound::Unsigned(Some(number)) => self.slots[number as usize].clone(),
            Bound::BigUnsigned(Some(LIMIT_MARKER)) => Slot::Limit,
            Bound::BigUnsigned(Some(OFFSET_MARKER)) => Slot::Offset,
            value => Slot::Fixed(value),
        };
        Rendered { sql: self.model.marked(sql), slots: values.0.into_iter().map(slot).collect() }
    }
}

/// Renders a query.
pub(crate) fn render(model: &Model, query: &Query, variant: Variant) -> Result<Rendered, StoreError> {
    select::render(model, query, variant).map_err(|reason| StoreError::Query { query: query.text.clone(), reason })
}

/// What a run of a statement depends on.
pub(crate) struct Fill<'a> {
    pub(crate) bindings: &'a Bindings<'a>,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
    pub(crate) ids: &'a str,
}

impl Rendered {
    /// The statement with its values.
    pub(crate) fn fill(&self, flavor: Flavor, fill: &Fill<'_>) -> Result<Statement, StoreError> {
        let values = self.slots.iter().map(|slot| fill.value(flavor, slot)).collect::<Result<_, _>>()?;
        Ok(Statement { sql: self.sql.clone(), values: Values(values), remembered: true })
    }

    /// The statement about some ids.
    pub(crate) fn about(&self, flavor: Flavor, ids: &str) -> Result<Statement, StoreError> {
        self.fill(flavor, &Fill { bindings: &Bindings::none(), limit: 0, offset: 0, ids })
    }
}

impl Fill<'_> {
    fn value(&self, flavor: Flavor, slot: &Slot) -> Result<Bound, StoreError> {
        Ok(match slot {
            Slot::Fixed(value) => value.clone(),
            Slot::Parameter(number, kind) => return self.parameter(flavor, *number, *kind),
            Slot::ParameterIds(number) => match self.bindings.parameters.get(*number as usize) {
                Some(QueryParameter::Objects(ids)) => flavor.id_list(ids.iter().map(|id| id.0)).into(),
                Some(QueryParameter::Object(id)) => flavor.id_list(id.iter().map(|id| id.0)).into(),
                _ => return Err(mismatch(*number, "a list of objects is needed")),
            },
            Slot::CurrentUser => Bound::BigInt(self.bindings.current_user.map(|id| id.0)),
            Slot::Role(name) => self.bindings.user_roles.iter().any(|role| role == name).into(),
            Slot::Token(token) => (self.bindings.tokens)(token).into(),
            Slot::Limit => self.limit.into(),
            Slot::Offset => self.offset.into(),
            Slot::Ids => self.ids.into(),
        })
    }

    fn parameter(&self, flavor: Flavor, number: u32, kind: Kind) -> Result<Bound, StoreError> {
        match (self.bindings.parameters.get(number as usize), kind) {
            (Some(QueryParameter::Object(Some(id))), Kind::Id) => Ok(id.0.into()),
            (Some(QueryParameter::Value(value)), kind) if kind != Kind::Id => {
                kind.bind(flavor.dialect, value).map_err(|reason| mismatch(number, &reason))
            }
            (None, _) => Err(mismatch(number, "it was not given")),
            _ => Err(mismatch(number, "a value of another type is needed")),
        }
    }
}

fn mismatch(number: u32, reason: &str) -> StoreError {
    StoreError::Value { member: format!("parameter {number}"), reason: reason.to_owned() }
}

/// A literal of the model as a value.
pub(crate) fn literal(value: &brooklet_model::DefaultValue) -> Result<Option<Value>, Reason> {
    use brooklet_model::DefaultValue as D;
    Ok(Some(match value {
        D::Empty | D::CurrentDateTime => return Ok(None),
        D::Boolean(value) => Value::Boolean(*value),
        D::Integer(value) => Value::Integer(*value),
        D::Decimal(text) => Value::Decimal(text.parse().map_err(|_| format!("{text:?} is no decimal"))?),
        D::Text(text) => Value::Text(text.as_str().into()),
        D::Enumeration(key) => Value::Enumeration(key.as_str().into()),
        D::DateTime(moment) => Value::DateTime(*moment),
    }))
}

/// Whether an id is one of those given.
pub(crate) fn ids_condition(flavor: Flavor, id: Expr, ids: &[brooklet_values::ObjectId]) -> Expr {
    flavor.is_in_ids(id, flavor.id_list(ids.iter().map(|id| id.0)).into())
}
