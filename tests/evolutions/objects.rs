//! Objects by names of a folder's own, as a version of the model reads them.

use std::{collections::HashSet, sync::Arc};

use brooklet_model::{AssociationKind, EntityId, Query};
use brooklet_store::{Bindings, Plan, Range, Row, Store, Transaction};
use brooklet_values::ObjectId;
use serde_json::{Map, Value as Json};

use crate::values;

/// By entity, by the object's name: the values of its members. Associations are members by their qualified names: the
/// object's name, or those of a set's objects in their order.
pub(crate) type Objects = Map<String, Json>;

/// Modules that every model has; nothing of theirs is looked at.
const PLATFORM: [&str; 2] = ["System.", "Administration."];

/// What a folder calls its objects: the first has the id 1.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Names further objects, in the order in which they are written.
    pub(crate) fn add(&mut self, objects: &Objects) {
        self.0.extend(objects.values().flat_map(|objects| members(objects).keys().cloned()));
        let mut seen = HashSet::new();
        assert!(self.0.iter().all(|name| seen.insert(name)), "two objects have one name: {:?}", self.0);
    }

    /// The object that is called so.
    pub(crate) fn id(&self, name: &str) -> ObjectId {
        let index = self.0.iter().position(|known| known == name);
        ObjectId(index.unwrap_or_else(|| panic!("no object is called {name}")) as i64 + 1)
    }

    fn name(&self, ObjectId(id): ObjectId) -> &str {
        &self.0[id as usize - 1]
    }
}

/// What JSON says by name.
pub(crate) fn members(json: &Json) -> &Map<String, Json> {
    json.as_object().unwrap_or_else(|| panic!("{json} says nothing by name"))
}

/// All objects as a version reads them. Entities without objects are left out.
pub(crate) async fn read(store: &Store, plan: &Arc<Plan>, names: &Names) -> Objects {
    let mut found = Objects::new();
    let mut transaction = store.begin(plan.clone());
    for (index, entity) in plan.manifest().entities.iter().enumerate() {
        let id = EntityId(index as u32);
        if !plan.is_stored(id) || PLATFORM.iter().any(|module| entity.name.starts_with(module)) {
            continue;
        }
        let all = plan.compile(&Query::all(id)).unwrap();
        let rows = transaction.retrieve(&all, &Bindings::none(), Range::ALL).await.unwrap();
        let mut objects = Map::new();
        for row in rows.into_iter().filter(|row| row.entity == id) {
            let name = names.name(row.id).to_owned();
            objects.insert(name, object(&mut transaction, plan, row, names).await);
        }
        if !objects.is_empty() {
            found.insert(entity.name.clone(), objects.into());
        }
    }
    found
}

/// An object's members.
async fn object(transaction: &mut Transaction, plan: &Plan, row: Row, names: &Names) -> Json {
    let manifest = plan.manifest();
    let mut members = Map::new();
    for (at, value) in manifest.slots(row.entity).into_iter().zip(&row.attributes) {
        let attribute = manifest.attribute(at);
        if attribute.calculated.is_none() {
            members.insert(attribute.name.clone(), values::json(value));
        }
    }
    for (association, to) in row.references {
        let to = to.map_or(Json::Null, |to| names.name(to).into());
        members.insert(manifest.association(association).name.clone(), to);
    }
    for (id, association) in manifest.associations_of(row.entity) {
        let is_owned = manifest.is_a(row.entity, association.from) && plan.is_association_stored(id);
        if is_owned && association.kind == AssociationKind::ReferenceSet {
            let links = transaction.links(id, false, &[row.id]).await.unwrap();
            let to: Vec<&str> = links.iter().map(|link| names.name(link.to)).collect();
            members.insert(association.name.clone(), to.into());
        }
    }
    members.into()
}
