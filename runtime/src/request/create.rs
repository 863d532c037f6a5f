//! Making objects and finding them again.

use brooklet_model::EntityId;
use brooklet_store::Row;
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{Request, transaction::store_error};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, codes},
    objects::Targets,
};

impl Request {
    /// WIT `objects.create`: a new object with the entity's default values. Runs no event handlers.
    pub fn create(&mut self, entity: EntityId) -> Outcome<ObjectHandle> {
        if entity.index() >= self.model.manifest().entities.len() {
            return Err(Interruption::internal(format!("the guest named entity {}, which does not exist", entity.0)));
        }
        self.check_create(entity)?;
        self.instantiate(entity)
    }

    /// A new object of an entity that there is, whoever asks.
    pub(super) fn instantiate(&mut self, entity: EntityId) -> Outcome<ObjectHandle> {
        let model = self.model.clone();
        let table = model.entity(entity);
        let now_ms = self.clock.now_ms();
        let mut slots = table.defaults(now_ms);
        for slot in [table.created_date, table.changed_date].into_iter().flatten() {
            slots[slot as usize] = Value::DateTime(now_ms);
        }
        let id = self.clock.object_id()?;
        let object = self.space.create(entity, id, slots, !table.stored)?;
        self.granted.note_birth(id);
        if let Some(user) = self.session.user {
            for association in [table.owner, table.changed_by].into_iter().flatten() {
                self.space.set_targets(object, association, Targets::from_slice(&[user]))?;
            }
        }
        Ok(object)
    }

    /// The object that the guest must give.
    pub(super) fn required(&self, of: Option<ObjectHandle>) -> Outcome<ObjectHandle> {
        of.ok_or_else(|| MicroflowError::new(codes::EMPTY_OBJECT, "The object is empty.").into())
    }

    /// A fresh instance of a row.
    pub(super) fn adopt(&mut self, row: Row) -> Outcome<ObjectHandle> {
        let references = row.references.into_iter().filter_map(|(association, target)| Some((association, target?)));
        self.space.adopt(row.entity, row.id, row.attributes, references)
    }

    /// Instances of the objects with these ids, in that order: tracked ones as they are, others from the database. Missing
    /// ones are left out. `entity` is a generalization of them all.
    pub(super) async fn instances(&mut self, entity: EntityId, ids: &[ObjectId]) -> Outcome<Vec<ObjectHandle>> {
        if self.session.object.is_some_and(|session| ids.contains(&session)) {
            self.current_session()?;
        }
        if self.session.visitor().is_some_and(|visitor| ids.contains(&visitor)) {
            Box::pin(self.current_user()).await?;
        }
        if let [id] = ids
            && let Some(tracked) = self.space.tracked(*id)
        {
            return Ok(vec![tracked]);
        }
        let wanted: Vec<_> = ids.iter().copied().filter(|id| !self.space.is_deleted(*id)).collect();
        let unknown: Vec<_> = wanted.iter().copied().filter(|id| self.space.tracked(*id).is_none()).collect();
        let mut fetched = std::collections::HashMap::new();
        if !unknown.is_empty() && self.model.entity(entity).stored {
            for row in self.transaction.get(entity, &unknown).await.map_err(store_error)? {
                fetched.insert(row.id, self.adopt(row)?);
            }
        }
        Ok(wanted.iter().filter_map(|id| self.space.tracked(*id).or_else(|| fetched.get(id).copied())).collect())
    }
}
