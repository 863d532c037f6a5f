//! What is there already: the version before, as far as it is told, and the ledger.

use brooklet_model::{Association, Entity, Former, Manifest};

use super::ledger::{Ledger, column_item, pairs_item, table_item};
use crate::{
    Naming,
    naming::EntityName,
    schema::{is_stored, names},
};
use brooklet_model::EntityId;

/// What the version before has. Without its manifest, it has what the ledger says is in use.
pub(super) struct Known<'a> {
    pub(super) manifest: Option<&'a Manifest>,
    pub(super) naming: &'a Naming,
    pub(super) ledger: &'a Ledger,
}

/// Where an association was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Column { table: String, column: String },
    Pairs { table: String },
}

impl Known<'_> {
    /// What the entity of a name is called, if there was one with a table.
    pub(super) fn entity(&self, name: &str) -> Option<EntityName> {
        let exact = match self.manifest {
            Some(manifest) => stored_entity(manifest, name)?.name.clone(),
            None => name.to_owned(),
        };
        let by_rule = || EntityName { table: names::qualified(name), discriminator: exact };
        let called = self.naming.entity(name).cloned().unwrap_or_else(by_rule);
        self.is_there(&table_item(&called.table)).then_some(called)
    }

    /// The column of an attribute, if there was one.
    pub(super) fn attribute(&self, table: &str, entity: &str, attribute: &str) -> Option<String> {
        if let Some(manifest) = self.manifest {
            let attributes = &stored_entity(manifest, entity)?.attributes;
            attributes.iter().find(|known| same(&known.name, attribute) && known.calculated.is_none())?;
        }
        let column =
            self.naming.attribute(entity, attribute).map_or_else(|| names::attribute(attribute), str::to_owned);
        self.is_there(&column_item(table, &column)).then_some(column)
    }

    /// Where an association was stored that starts at a table, if there was one.
    pub(super) fn association(&self, table: &str, name: &str) -> Option<Stored> {
        if let Some(manifest) = self.manifest {
            manifest.associations.iter().find(|known| same(&known.name, name))?;
        }
        let by_rule = names::qualified(name);
        let called = self.naming.association(name).unwrap_or(&by_rule);
        if self.is_there(&column_item(table, called)) {
            return Some(Stored::Column { table: table.to_owned(), column: called.to_owned() });
        }
        let tables = [called.to_owned(), names::set(called)];
        let table = tables.into_iter().find(|table| self.is_there(&pairs_item(table)))?;
        Some(Stored::Pairs { table })
    }

    fn is_there(&self, item: &str) -> bool {
        self.ledger.is_used(item)
    }
}

fn stored_entity<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m Entity> {
    let index = manifest.entities.iter().position(|entity| same(&entity.name, name))?;
    is_stored(manifest, EntityId(index as u32)).then(|| &manifest.entities[index])
}

/// Names ignore case.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The names that things of one sort had before, by the version to come; or will have again, when it takes back what
/// the version before has renamed.
pub(super) struct Formers<'a> {
    pub(super) to: &'a Former,
    pub(super) from: Option<&'a Former>,
}

type Names = std::collections::BTreeMap<String, Vec<String>>;

impl Formers<'_> {
    pub(super) fn entity(&self, entity: &Entity) -> Vec<String> {
        self.of(|former| &former.entities, &entity.name, "")
    }

    /// Former names of an attribute, given the entity's names: now, and in the version before.
    pub(super) fn attribute(&self, entity: &str, before: &str, attribute: &str) -> Vec<String> {
        let mut found = self.forward(|former| &former.attributes, &format!("{entity}.{attribute}"));
        found.extend(self.backward(|former| &former.attributes, attribute, &format!("{before}.")));
        found
    }

    pub(super) fn association(&self, association: &Association) -> Vec<String> {
        self.of(|former| &former.associations, &association.name, "")
    }

    fn of(&self, names: fn(&Former) -> &Names, name: &str, prefix: &str) -> Vec<String> {
        let mut found = self.forward(names, name);
        found.extend(self.backward(names, name, prefix));
        found
    }

    fn forward(&self, names: fn(&Former) -> &Names, name: &str) -> Vec<String> {
        let of_name = names(self.to).iter().filter(|(now, _)| same(now, name));
        of_name.flat_map(|(_, before)| before.iter().cloned()).collect()
    }

    /// Names that the version before has for what it says was called `name` once.
    fn backward(&self, names: fn(&Former) -> &Names, name: &str, prefix: &str) -> Vec<String> {
        let Some(from) = self.from else { return Vec::new() };
        let was_it = |before: &Vec<String>| before.iter().any(|before| same(before, name));
        let renamed = names(from).iter().filter(|(_, before)| was_it(before));
        renamed.filter_map(|(now, _)| Some(now.strip_prefix(prefix)?.to_owned())).collect()
    }
}
