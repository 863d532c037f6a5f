//! What is there already: the version before, as far as it is told, and the ledger.

use std::collections::BTreeSet;

use brooklet_model::{
    Association, AssociationId, Attribute, AttributeType, Entity, EntityId, Former, Manifest, Origin, same_origin,
};

use super::ledger::{Ledger, column_item, pairs_item, table_item};
use crate::{
    Naming,
    naming::EntityName,
    schema::{FROM_ID, ID, Place, Schema, TO_ID, is_stored, names},
};

/// What the version before has. Without its manifest, it has what the ledger says is in use.
pub(super) struct Known<'a> {
    pub(super) manifest: Option<&'a Manifest>,
    /// The manifest's schema.
    pub(super) schema: Option<&'a Schema>,
    pub(super) naming: &'a Naming,
    pub(super) ledger: &'a Ledger,
}

/// Where an association was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Column { table: String, column: String },
    Pairs { table: String },
}

/// An association as the version before has it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) stored: Stored,
    /// It started where it ends now.
    pub(super) is_turned: bool,
    /// It ended at another entity.
    pub(super) has_other_end: bool,
}

/// Pairs of ids: a table, and its columns for the referring and for the referred object.
pub(super) struct PairsOf<'s> {
    pub(super) table: &'s str,
    pub(super) from: &'s str,
    pub(super) to: &'s str,
}

impl Found {
    /// The pairs, from where the association starts now.
    pub(super) fn pairs(&self) -> PairsOf<'_> {
        let (table, from, to) = match &self.stored {
            Stored::Column { table, column } => (table, ID, column.as_str()),
            Stored::Pairs { table } => (table, FROM_ID, TO_ID),
        };
        if self.is_turned { PairsOf { table, from: to, to: from } } else { PairsOf { table, from, to } }
    }
}

