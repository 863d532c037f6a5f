//! Objects as they are read and written.

use brooklet_model::{AssociationId, EntityId};
use brooklet_values::{ObjectId, Value};

/// An object that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its concrete entity: the one asked for or a specialization.
    pub entity: EntityId,
    /// Its identity.
    pub id: ObjectId,
    /// Its attributes by slot (`Manifest::slots` of the concrete entity); calculated ones are empty.
    pub attributes: Vec<Value>,
    /// The references that it owns, in the order of `Plan::references`. Reference sets are fetched on demand.
    pub references: Vec<(AssociationId, Option<ObjectId>)>,
}

/// An object that is written for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRow {
    /// Its concrete entity.
    pub entity: EntityId,
    /// Its identity.
    pub id: ObjectId,
    /// Its attributes by slot. What a model calculates is ignored.
    pub attributes: Vec<Value>,
    /// The references that it owns and that are set.
    pub references: Vec<(AssociationId, ObjectId)>,
}

/// What changed in an object since it was last written.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedRow {
    /// Its concrete entity.
    pub entity: EntityId,
    /// Its identity.
    pub id: ObjectId,
    /// New values of attributes, by slot; each slot at most once.
    pub attributes: Vec<(u32, Value)>,
    /// New values of references that it owns; each at most once.
    pub references: Vec<(AssociationId, Option<ObjectId>)>,
}

/// One pair of a reference, or of a reference set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// The object that refers.
    pub from: ObjectId,
    /// The object that is referred to.
    pub to: ObjectId,
}

/// Which of a query's objects are returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// How many at most; 0 for all.
    pub limit: u64,
    /// How many are skipped.
    pub offset: u64,
}

impl Range {
    /// All of them.
    pub const ALL: Self = Self { limit: 0, offset: 0 };
    /// The first.
    pub const FIRST: Self = Self { limit: 1, offset: 0 };
}

/// An aggregate over an attribute; empty values are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// The exact sum; 0 over nothing.
    Sum,
    /// The mean to 34 significant digits, half-even; empty over nothing.
    Average,
    /// The least value; empty over nothing.
    Minimum,
    /// The greatest value; empty over nothing.
    Maximum,
}
