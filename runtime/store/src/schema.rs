//! The tables that a model needs.
//!
//! Pure data, made from the manifest and the version's names: which entity has which table with which columns, where each association is stored,
//! and which indexes and sequences there are. `migrate` makes the database fit it, `compile` builds statements over it.

mod build;
pub(crate) mod names;

use std::collections::BTreeSet;

use brooklet_model::{AssociationId, AttributeRef, DefaultValue, EntityId};

use crate::kind::Kind;

pub(crate) use build::{build, is_stored};
pub(crate) use names::fingerprint;

/// The column of a most general entity's table that names the concrete entity. No attribute can have that name.
pub(crate) const DISCRIMINATOR: &str = "$entity";

/// The primary key of every entity's table.
pub(crate) const ID: &str = "id";

/// The columns of a reference set's table.
pub(crate) const FROM_ID: &str = "from_id";
pub(crate) const TO_ID: &str = "to_id";

/// Everything that a model stores.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Tables by entity; none for what is not stored.
    pub(crate) tables: Vec<Option<Table>>,
    /// Where associations are stored, by association; none for those that are not.
    pub(crate) places: Vec<Option<Place>>,
    /// Indexes of all tables.
    pub(crate) indexes: Vec<Index>,
    /// Sequences of AutoNumber attributes.
    pub(crate) sequences: Vec<Sequence>,
}

/// The table of an entity.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The qualified name of the entity.
    pub(crate) entity: String,
    /// What names the entity in the discriminators of its most general entity's table.
    pub(crate) discriminator: String,
    /// Discriminators of rows that are no objects of the entity.
    pub(crate) strangers: BTreeSet<String>,
    /// The nearest generalization that has a table.
    pub(crate) parent: Option<EntityId>,
    /// The most general entity with a table; its table has the discriminator.
    pub(crate) root: EntityId,
    /// All columns but `id` and the discriminator.
    pub(crate) columns: Vec<Column>,
}

/// A column that holds an attribute or a reference.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) member: Member,
    /// The table that a reference refers to.
    pub(crate) refers_to: Option<String>,
    /// The value of a new attribute in objects that exist already.
    pub(crate) default: Option<DefaultValue>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Attribute(AttributeRef),
    Reference(AssociationId),
}

/// Where an association is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a column of the FROM entity's table.
    Column { owner: EntityId, column: String, refers_to: String },
    /// In a table of pairs.
    Pairs { table: String, from: String, to: String },
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) table: String,
    /// Columns, and whether each is descending.
    pub(crate) columns: Vec<(String, bool)>,
    /// Set when the combination of values must be unique.
    pub(crate) unique: Option<Unique>,
}

/// A rule of uniqueness, in the model's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unique {
    /// Qualified name of the entity.
    pub(crate) entity: String,
    /// Names of attributes, or the qualified name of the association.
    pub(crate) members: Vec<String>,
}

/// The sequence of an AutoNumber attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) name: String,
    pub(crate) attribute: AttributeRef,
    pub(crate) start: i64,
}

impl Schema {
    /// The table of an entity, if it has one.
    pub(crate) fn table(&self, entity: EntityId) -> Option<&Table> {
        self.tables.get(entity.index())?.as_ref()
    }

    /// Where an association is stored, if it is.
    pub(crate) fn place(&self, association: AssociationId) -> Option<&Place> {
        self.places.get(association.index())?.as_ref()
    }

    /// The table and the column of an attribute; none when it is calculated or not stored.
    pub(crate) fn attribute(&self, attribute: AttributeRef) -> Option<&Column> {
        let table = self.table(attribute.entity)?;
        table.columns.iter().find(|column| column.member == Member::Attribute(attribute))
    }

    /// The sequence of an attribute.
    pub(crate) fn sequence(&self, attribute: AttributeRef) -> Option<&Sequence> {
        self.sequences.iter().find(|sequence| sequence.attribute == attribute)
    }

    /// The rule that a unique index enforces.
    pub(crate) fn unique_named(&self, index: &str) -> Option<&Unique> {
        self.indexes.iter().find(|known| known.name == index)?.unique.as_ref()
    }

    /// The rule that another version's index over a table enforces, too: over a column that holds the same in another kind,
    /// whose name differs in its number at most.
    pub(crate) fn unique_like(&self, table: &str, index: &str) -> Option<&Unique> {
        let words = |name: &str| -> Vec<String> {
            let words = name.split(['$', '.']).filter(|word| word.parse::<u32>().is_err());
            words.map(str::to_owned).collect()
        };
        let wanted = words(index);
        let mut of_table = self.indexes.iter().filter(|known| known.table == table && known.unique.is_some());
        let is_like = |known: &&Index| {
            let columns = known.columns.iter().map(|(column, _)| format!("{table}.{column}"));
            words(&known.name) == wanted || words(&columns.collect::<Vec<_>>().join("$")) == wanted
        };
        of_table.find(is_like)?.unique.as_ref()
    }

    /// The rule over columns that are given as `table.column`.
    pub(crate) fn unique_over(&self, columns: &[&str]) -> Option<&Unique> {
        let is_it = |index: &&Index| {
            let names = index.columns.iter().map(|(column, _)| format!("{}.{column}", index.table));
            index.unique.is_some() && index.columns.len() == columns.len() && names.eq(columns.iter().copied())
        };
        self.indexes.iter().find(is_it)?.unique.as_ref()
    }
}
