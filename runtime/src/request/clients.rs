//! What clients name and are shown: objects by id, held to their rights.

use std::collections::{BTreeMap, HashMap};

use brooklet_model::EntityId;
use brooklet_store::{CompiledQuery, Range};
use brooklet_values::{ListHandle, ObjectHandle, ObjectId};

use super::{Request, transaction::store_error};
use crate::errors::{MicroflowError, Outcome, codes};

impl Request {
    /// An object that a client names. One that the client may not see is not found.
    pub(crate) async fn object_for_client(&mut self, entity: EntityId, id: ObjectId) -> Outcome<ObjectHandle> {
        let object = self.object_by_id(entity, id).await?;
        self.decide(&[object]).await?;
        if self.may_see(object)? { Ok(object) } else { Err(self.no_such_object(entity, id).into()) }
    }

    /// The objects that a client names and may see, by id.
    pub(crate) async fn objects_for_client(
        &mut self,
        entity: EntityId,
        ids: &[ObjectId],
    ) -> Outcome<HashMap<ObjectId, ObjectHandle>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let found = self.instances(entity, &ids).await?;
        self.decide(&found).await?;
        let mut seen = HashMap::with_capacity(found.len());
        for object in found {
            if self.is_a(Some(object), entity)? && self.may_see(object)? {
                seen.insert(self.space.peek(object)?.id(), object);
            }
        }
        Ok(seen)
    }

    /// Those of the objects that the client may be shown.
    pub(crate) async fn shown_to_client(&mut self, objects: Vec<ObjectHandle>) -> Outcome<Vec<ObjectHandle>> {
        self.decide(&objects).await?;
        let mut shown = Vec::with_capacity(objects.len());
        for object in objects {
            if self.may_see(object)? {
                shown.push(object);
            }
        }
        Ok(shown)
    }

    /// What a client asks for: fresh instances.
    pub(crate) async fn retrieve_asked(
        &mut self,
        query: &CompiledQuery,
        limit: u64,
        offset: u64,
    ) -> Outcome<Vec<ObjectHandle>> {
        let run = self.run_of(Vec::new());
        let rows = self.transaction.retrieve(query, &run.bindings(), Range { limit, offset }).await;
        rows.map_err(store_error)?.into_iter().map(|row| self.adopt(row)).collect()
    }

    /// How many objects a client's query finds.
    pub(crate) async fn count_asked(&mut self, query: &CompiledQuery) -> Outcome<u64> {
        let run = self.run_of(Vec::new());
        self.transaction.count(query, &run.bindings()).await.map_err(store_error)
    }

    /// A new list of these objects.
    pub(crate) fn list_of(&mut self, objects: Vec<ObjectHandle>) -> Outcome<ListHandle> {
        self.lists.create(objects)
    }

    /// Objects that were committed, as the database has them now.
    pub(crate) async fn as_stored(&mut self, objects: &[ObjectHandle]) -> Outcome<Vec<ObjectHandle>> {
        let mut ids: BTreeMap<EntityId, Vec<ObjectId>> = BTreeMap::new();
        for handle in objects {
            let object = self.space.peek(*handle)?;
            if object.is_stored() && !object.is_transient() {
                ids.entry(object.entity()).or_default().push(object.id());
            }
        }
        let mut stored = HashMap::new();
        for (entity, ids) in ids {
            for row in self.transaction.get(entity, &ids).await.map_err(store_error)? {
                stored.insert(row.id, self.adopt(row)?);
            }
        }
        let now = |handle: &ObjectHandle| {
            let object = self.space.peek(*handle)?;
            Ok(stored.get(&object.id()).copied().or((!object.is_gone()).then_some(*handle)))
        };
        objects.iter().filter_map(|handle| now(handle).transpose()).collect()
    }

    pub(super) fn no_such_object(&self, entity: EntityId, id: ObjectId) -> MicroflowError {
        let name = self.model.manifest().entities.get(entity.index()).map_or("entity", |entity| &entity.name);
        MicroflowError::new(codes::NOT_FOUND, format!("There is no {name} with id {}.", id.0))
    }
}
