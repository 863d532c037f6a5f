//! Following associations, and changing where they lead.
//!
//! A retrieve by association sees what is in memory before what is in the database. From FROM to TO the instance itself
//! knows where a reference leads (a reference set is asked for until it changes). From TO to FROM the database answers
//! first, then every tracked instance that *decides* – a new one, or one whose reference changed – is taken out or put in.
//!
//! An association with two owners can be set from either side; it is kept in the FROM object all the same. One to one, setting
//! a target takes it away from the object that referred to it before.

use std::collections::HashMap;

use brooklet_model::{AssociationId, AssociationOwner};
use brooklet_store::Row;
use brooklet_values::{ListHandle, ObjectHandle, ObjectId, Value};

use super::{Request, Target, transaction::store_error};
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
    /// WIT `objects.follow`: the object at the other end, when there can be only one there.
    pub async fn follow(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<Option<ObjectHandle>> {
        let object = self.required(of)?;
        // By far the most frequent case, and often without the database.
        if !reversed
            && let Some(targets) = self.space.get(object)?.targets(association)
            && let [target] = targets.as_slice()
        {
            let to = self.model.manifest().association(association).to;
            return Ok(self.instances(to, &[*target]).await?.first().copied());
        }
        let found = self.neighbours(&[object], association, reversed).await?;
        Ok(found.first().map(|(_, neighbour)| *neighbour))
    }

    /// WIT `objects.follow-all`: the objects at the other end, as a new list.
    pub async fn follow_all(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<ListHandle> {
        let object = self.required(of)?;
        let found = self.neighbours(&[object], association, reversed).await?;
        self.lists.create(found.into_iter().map(|(_, neighbour)| neighbour).collect())
    }

    /// WIT `objects.add-reference`.
    pub async fn add_reference(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        to: Target,
    ) -> Outcome<()> {
        let object = self.required(of)?;
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
        self.change_references(object, association, Change::Remove, to).await?;
        self.touched(object)
    }

    /// The objects at the other end, for several objects at once: the index of the object that each was reached from,
    /// and the neighbour.
    pub(super) async fn neighbours(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        if association.index() >= self.model.manifest().associations.len() {
            let message = format!("the guest named association {}, which does not exist", association.0);
            return Err(Interruption::internal(message));
        }
        of.iter().try_for_each(|object| self.space.get(*object).map(drop))?;
        if reversed { self.referrers(of, association).await } else { self.targets(of, association).await }
    }

    /// From FROM to TO.
    async fn targets(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        let mut known = Vec::new();
        let mut asked = HashMap::new();
        for (index, handle) in of.iter().enumerate() {
            if self.knows(*handle, association)? {
                let targets = self.space.peek(*handle)?.targets(association).cloned().unwrap_or_default();
                known.extend(targets.into_iter().map(|target| (index, target)));
            } else {
                asked.insert(self.space.peek(*handle)?.id(), index);
            }
        }
        let target_entity = self.model.manifest().association(association).to;
        let ids: Vec<_> = known.iter().map(|(_, target)| *target).collect();
        let instances = self.instances(target_entity, &ids).await?;
        let by_id: HashMap<_, _> = self.space.ids(&instances)?.into_iter().zip(instances).collect();
        let mut found: Vec<_> =
            known.into_iter().filter_map(|(index, target)| Some((index, *by_id.get(&target)?))).collect();
        if !asked.is_empty() {
            let ids: Vec<_> = asked.keys().copied().collect();
            let rows = self.transaction.follow(association, false, &ids).await.map_err(store_error)?;
            let mut fresh = HashMap::new();
            for (from, row) in rows {
                let target = self.space.tracked(row.id);
                if let (Some(index), Some(target)) = (asked.get(&from), self.once(target, row, &mut fresh)?) {
                    found.push((*index, target));
                }
            }
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found)
    }

    /// From TO to FROM.
    async fn referrers(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        let mut found = Vec::new();
        let mut asked = HashMap::new();
        for (index, handle) in of.iter().enumerate() {
            let object = self.space.peek(*handle)?;
            if !object.is_transient() && object.state() != crate::objects::State::New {
                asked.insert(object.id(), index);
            }
        }
        if !asked.is_empty() && self.model.is_stored(association) {
            let ids: Vec<_> = asked.keys().copied().collect();
            let rows = self.transaction.follow(association, true, &ids).await.map_err(store_error)?;
            let mut fresh = HashMap::new();
            for (to, row) in rows {
                let tracked = self.space.tracked(row.id);
                let decides = match tracked {
                    Some(tracked) => self.space.peek(tracked)?.decides(association),
                    None => false,
                };
                if decides {
                    continue;
                }
                if let (Some(index), Some(referrer)) = (asked.get(&to), self.once(tracked, row, &mut fresh)?) {
                    found.push((*index, referrer));
                }
            }
        }
        for (index, handle) in of.iter().enumerate() {
            let deciding = self.space.deciding_referrers(association, self.space.peek(*handle)?.id());
            found.extend(deciding.into_iter().filter(|(_, refers)| *refers).map(|(referrer, _)| (index, referrer)));
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found)
    }

    /// For each object, whether the association leads from it to the value: to an object, to some object of a list, or, for
    /// empty, to none.
    pub(super) async fn leading_to(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
        value: &Value,
    ) -> Outcome<Vec<bool>> {
        let wanted = match value {
            Value::Object(object) => self.space.ids(&[*object])?,
            Value::List(list) => self.space.ids(self.lists.elements(Some(*list))?)?,
            _ => Vec::new(),
        };
        let reversed = match of.first() {
            Some(first) => self.is_reversed(*first, association, &[])?,
            None => false,
        };
        let mut leads = vec![wanted.is_empty(); of.len()];
        for (index, neighbour) in self.neighbours(of, association, reversed).await? {
            let found = wanted.contains(&self.space.peek(neighbour)?.id());
            leads[index] = !wanted.is_empty() && (leads[index] || found);
        }
        Ok(leads)
    }

    /// One instance per row of an answer: the tracked one, or a fresh one. None when the object was deleted.
    fn once(
        &mut self,
        tracked: Option<ObjectHandle>,
        row: Row,
        fresh: &mut HashMap<ObjectId, ObjectHandle>,
    ) -> Outcome<Option<ObjectHandle>> {
        if self.space.is_deleted(row.id) {
            return Ok(None);
        }
        if let Some(handle) = tracked.or_else(|| fresh.get(&row.id).copied()) {
            return Ok(Some(handle));
        }
        let id = row.id;
        let handle = self.adopt(row)?;
        fresh.insert(id, handle);
        Ok(Some(handle))
    }

    /// Whether an instance knows where its reference leads, without the database.
    fn knows(&self, of: ObjectHandle, association: AssociationId) -> Outcome<bool> {
        let object = self.space.peek(of)?;
        Ok(object.decides(association)
            || object.targets(association).is_some()
            || !self.model.is_set(association)
            || !self.model.is_stored(association))
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
    fn is_reversed(&self, of: ObjectHandle, association: AssociationId, others: &[ObjectHandle]) -> Outcome<bool> {
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
            let mut there: std::collections::HashSet<ObjectId> = wanted.iter().copied().collect();
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
    async fn loaded(&mut self, of: ObjectHandle, association: AssociationId) -> Outcome<Targets> {
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
