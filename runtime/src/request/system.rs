//! The objects of module System that the runtime makes: the current user and the current session.

use brooklet_values::{ObjectHandle, Value};

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
        self.user = Some(user);
        Ok(user)
    }

    /// WIT `functions.current-session`: an object of `System.Session`; none when the model has no such entity.
    pub fn current_session(&mut self) -> Outcome<Option<ObjectHandle>> {
        if let Some(object) = self.session_object {
            return Ok(Some(object));
        }
        let Some(entity) = self.model.system.session else { return Ok(None) };
        let id = self.clock.object_id();
        let slots = self.model.entity(entity).defaults(self.clock.now_ms());
        // Not a new object: nobody commits it by referring to it.
        let object = self.space.adopt(entity, id, slots, [])?;
        self.space.describe(object, |index| {
            let slot = &self.model.entity(entity).slots[index];
            slot.name.eq_ignore_ascii_case("SessionId").then(|| Value::Text(self.session.id.clone()))
        });
        self.session_object = Some(object);
        Ok(Some(object))
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
