//! The objects of module System that the runtime makes: the current user and the current session.

use brooklet_model::EntityId;
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{Request, transaction::store_error};
use crate::errors::Outcome;

impl Request {
    /// WIT `functions.current-user`: the object of `System.User`; none in a system session, or when it does not exist.
    pub async fn current_user(&mut self) -> Outcome<Option<ObjectHandle>> {
        if let Some(known) = self.user {
            return Ok(known);
        }
        let mut user = None;
        if let (Some(id), Some(entity)) = (self.session.user, self.model.system.user) {
            user = self.space.tracked(id);
            if user.is_none() && self.model.entity(entity).stored {
                let rows = self.transaction.get(entity, &[id]).await.map_err(store_error)?;
                for row in rows {
                    user = Some(self.adopt(row)?);
                }
            }
        }
        if let (Some(id), Some(entity), None) = (self.session.visitor(), self.model.system.user, user) {
            let user_name = self.session.user_name.clone();
            user = Some(self.made(entity, id, |name| match name {
                "Name" => Some(Value::Text(user_name.clone())),
                "IsAnonymous" => Some(Value::Boolean(true)),
                _ => None,
            })?);
        }
        self.user = Some(user);
        Ok(user)
    }

    /// WIT `functions.current-session`: an object of `System.Session`; none when the model has no such entity.
    pub fn current_session(&mut self) -> Outcome<Option<ObjectHandle>> {
        if let Some(object) = self.session_object {
            return Ok(Some(object));
        }
        let Some(entity) = self.model.system.session else { return Ok(None) };
        let id = self.session.object.map_or_else(|| self.clock.object_id(), Ok)?;
        let session = self.session.id.clone();
        let object = self.made(entity, id, |name| (name == "SessionId").then(|| Value::Text(session.clone())))?;
        self.session_object = Some(object);
        Ok(Some(object))
    }

    /// An object that is in no database, and yet is found by its id. It is not a new one: nobody commits it by referring
    /// to it.
    fn made(&mut self, entity: EntityId, id: ObjectId, value: impl Fn(&str) -> Option<Value>) -> Outcome<ObjectHandle> {
        let table = self.model.entity(entity);
        let mut slots = table.defaults(self.clock.now_ms());
        for (slot, about) in slots.iter_mut().zip(&table.slots) {
            if let Some(value) = value(&about.name) {
                *slot = value;
            }
        }
        let object = self.space.adopt(entity, id, slots, [])?;
        self.space.pin(object)?;
        Ok(object)
    }

    /// Sets an attribute that the runtime fills, if the entity has it.
    pub(super) fn fill(&mut self, object: ObjectHandle, name: &str, value: Value) -> Outcome<()> {
        let table = self.model.entity(self.space.peek(object)?.entity());
        let slot = table.slots.iter().position(|slot| slot.name.eq_ignore_ascii_case(name));
        match slot {
            Some(slot) => self.space.set_slot(object, slot as u32, value).map(drop),
            None => Ok(()),
        }
    }
}
