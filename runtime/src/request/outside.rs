//! Objects as those outside the guest see them: arguments that come in, results that go out.

use brooklet_model::{AssociationId, AttributeType, EntityId};
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{Assignment, Member, Request};
use crate::errors::Outcome;

/// An object's members, as this request sees them now. What it refers to is named, not followed.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectSnapshot {
    /// The identity.
    pub id: ObjectId,
    /// The concrete entity.
    pub entity: EntityId,
    /// Whether it has not been committed.
    pub is_new: bool,
    /// Name and value of each attribute, by slot. Those that must not leave the runtime (passwords), and those that the
    /// session may not read, are missing.
    pub attributes: Vec<(String, Value)>,
    /// The references that the object owns and that are known without asking the database.
    pub references: Vec<ReferenceSnapshot>,
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceSnapshot {
    /// The association.
    pub association: AssociationId,
    /// Its qualified name.
    pub name: String,
    /// Whether it may lead to several objects.
    pub is_set: bool,
    /// The objects.
    pub targets: Vec<ObjectId>,
}

impl Request {
    /// An argument: a new object with these members.
    pub async fn create_object(&mut self, entity: EntityId, members: Vec<Assignment>) -> Outcome<ObjectHandle> {
        let object = self.create(entity)?;
        self.change(Some(object), members).await?;
        Ok(object)
    }

    /// An object by id: the tracked instance, or a fresh one from the database.
    pub async fn object_by_id(&mut self, entity: EntityId, id: ObjectId) -> Outcome<ObjectHandle> {
        if entity.index() >= self.model.manifest().entities.len() {
            return Err(self.no_such_object(entity, id).into());
        }
        let found = self.instances(entity, &[id]).await?;
        match found.first() {
            Some(object) if self.is_a(Some(*object), entity)? => Ok(*object),
            _ => Err(self.no_such_object(entity, id).into()),
        }
    }

    /// What an object is now, as far as the session may read it. What must be decided first is the caller's to know.
    pub fn snapshot(&self, of: ObjectHandle) -> Outcome<ObjectSnapshot> {
        let object = self.space.get(of)?;
        let manifest = self.model.manifest();
        let slots = self.model.entity(object.entity()).slots.iter().zip(object.slots());
        let grant = self.grant(of)?;
        let may_read = |member| grant.is_none_or(|grant| grant.may_read(member));
        let shown = (0..).zip(slots).filter(|(number, (slot, _))| {
            slot.kind != AttributeType::HashedString && may_read(Member::Attribute(*number))
        });
        Ok(ObjectSnapshot {
            id: object.id(),
            entity: object.entity(),
            is_new: self.is_new(Some(of))?,
            attributes: shown.map(|(_, (slot, value))| (slot.name.clone(), value.clone())).collect(),
            references: object
                .references()
                .filter(|(id, targets)| !targets.is_empty() && may_read(Member::Association(*id)))
                .map(|(association, targets)| ReferenceSnapshot {
                    association,
                    name: manifest.association(association).name.clone(),
                    is_set: self.model.is_set(association),
                    targets: targets.iter().copied().filter(|id| !self.space.is_deleted(*id)).collect(),
                })
                .collect(),
        })
    }
}
