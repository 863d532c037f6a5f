//! What a commit writes, put together before anything is written.

use std::collections::{BTreeMap, HashMap};

use brooklet_model::{AssociationId, AssociationOwner};
use brooklet_store::{ChangedRow, Link, NewRow};
use brooklet_values::{ObjectHandle, ObjectId};

use super::Request;
use crate::{
    errors::Outcome,
    objects::{Object, State, Targets},
};

/// The rows and pairs that a commit writes.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// One-to-one references that end. They come first, so that others can take their place.
    pub(super) ended: Vec<ChangedRow>,
    pub(super) new: Vec<NewRow>,
    pub(super) changed: Vec<ChangedRow>,
    /// Pairs of reference sets.
    pub(super) pairs: BTreeMap<AssociationId, Pairs>,
    /// References of objects that are not committed themselves, with what the database has afterwards.
    pub(super) partners: BTreeMap<(ObjectHandle, AssociationId), Targets>,
    /// Where in `changed` an object is: several instances of one row make one change, the last one wins.
    changed_at: HashMap<ObjectId, usize>,
}

/// Pairs of a reference set.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) removed: Vec<Link>,
    pub(super) added: Vec<Link>,
}

impl Request {
    /// What writing these objects means. They are alive and have a table.
    pub(super) fn batch(&self, objects: &[ObjectHandle]) -> Outcome<Batch> {
        let mut batch = Batch::default();
        for handle in objects {
            let object = self.space.peek(*handle)?;
            if object.state() == State::New {
                self.add_new(&mut batch, object);
            } else if object.is_changed() {
                self.add_changed(&mut batch, object);
            }
            self.add_partners(&mut batch, *handle, objects)?;
        }
        Ok(batch)
    }

    fn add_new(&self, batch: &mut Batch, object: &Object) {
        let mut references = Vec::new();
        for (association, targets) in object.references() {
            if !self.model.is_stored(association) {
                continue;
            }
            let targets = self.living(targets);
            if self.model.is_set(association) {
                batch.link(association, object.id(), &targets);
            } else {
                references.extend(targets.first().map(|target| (association, *target)));
            }
        }
        let (entity, id, attributes) = (object.entity(), object.id(), object.slots().to_vec());
        batch.new.push(NewRow { entity, id, attributes, references });
    }

    fn add_changed(&self, batch: &mut Batch, object: &Object) {
        let slots = &self.model.entity(object.entity()).slots;
        let attributes = object.changed_slots().filter(|(slot, _)| !slots[*slot as usize].calculated);
        let mut row = empty_row(object);
        row.attributes = attributes.map(|(slot, value)| (slot, value.clone())).collect();
        for change in object.changed_references().filter(|change| self.model.is_stored(change.association)) {
            let after = self.living(&change.after);
            if self.model.is_set(change.association) {
                let added = after.iter().copied().filter(|target| !change.before.contains(target)).collect();
                let removed = change.before.iter().copied().filter(|target| !after.contains(target)).collect();
                batch.link(change.association, object.id(), &added);
                batch.unlink(change.association, object.id(), &removed);
            } else if after.is_empty() && self.has_two_owners(change.association) {
                batch.end(object, change.association);
            } else {
                row.references.push((change.association, after.first().copied()));
            }
        }
        if !row.attributes.is_empty() || !row.references.is_empty() {
            batch.change(row);
        }
    }

    /// Associations with two owners are kept in FROM objects, but written with either end. What is written of an object
    /// that is not committed itself is only that it refers to a committed one, or no longer does.
    fn add_partners(&self, batch: &mut Batch, handle: ObjectHandle, committed: &[ObjectHandle]) -> Outcome<()> {
        let object = self.space.peek(handle)?;
        let table = self.model.entity(object.entity());
        let mut pairs: Vec<(AssociationId, ObjectId)> = table.referring.iter().map(|end| (*end, object.id())).collect();
        for association in &table.owned {
            // Who held the one-to-one target before must let go of it first.
            let targets = object.targets(*association).filter(|_| !self.model.is_set(*association));
            pairs.extend(targets.into_iter().flatten().map(|target| (*association, *target)));
        }
        for (association, target) in pairs {
            if !self.model.is_stored(association) || !self.has_two_owners(association) {
                continue;
            }
            for (partner, refers) in self.space.deciding_referrers(association, target) {
                let instance = self.space.peek(partner)?;
                let known = batch.partners.get(&(partner, association)).or(instance.stored_targets(association));
                let mut stored = known.cloned().unwrap_or_default();
                let news = stored.contains(&target) != refers;
                // A new partner is committed along when it refers to the object, and has no row otherwise.
                if !news || !instance.is_stored() || committed.contains(&partner) {
                    continue;
                }
                if self.model.is_set(association) {
                    if refers {
                        batch.link(association, instance.id(), &Targets::from_slice(&[target]));
                        stored.push(target);
                    } else {
                        batch.unlink(association, instance.id(), &Targets::from_slice(&[target]));
                        stored.retain(|other| *other != target);
                    }
                } else if refers {
                    let mut row = empty_row(instance);
                    row.references.push((association, Some(target)));
                    batch.change(row);
                    stored = Targets::from_slice(&[target]);
                } else {
                    batch.end(instance, association);
                    stored = Targets::new();
                }
                batch.partners.insert((partner, association), stored);
            }
        }
        Ok(())
    }

    fn has_two_owners(&self, association: AssociationId) -> bool {
        self.model.manifest().association(association).owner == AssociationOwner::Both
    }

    /// The targets without those that were deleted in this request.
    fn living(&self, targets: &Targets) -> Targets {
        let can_be_stored = |target: &ObjectId| !self.space.is_deleted(*target) && !self.session.stands_in(*target);
        targets.iter().copied().filter(can_be_stored).collect()
    }
}

impl Batch {
    fn change(&mut self, row: ChangedRow) {
        match self.changed_at.get(&row.id) {
            None => {
                self.changed_at.insert(row.id, self.changed.len());
                self.changed.push(row);
            }
            Some(at) => {
                let before = &mut self.changed[*at];
                before.attributes.retain(|(slot, _)| row.attributes.iter().all(|(other, _)| other != slot));
                before.references.retain(|(end, _)| row.references.iter().all(|(other, _)| other != end));
                before.attributes.extend(row.attributes);
                before.references.extend(row.references);
            }
        }
    }

    fn end(&mut self, object: &Object, association: AssociationId) {
        let mut row = empty_row(object);
        row.references.push((association, None));
        let same = |other: &ChangedRow| other.id == row.id && other.references == row.references;
        if !self.ended.iter().any(same) {
            self.ended.push(row);
        }
    }

    fn link(&mut self, association: AssociationId, from: ObjectId, to: &Targets) {
        if !to.is_empty() {
            let added = &mut self.pairs.entry(association).or_default().added;
            added.extend(to.iter().map(|to| Link { from, to: *to }));
        }
    }

    fn unlink(&mut self, association: AssociationId, from: ObjectId, to: &Targets) {
        if !to.is_empty() {
            let removed = &mut self.pairs.entry(association).or_default().removed;
            removed.extend(to.iter().map(|to| Link { from, to: *to }));
        }
    }
}

fn empty_row(object: &Object) -> ChangedRow {
    ChangedRow { entity: object.entity(), id: object.id(), attributes: Vec::new(), references: Vec::new() }
}
