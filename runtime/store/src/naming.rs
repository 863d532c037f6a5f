//! What things are called in the database.
//!
//! By rule, names follow from the model's (`schema/names.rs`). A thing that was renamed keeps the name that it had, and one
//! whose kind changed gets a second one, so that an old and a new version of a model can share a database. The names are
//! therefore part of a version: made by [`Store::evolve`](crate::Store::evolve), kept with the version, given to
//! [`Store::plan_with`](crate::Store::plan_with).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Where the names in the database differ from the rule; empty for a model that was never changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Naming {
    /// By qualified name of the entity, in small letters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    entities: BTreeMap<String, EntityName>,
    /// Columns, by `module.entity.attribute` in small letters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    /// Columns of references and tables of reference sets, by qualified name of the association in small letters.
    ///
    /// Sequences have no entry: their names follow from those of table and column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    associations: BTreeMap<String, String>,
}

/// What an entity is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntityName {
    /// Its table.
    pub(crate) table: String,
    /// What names it in the rows of its most general entity's table. It outlives a renaming, so that each version
    /// understands each row.
    pub(crate) discriminator: String,
    /// Discriminators of rows in its table that are no objects of it any more: those of former specializations, which exist
    /// elsewhere. The rows wait for the former generalization to come back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) strangers: BTreeSet<String>,
}

impl Naming {
    /// Whether everything is called as the rule says.
    pub fn is_by_rule(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn entity(&self, name: &str) -> Option<&EntityName> {
        self.entities.get(&name.to_lowercase())
    }

    pub(crate) fn attribute(&self, entity: &str, attribute: &str) -> Option<&str> {
        self.attributes.get(&attribute_key(entity, attribute)).map(String::as_str)
    }

    pub(crate) fn association(&self, name: &str) -> Option<&str> {
        self.associations.get(&name.to_lowercase()).map(String::as_str)
    }

    pub(crate) fn set_entity(&mut self, name: &str, called: EntityName) {
        self.entities.insert(name.to_lowercase(), called);
    }

    pub(crate) fn set_attribute(&mut self, entity: &str, attribute: &str, column: String) {
        self.attributes.insert(attribute_key(entity, attribute), column);
    }

    pub(crate) fn set_association(&mut self, name: &str, called: String) {
        self.associations.insert(name.to_lowercase(), called);
    }
}

fn attribute_key(entity: &str, attribute: &str) -> String {
    format!("{entity}.{attribute}").to_lowercase()
}
