//! Changing where associations lead.
//!
//! An association with two owners can be set from either side; it is kept in the FROM object all the same. One to one, setting
//! a target takes it away from the object that referred to it before.

use std::collections::HashSet;

use brooklet_model::{AssociationId, AssociationOwner};
use brooklet_values::{ObjectHandle, ObjectId};

use super::{Member, Request, Target, transaction::store_error};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, codes},
    objects::Targets,
};

/// What is done to a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Set,
    Add,
    Remove,
}

impl Request {
    /// WIT `objects.add-reference`.
    pub async fn add_reference(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        to: Target,
    ) -> Outcome<()> {
        let object = self.required(of)?;
        self.check_change(object, &[Member::Association(association)]).await?;
        self.change_references(object, association, Change::Add, to).await?;
        self.touched(object)
    }

    /// WIT `objects.remove-reference`.
    pub async fn remove_reference(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        to: Target,
    ) -> Outcome<()> {
        let object = self.required(of)?;
        self.check_change(object, &[Member::Association(association)]).await?;
        self.change_references(object, association, Change::Remove, to).await?;
        self.touched(object)
    }

    /// Changes where an association leads, from either of its owners.
    pub(super) async fn change_references(
        &mut self,
        of: ObjectHandle,
        association: AssociationId,
        change: Change,
        to: Target,
    ) -> Outcome<()> {
        let others: Vec<ObjectHandle> = match to {
            Target::Object(object) => object.into_iter().collect(),
            Target::List(list) => self.lists.elements(list)?.to_vec(),
        };
        let reversed = self.is_reversed(of, association, &others)?;
        match (reversed, change) {
            (false, change) => self.change_own(of, association, change, &others).await,
            (true, Change::Remove) => {
                for other in others {
                    self.change_own(other, association, Change::Remove, &[of]).await?;
                }
                Ok(())
            }
            (true, _) => {
                let one = !self.model.is_set(association);
                if one && others.len() > 1 {
                    return Err(several());
                }
                if one || change == Change::Set {
                    let wanted = self.space.ids(&others)?;
                    for (_, referrer) in self.neighbours(&[of], association, true).await? {
                        if !wanted.contains(&self.space.peek(referrer)?.id()) {
                            self.change_own(referrer, association, Change::Remove, &[of]).await?;
                        }
                    }
                }
                for other in others {
                    self.change_own(other, association, Change::Add, &[of]).await?;
                }
                Ok(())
            }
        }
    }

    /// Which end the object is: true for TO. Checks that the others are of the entity at the other end.
    pub(super) fn is_reversed(
        &self,
        of: ObjectHandle,
        association: AssociationId,
        others: &[ObjectHandle],
    ) -> Outcome<bool> {
        let manifest = self.model.manifest();
        let Some(definition) = manifest.associations.get(association.index()) else {
            let message = format!("the guest named association {}, which does not exist", association.0);
            return Err(Interruption::internal(message));
        };
        let entity = self.space.get_alive(of)?.entity();
        let reversed = if manifest.is_a(entity, definition.from) {
            false
        } else if manifest.is_a(entity, definition.to) && definition.owner == AssociationOwner::Both {
            true
        } else {
            let message = format!("{} cannot be set from {}.", definition.name, manifest.entity(entity).name);
            return Err(MicroflowError::new(codes::MEMBER_UNAVAILABLE, message).into());
        };
        let expected = if reversed { definition.from } else { definition.to };
        for other in others {
            let entity = self.space.get_alive(*other)?.entity();
            if !manifest.is_a(entity, expected) {
                let message = format!("{} does not lead to {}.", definition.name, manifest.entity(entity).name);
                return Err(MicroflowError::new(codes::INVALID_VALUE, message).into());
            }
        }
        Ok(reversed)
    }

    /// Changes a reference of the FROM object.
    async fn change_own(
        &mut self,
        from: ObjectHandle,
        association: AssociationId,
        change: Change,
        to: &[ObjectHandle],
    ) -> Outcome<()> {
        let one = !self.model.is_set(association);
        let now = self.loaded(from, association).await?;
        let ids = self.space.ids(to)?;
        let mut wanted = match change {
            Change::Set => Targets::new(),
            Change::Add if one => Targets::new(),
            Change::Add => now.clone(),
            Change::Remove => now.iter().copied().filter(|target| !ids.contains(target)).collect(),
        };
        if change != Change::Remove {
            let mut there: HashSet<ObjectId> = wanted.iter().copied().collect();
            wanted.extend(ids.iter().copied().filter(|id| there.insert(*id)));
        }
        if one && wanted.len() > 1 {
            return Err(several());
        }
        if one && self.model.manifest().association(association).owner == AssociationOwner::Both {
            for target in to.iter().filter(|_| change != Change::Remove) {
                self.take_from_others(from, association, *target).await?;
            }
        }
        self.space.set_targets(from, association, wanted)?;
        Ok(())
    }

    /// One to one: whoever else refers to the target does so no more.
    async fn take_from_others(
        &mut self,
        from: ObjectHandle,
        association: AssociationId,
        target: ObjectHandle,
    ) -> Outcome<()> {
        let id = self.space.peek(from)?.id();
        for (_, other) in self.neighbours(&[target], association, true).await? {
            if self.space.peek(other)?.id() != id {
                self.space.set_targets(other, association, Targets::new())?;
            }
        }
        Ok(())
    }

    /// Where a reference leads, loaded into the instance if it was not.
    pub(super) async fn loaded(&mut self, of: ObjectHandle, association: AssociationId) -> Outcome<Targets> {
        if !self.knows(of, association)? {
            let id = self.space.get_alive(of)?.id();
            let links = self.transaction.links(association, false, &[id]).await.map_err(store_error)?;
            self.space.load_targets(of, association, links.into_iter().map(|link| link.to).collect())?;
        }
        Ok(self.space.get_alive(of)?.targets(association).cloned().unwrap_or_default())
    }
}

fn several() -> Interruption {
    MicroflowError::new(codes::INVALID_VALUE, "A reference leads to one object, not to several.").into()
}
