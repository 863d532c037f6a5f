//! What the contract (`wit/model.wit`) calls types, as the request takes them. Handle 0 is none.

use brooklet_model::{AssociationId, MicroflowId};
use brooklet_values::{ListHandle, ObjectHandle, Value};

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// An attribute, by its slot.
    Attribute(u32),
    /// An association.
    Association(AssociationId),
}

/// A member and the value that it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// What is set.
    pub member: Member,
    /// To what.
    pub value: Value,
}

/// What a commit, a deletion or a rollback is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object; none for an empty variable.
    Object(Option<ObjectHandle>),
    /// The objects of a list; none for an empty variable.
    List(Option<ListHandle>),
}

/// A microflow that must run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The microflow.
    pub microflow: MicroflowId,
    /// Its argument; none when it takes none.
    pub object: Option<ObjectHandle>,
}

/// How two lists become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// What is in either, without duplicates: the first list's order, then what the second adds.
    Union,
    /// What is in both, in the first list's order, without duplicates.
    Intersect,
    /// What is in the first but not in the second, in the first list's order, duplicates kept.
    Subtract,
}

/// An aggregate over an attribute; empty values are ignored. Over nothing a sum is 0, all others are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// The exact sum.
    Sum,
    /// The mean to 34 significant digits, half-even.
    Average,
    /// The least value.
    Minimum,
    /// The greatest value.
    Maximum,
}

/// One key of a sort order. Empty values come last when ascending and first when descending, as in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The attribute's slot.
    pub slot: u32,
    /// From high to low.
    pub descending: bool,
}

/// Why the guest itself raises an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Reason {
    EmptyOperand,
    EmptyObject,
    IntegerOverflow,
    DivisionByZero,
    OutOfRange,
    Unavailable,
    Prevented,
    Thrown,
}

/// What catching an error undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchMode {
    /// Everything since the request began.
    Rollback,
    /// What happened since the last savepoint, which is forgotten.
    Keep,
}

/// The operations on decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
