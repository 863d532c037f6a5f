//! Which things of two versions of a model are the same things.

use std::collections::{BTreeMap, HashMap};

use crate::{
    Association, AssociationId, Attribute, AttributeRef, AttributeType, EntityId, EnumerationId, Manifest, MicroflowId,
    Origin, Type, same_origin,
};

/// Two versions of a model, side by side.
///
/// A thing is the same when it comes from the same origin ([`crate::Origin`]), also where names were exchanged; where origins do
/// not tell, when it has the same name, or had it before ([`Manifest::former`]). Former names come first: where something took
/// over the name of what was dropped, it goes on to be what it was.
#[derive(Debug)]
pub struct Pairing<'m> {
    /// The earlier version.
    pub before: &'m Manifest,
    /// The later one.
    pub after: &'m Manifest,
    entities: Vec<Option<EntityId>>,
    enumerations: Vec<Option<EnumerationId>>,
    associations: Vec<Option<AssociationId>>,
    microflows: Vec<Option<MicroflowId>>,
}

impl<'m> Pairing<'m> {
    /// Pairs all that has a qualified name.
    pub fn new(before: &'m Manifest, after: &'m Manifest) -> Self {
        let former = &after.former;
        let tell = origins_tell(before, after);
        let entities = pair(
            before.entities.iter().map(|one| one.name.as_str()),
            after.entities.iter().map(|one| one.name.as_str()),
            &former.entities,
            tell.then_some((&|name| before.former.entity_origin(name), &|name| former.entity_origin(name))),
        );
        let enumerations = pair(
            before.enumerations.iter().map(|one| one.name.as_str()),
            after.enumerations.iter().map(|one| one.name.as_str()),
            &former.enumerations,
            None,
        );
        let microflows = pair(
            before.microflows.iter().map(|one| one.name.as_str()),
            after.microflows.iter().map(|one| one.name.as_str()),
            &former.microflows,
            None,
        );
        let mut pairing = Self {
            before,
            after,
            entities: ids(entities, EntityId),
            enumerations: ids(enumerations, EnumerationId),
            associations: Vec::new(),
            microflows: ids(microflows, MicroflowId),
        };
        pairing.associations = pairing.paired_associations();
        pairing
    }

    /// The runtime's own associations have one name for many; their owners tell them apart.
    fn paired_associations(&self) -> Vec<Option<AssociationId>> {
        let (before, after) = (&self.before.associations, &self.after.associations);
        let own = pair(
            before.iter().map(|one| if one.system.is_none() { one.name.as_str() } else { "" }),
            after.iter().map(|one| if one.system.is_none() { one.name.as_str() } else { "" }),
            &self.after.former.associations,
            origins_tell(self.before, self.after)
                .then_some((&|name| self.before.former.association_origin(name), &|name| {
                    self.after.former.association_origin(name)
                })),
        );
        let of_the_runtime = |one: &Association| {
            let same = |other: &Association| other.system == one.system && Some(other.from) == self.entity(one.from);
            after.iter().position(same)
        };
        let found = before.iter().zip(own);
        let found = found.map(|(one, own)| if one.system.is_some() { of_the_runtime(one) } else { own });
        ids(found.collect(), AssociationId)
    }

    /// What an entity of the earlier version is in the later one.
    pub fn entity(&self, id: EntityId) -> Option<EntityId> {
        self.entities[id.index()]
    }

    /// The same for an enumeration.
    pub fn enumeration(&self, id: EnumerationId) -> Option<EnumerationId> {
        self.enumerations[id.index()]
    }

    /// The same for an association.
    pub fn association(&self, id: AssociationId) -> Option<AssociationId> {
        self.associations[id.index()]
    }

    /// The same for a microflow.
    pub fn microflow(&self, id: MicroflowId) -> Option<MicroflowId> {
        self.microflows[id.index()]
    }

    /// The same for an attribute, if it still belongs to the same entity or to one that this specializes.
    pub fn attribute(&self, at: AttributeRef) -> Option<AttributeRef> {
        let entity = self.entity(at.entity)?;
        if !origins_tell(self.before, self.after) {
            return self.after.attribute_formerly(entity, &self.before.attribute(at).name);
        }
        let (was, is) = (self.before.entity(at.entity), self.after.entity(entity));
        let before = was
            .attributes
            .iter()
            .map(|one| (one.name.as_str(), self.before.former.attribute_origin(&was.name, &one.name)));
        let after = is
            .attributes
            .iter()
            .map(|one| (one.name.as_str(), self.after.former.attribute_origin(&is.name, &one.name)));
        let found = same_origin(&before.collect::<Vec<_>>(), &after.collect::<Vec<_>>());
        let index = at.index as usize;
        if let Some(now) = found.iter().position(|known| *known == Some(index)) {
            return Some(AttributeRef { entity, index: now as u32 });
        }
        let named = self.after.attribute_formerly(entity, &self.before.attribute(at).name)?;
        // The name may be that of something else by now.
        let is_another = named.entity == entity && found[named.index as usize].is_some();
        (!is_another).then_some(named)
    }

