//! What a version writes.

use std::{collections::BTreeMap, sync::Arc};

use brooklet_model::{AssociationId, AssociationKind, AttributeRef, EntityId, Manifest};
use brooklet_store::{ChangedRow, Link, NewRow, Plan, Store, StoreError, Transaction};
use brooklet_values::{ObjectId, Value};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::{
    objects::{Names, Objects, members},
    values,
};

/// A transaction of one of the versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Write {
    pub(crate) by: By,
    /// New objects. What is left out is empty; an AutoNumber is drawn then.
    #[serde(default)]
    pub(crate) create: Objects,
    /// Members that get other values.
    #[serde(default)]
    pub(crate) change: Objects,
    /// Names of objects, by entity.
    #[serde(default)]
    pub(crate) delete: BTreeMap<String, Vec<String>>,
    /// What a client reads when the database does not let it happen.
    #[serde(default)]
    pub(crate) refused: Option<String>,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    Old,
    New,
}

impl Write {
    /// Does it, and checks that it comes out as it should.
    pub(crate) async fn apply(&self, store: &Store, plan: &Arc<Plan>, names: &Names) {
        let refused = self.attempt(store, plan, names).await.err();
        let message = refused.as_ref().map(StoreError::client_message);
        assert_eq!(message, self.refused, "{refused:?} for {self:?}");
    }

    async fn attempt(&self, store: &Store, plan: &Arc<Plan>, names: &Names) -> Result<(), StoreError> {
        let mut transaction = store.begin(plan.clone());
        create(&mut transaction, plan, &self.create, names).await?;
        change(&mut transaction, plan, &self.change, names).await?;
        for (entity, objects) in &self.delete {
            let entity = entity_named(plan.manifest(), entity);
            let objects: Vec<_> = objects.iter().map(|name| (entity, names.id(name))).collect();
            let deleted = transaction.delete(&objects).await?;
            assert_eq!(deleted, objects.len() as u64, "all that are to be deleted are there");
        }
        transaction.commit().await
    }
}

/// Writes new objects.
pub(crate) async fn create(
    transaction: &mut Transaction,
    plan: &Plan,
    objects: &Objects,
    names: &Names,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    let mut sets = Vec::new();
    for (entity, name, object) in each(plan.manifest(), objects) {
        let object = Members::of(plan.manifest(), entity, object, names);
        let mut attributes = vec![Value::Empty; plan.manifest().slots(entity).len()];
        for (slot, value) in object.attributes {
            attributes[slot as usize] = value;
        }
        for slot in plan.auto_numbers(entity) {
            if attributes[*slot as usize].is_empty() {
                let at: AttributeRef = plan.manifest().slots(entity)[*slot as usize];
                attributes[*slot as usize] = Value::Integer(transaction.draw_numbers(at, 1).await?[0]);
            }
        }
        let references = object.references.into_iter().filter_map(|(association, to)| Some((association, to?)));
        rows.push(NewRow { entity, id: names.id(name), attributes, references: references.collect() });
        sets.extend(object.sets.into_iter().map(|(association, to)| (association, names.id(name), to)));
    }
    transaction.insert(&rows).await?;
    for (association, from, to) in sets {
        link(transaction, association, from, &to).await?;
    }
    Ok(())
}

async fn change(
    transaction: &mut Transaction,
    plan: &Plan,
    objects: &Objects,
    names: &Names,
) -> Result<(), StoreError> {
    for (entity, name, object) in each(plan.manifest(), objects) {
        let Members { attributes, references, sets } = Members::of(plan.manifest(), entity, object, names);
        let id = names.id(name);
        let missing = transaction.update(&[ChangedRow { entity, id, attributes, references }]).await?;
        assert_eq!(missing, [], "{name} is there");
        for (association, to) in sets {
            let linked = transaction.links(association, false, &[id]).await?;
            transaction.unlink(association, &linked).await?;
            link(transaction, association, id, &to).await?;
        }
    }
    Ok(())
}

async fn link(
    transaction: &mut Transaction,
    association: AssociationId,
    from: ObjectId,
    to: &[ObjectId],
) -> Result<(), StoreError> {
    let links: Vec<_> = to.iter().map(|to| Link { from, to: *to }).collect();
    transaction.link(association, &links).await
}

/// The objects of a folder, each with its entity and its name.
fn each<'o>(
    manifest: &Manifest,
    objects: &'o Objects,
) -> impl Iterator<Item = (EntityId, &'o str, &'o Map<String, Json>)> {
    objects.iter().flat_map(move |(entity, objects)| {
        let entity = entity_named(manifest, entity);
        members(objects).iter().map(move |(name, object)| (entity, name.as_str(), members(object)))
    })
}

fn entity_named(manifest: &Manifest, name: &str) -> EntityId {
    manifest.entity_named(name).unwrap_or_else(|| panic!("this version has no entity {name}"))
}

/// The members of an object that are written.
#[derive(Default)]
struct Members {
    /// By slot.
    attributes: Vec<(u32, Value)>,
    references: Vec<(AssociationId, Option<ObjectId>)>,
    sets: Vec<(AssociationId, Vec<ObjectId>)>,
}

impl Members {
    fn of(manifest: &Manifest, entity: EntityId, object: &Map<String, Json>, names: &Names) -> Self {
        let mut found = Self::default();
        for (name, value) in object {
            match manifest.associations_of(entity).find(|(_, association)| association.name == *name) {
                Some((id, association)) => found.add_association(id, association.kind, value, names),
                None => {
                    let at = manifest.attribute_named(entity, name);
                    let at = at.unwrap_or_else(|| panic!("{} has no {name}", manifest.entity(entity).name));
                    let value = values::value(&manifest.attribute(at).kind, value);
                    found.attributes.push((manifest.slot(at), value));
                }
            }
        }
        found
    }

    fn add_association(&mut self, id: AssociationId, kind: AssociationKind, value: &Json, names: &Names) {
        let object = |json: &Json| names.id(json.as_str().unwrap_or_else(|| panic!("{json} names no object")));
        match kind {
            AssociationKind::Reference => self.references.push((id, (!value.is_null()).then(|| object(value)))),
            AssociationKind::ReferenceSet => {
                let objects = value.as_array().unwrap_or_else(|| panic!("{value} is no list of objects"));
                self.sets.push((id, objects.iter().map(object).collect()));
            }
        }
    }
}