impl Known<'_> {
    /// By entity of the version to come: what the one of the same origin was called.
    pub(super) fn entities_by_origin(&self, to: &Manifest) -> Vec<Option<String>> {
        let Some(from) = self.manifest else { return vec![None; to.entities.len()] };
        let of = |manifest: &Manifest, name: &str| manifest.former.entity_origin(name);
        let names = |manifest: &Manifest| -> Vec<String> {
            manifest.entities.iter().map(|entity| entity.name.clone()).collect()
        };
        paired(&names(from), |name| of(from, name), &names(to), |name| of(to, name))
    }

    /// The same for the attributes of an entity, given what it was called before.
    pub(super) fn attributes_by_origin(&self, to: &Manifest, entity: &Entity, before: &str) -> Vec<Option<String>> {
        let was = self.manifest.and_then(|from| Some((from, stored_entity(from, before)?)));
        let Some((from, was)) = was else { return vec![None; entity.attributes.len()] };
        let names = |entity: &Entity| -> Vec<String> {
            entity.attributes.iter().map(|attribute| attribute.name.clone()).collect()
        };
        paired(
            &names(was),
            |name| from.former.attribute_origin(&was.name, name),
            &names(entity),
            |name| to.former.attribute_origin(&entity.name, name),
        )
    }

    /// The same for associations.
    pub(super) fn associations_by_origin(&self, to: &Manifest) -> Vec<Option<String>> {
        let Some(from) = self.manifest else { return vec![None; to.associations.len()] };
        let names = |manifest: &Manifest| -> Vec<String> {
            manifest.associations.iter().map(|association| association.name.clone()).collect()
        };
        paired(
            &names(from),
            |name| from.former.association_origin(name),
            &names(to),
            |name| to.former.association_origin(name),
        )
    }

    /// Keys of an attribute's enumeration that have another name in the version to come: before and after.
    pub(super) fn renamed_keys(
        &self,
        to: &Manifest,
        kind: &AttributeType,
        (entity, attribute): (&str, &str),
    ) -> Vec<(String, String)> {
        let was = self.manifest.zip(self.known_attribute(entity, attribute).map(|known| &known.kind));
        let (Some((from, AttributeType::Enumeration(was))), AttributeType::Enumeration(is)) = (was, kind) else {
            return Vec::new();
        };
        let (was, is) = (from.enumeration(*was), to.enumeration(*is));
        let keys = |values: &[brooklet_model::EnumerationValue]| -> Vec<String> {
            values.iter().map(|value| value.key.clone()).collect()
        };
        let (before, after) = (keys(&was.values), keys(&is.values));
        let pairs = paired(
            &before,
            |key| from.former.key_origin(&was.name, key),
            &after,
            |key| to.former.key_origin(&is.name, key),
        );
        let pairs = pairs.into_iter().zip(after).filter_map(|(before, after)| Some((before?, after)));
        pairs.filter(|(before, after)| before != after).collect()
    }

    /// What the entity of a name is called, if there was one with a table.
    pub(super) fn entity(&self, name: &str) -> Option<EntityName> {
        let exact = match self.manifest {
            Some(manifest) => stored_entity(manifest, name)?.name.clone(),
            None => name.to_owned(),
        };
        let by_rule = || EntityName { table: names::qualified(name), discriminator: exact, strangers: BTreeSet::new() };
        let called = self.naming.entity(name).cloned().unwrap_or_else(by_rule);
        self.is_there(&table_item(&called.table)).then_some(called)
    }

    /// Whether an entity of the version before specialized another; without its manifest, whether its table did.
    pub(super) fn has_specialized(&self, special: &str, general: &str, tables: (&str, &str)) -> bool {
        match self.manifest {
            Some(manifest) => {
                let named = |name: &str| manifest.entities.iter().position(|entity| same(&entity.name, name));
                let (Some(special), Some(general)) = (named(special), named(general)) else { return false };
                manifest.is_a(EntityId(special as u32), EntityId(general as u32))
            }
            None => self.ledger.ancestors(tables.0).contains(tables.1),
        }
    }

    /// Whether one of two entities of the version before specialized the other.
    pub(super) fn are_related(&self, one: &str, other: &str) -> bool {
        let Some(manifest) = self.manifest else { return false };
        let named = |name: &str| manifest.entities.iter().position(|entity| same(&entity.name, name));
        let (Some(one), Some(other)) = (named(one), named(other)) else { return false };
        let (one, other) = (EntityId(one as u32), EntityId(other as u32));
        one != other && (manifest.is_a(one, other) || manifest.is_a(other, one))
    }

    /// The column of an attribute, if there was one.
    pub(super) fn attribute(&self, table: &str, entity: &str, attribute: &str) -> Option<String> {
        if self.manifest.is_some() && self.known_attribute(entity, attribute)?.calculated.is_some() {
            return None;
        }
        let column =
            self.naming.attribute(entity, attribute).map_or_else(|| names::attribute(attribute), str::to_owned);
        self.is_there(&column_item(table, &column)).then_some(column)
    }

    /// Whether an attribute of an entity, if it is known, is of the same kind as another one of its name.
    pub(super) fn is_of_kind(&self, entity: &str, other: &Attribute) -> bool {
        let is_same = |known: &Attribute| known.kind == other.kind;
        self.manifest.is_none() || self.known_attribute(entity, &other.name).is_some_and(is_same)
    }

    /// An attribute of the version before, if it is known.
    fn known_attribute(&self, entity: &str, name: &str) -> Option<&Attribute> {
        stored_entity(self.manifest?, entity)?.attributes.iter().find(|known| same(&known.name, name))
    }

    /// An association between two tables that go by these names now, if there was one.
    pub(super) fn association(&self, (from, to): (&str, &str), name: &str) -> Option<Found> {
        let (Some(manifest), Some(schema)) = (self.manifest, self.schema) else {
            let stored = self.association_of_name(from, name)?;
            return Some(Found { stored, is_turned: false, has_other_end: false });
        };
        let all = manifest.associations.iter().enumerate().filter(|(_, known)| same(&known.name, name));
        let mut found = all.filter_map(|(index, known)| {
            let called = |entity: EntityId| schema.table(entity).map(|table| table.name.as_str());
            let (was_from, was_to) = (called(known.from)?, called(known.to)?);
            // The runtime's own associations have one name for many; their owners tell them apart.
            if known.system.is_some() && was_from != from {
                return None;
            }
            let stored = match schema.place(AssociationId(index as u32))? {
                Place::Column { owner, column, .. } => {
                    Stored::Column { table: called(*owner)?.to_owned(), column: column.clone() }
                }
                Place::Pairs { table, .. } => Stored::Pairs { table: table.clone() },
            };
            let is_turned = was_from != was_to && (was_from, was_to) == (to, from);
            Some(Found { stored, is_turned, has_other_end: !is_turned && was_to != to })
        });
        found.find(|found| self.is_there(&found.stored.item()))
    }

    /// Where an association was stored that starts at a table, by its name alone.
    fn association_of_name(&self, table: &str, name: &str) -> Option<Stored> {
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

/// For each name of the version to come, the one of the same origin before.
fn paired(
    before: &[String],
    origin_before: impl Fn(&str) -> Origin,
    after: &[String],
    origin_after: impl Fn(&str) -> Origin,
) -> Vec<Option<String>> {
    let before: Vec<_> = before.iter().map(|name| (name.as_str(), origin_before(name))).collect();
    let after: Vec<_> = after.iter().map(|name| (name.as_str(), origin_after(name))).collect();
    let found = same_origin(&before, &after);
    found.into_iter().map(|at| at.map(|at| before[at].0.to_owned())).collect()
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