    /// The same for a key of an enumeration.
    pub fn key(&self, id: EnumerationId, key: &str) -> Option<&'m str> {
        if !origins_tell(self.before, self.after) {
            return self.after.key_formerly(self.enumeration(id)?, key);
        }
        let (was, is) = (self.before.enumeration(id), self.after.enumeration(self.enumeration(id)?));
        let before =
            was.values.iter().map(|one| (one.key.as_str(), self.before.former.key_origin(&was.name, &one.key)));
        let after = is.values.iter().map(|one| (one.key.as_str(), self.after.former.key_origin(&is.name, &one.key)));
        let found = same_origin(&before.collect::<Vec<_>>(), &after.collect::<Vec<_>>());
        let mut pairs = is.values.iter().zip(&found);
        let same = pairs.find(|(_, at)| at.is_some_and(|at| was.values[at].key == key));
        if let Some((value, _)) = same {
            return Some(&value.key);
        }
        let named = self.after.key_formerly(self.enumeration(id)?, key)?;
        let is_another = is.values.iter().zip(found).any(|(value, at)| value.key == named && at.is_some());
        (!is_another).then_some(named)
    }

    /// A type of the earlier version as the later one knows it; none when it is of something that is gone.
    pub fn value_type(&self, kind: Type) -> Option<Type> {
        Some(match kind {
            Type::Enumeration(id) => Type::Enumeration(self.enumeration(id)?),
            Type::Object(id) => Type::Object(self.entity(id)?),
            Type::List(id) => Type::List(self.entity(id)?),
            plain => plain,
        })
    }

    /// The same for the type of an attribute.
    pub fn attribute_type(&self, kind: &AttributeType) -> Option<AttributeType> {
        Some(match kind {
            AttributeType::Enumeration(id) => AttributeType::Enumeration(self.enumeration(*id)?),
            plain => plain.clone(),
        })
    }
}

impl Manifest {
    /// An attribute by the name that it has or had, inherited ones included.
    pub fn attribute_formerly(&self, id: EntityId, name: &str) -> Option<AttributeRef> {
        // Seldom is anything renamed, and this is asked often.
        let mut lineage = self.lineage(id).filter(|_| !self.former.attributes.is_empty());
        let renamed = lineage.find_map(|entity| {
            let had = |attribute: &Attribute| {
                let key = format!("{}.{}", self.entity(entity).name, attribute.name);
                self.former.attributes.get(&key).is_some_and(|names| has(names, name))
            };
            let index = self.entity(entity).attributes.iter().position(had)?;
            Some(AttributeRef { entity, index: index as u32 })
        });
        renamed.or_else(|| self.attribute_named(id, name))
    }

    /// An entity by the name that it has or had.
    pub fn entity_formerly(&self, name: &str) -> Option<EntityId> {
        let renamed = present(&self.former.entities, name).and_then(|name| self.entity_named(name));
        renamed.or_else(|| self.entity_named(name))
    }

    /// A microflow by the name that it has or had.
    pub fn microflow_formerly(&self, name: &str) -> Option<MicroflowId> {
        let renamed = present(&self.former.microflows, name).and_then(|name| self.microflow_named(name));
        renamed.or_else(|| self.microflow_named(name))
    }

    /// The present name of an association by one that it has or had.
    pub fn association_name_formerly<'a>(&'a self, name: &'a str) -> &'a str {
        present(&self.former.associations, name).unwrap_or(name)
    }

    /// A key of an enumeration by the name that it has or had.
    pub fn key_formerly(&self, id: EnumerationId, key: &str) -> Option<&str> {
        let enumeration = self.enumeration(id);
        let had = |present: &str| {
            let key_name = format!("{}.{present}", enumeration.name);
            self.former.keys.get(&key_name).is_some_and(|names| has(names, key))
        };
        let keys = || enumeration.values.iter().map(|value| value.key.as_str());
        keys().find(|present| had(present)).or_else(|| keys().find(|present| *present == key))
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|one| one == name)
}

/// The present name of what had a name before.
fn present<'a>(former: &'a BTreeMap<String, Vec<String>>, name: &str) -> Option<&'a str> {
    former.iter().find(|(_, names)| has(names, name)).map(|(present, _)| present.as_str())
}

/// Whether origins say more than names and former names do.
fn origins_tell(before: &Manifest, after: &Manifest) -> bool {
    !before.former.origins.is_empty() || !after.former.origins.is_empty()
}

/// The origins of things, before and after, by their names.
type OriginsOf<'o> = (&'o dyn Fn(&str) -> Origin, &'o dyn Fn(&str) -> Origin);

/// For each name of before, the place of the same thing among those of after. Empty names are nobody's.
fn pair<'n>(
    before: impl Iterator<Item = &'n str>,
    after: impl Iterator<Item = &'n str>,
    former: &BTreeMap<String, Vec<String>>,
    origins: Option<OriginsOf<'_>>,
) -> Vec<Option<usize>> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.collect(), after.collect());
    let known: HashMap<&str, usize> = before.iter().enumerate().map(|(index, name)| (*name, index)).collect();
    let by_origin = match origins {
        Some((was, is)) => {
            let with = |names: &[&'n str], origin: &dyn Fn(&str) -> Origin| -> Vec<_> {
                names.iter().map(|name| (*name, origin(name))).collect()
            };
            same_origin(&with(&before, was), &with(&after, is))
        }
        None => vec![None; after.len()],
    };
    let mut pairs = vec![None; before.len()];
    for (index, at) in by_origin.iter().enumerate().filter(|(index, _)| !after[*index].is_empty()) {
        if let Some(at) = at {
            pairs[*at] = Some(index);
        }
    }
    let rest = after.iter().enumerate().filter(|(index, name)| !name.is_empty() && by_origin[*index].is_none());
    for (index, name) in rest {
        let renamed = former.get(*name).and_then(|names| names.iter().find_map(|name| known.get(name.as_str())));
        if let Some(at) = renamed.or_else(|| known.get(name)) {
            pairs[*at].get_or_insert(index);
        }
    }
    pairs
}

fn ids<T>(pairs: Vec<Option<usize>>, id: fn(u32) -> T) -> Vec<Option<T>> {
    pairs.into_iter().map(|place| place.map(|place| id(place as u32))).collect()
}
