//! All instances of a request.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use brooklet_model::{AssociationId, EntityId};
use brooklet_values::{ObjectHandle, ObjectId, Value};
use smallvec::SmallVec;

use super::{Object, State, Targets, journal::Journal, object::Reference};
use crate::errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes};

/// All instances of a request, by handle. A handle is the instance's index plus one.
#[derive(Debug)]
pub struct Space {
    pub(super) objects: Vec<Object>,
    /// The instances that retrieves by association and by id find.
    tracked: HashMap<ObjectId, ObjectHandle>,
    /// Instances whose reference leads, or once led, to an object. Only hints: whether it still does is looked up.
    referrers: HashMap<(AssociationId, ObjectId), BTreeSet<ObjectHandle>>,
    /// Objects that were deleted in this request.
    deleted: HashSet<ObjectId>,
    pub(super) journal: Journal,
    /// How often an instance was made or changed. Retrieving is neither.
    changes: u64,
    /// Objects that the host made and that are found by id like those that changed: the session's and the visitor's.
    pinned: SmallVec<[(ObjectId, ObjectHandle); 2]>,
    /// How many instances there may be.
    bound: usize,
}

impl Space {
    /// An empty space for at most so many instances.
    pub fn new(bound: usize) -> Self {
        Self {
            objects: Vec::new(),
            tracked: HashMap::new(),
            referrers: HashMap::new(),
            deleted: HashSet::new(),
            journal: Journal::new(),
            changes: 0,
            pinned: SmallVec::new(),
            bound,
        }
    }

    /// How many instances there are, those that are gone included.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// An instance, whatever has become of it.
    pub fn peek(&self, handle: ObjectHandle) -> Outcome<&Object> {
        self.objects.get((handle.0 as usize).wrapping_sub(1)).ok_or_else(|| never_existed(handle))
    }

    /// An instance that can be read.
    pub fn get(&self, handle: ObjectHandle) -> Outcome<&Object> {
        let object = self.peek(handle)?;
        match object.state {
            State::Deleted => Err(gone("The object was deleted.")),
            State::Undone => Err(gone("The object does not exist any more: an error handler undid its creation.")),
            _ => Ok(object),
        }
    }

    /// An instance that can be changed.
    pub fn get_alive(&self, handle: ObjectHandle) -> Outcome<&Object> {
        let object = self.get(handle)?;
        if object.is_gone() { Err(gone("The object was deleted.")) } else { Ok(object) }
    }

    /// The instance that a retrieve by association or by id finds; none when it must ask the database.
    pub fn tracked(&self, id: ObjectId) -> Option<ObjectHandle> {
        let pinned = || self.pinned.iter().find(|(pinned, _)| *pinned == id).map(|(_, handle)| *handle);
        self.tracked.get(&id).copied().or_else(pinned)
    }

    /// Makes an instance the one that is found by its id, for the whole request.
    pub(crate) fn pin(&mut self, handle: ObjectHandle) -> Outcome<()> {
        self.pinned.push((self.peek(handle)?.id, handle));
        Ok(())
    }

    /// A number that grows with every instance that is made or changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether an instance refers, or once referred, to the target.
    pub(crate) fn may_be_referred(&self, association: AssociationId, target: ObjectId) -> bool {
        self.referrers.contains_key(&(association, target))
    }

    /// Whether the object was deleted in this request.
    pub fn is_deleted(&self, id: ObjectId) -> bool {
        self.deleted.contains(&id)
    }

    /// A new object. `transient` ones have no table.
    pub fn create(
        &mut self,
        entity: EntityId,
        id: ObjectId,
        slots: Vec<Value>,
        transient: bool,
    ) -> Outcome<ObjectHandle> {
        let handle = self.insert(entity, id, slots, Vec::new(), State::New, transient)?;
        self.objects[handle.0 as usize - 1].saved_in = self.journal.latest();
        self.journal.created(handle);
        self.changes += 1;
        self.tracked.insert(id, handle);
        Ok(handle)
    }

    /// A fresh instance of an object of the database, with the references to one object that it owns.
    pub fn adopt(
        &mut self,
        entity: EntityId,
        id: ObjectId,
        slots: Vec<Value>,
        references: impl IntoIterator<Item = (AssociationId, ObjectId)>,
    ) -> Outcome<ObjectHandle> {
        let reference =
            |(association, target)| Reference { association, targets: Targets::from_slice(&[target]), stored: None };
        self.insert(entity, id, slots, references.into_iter().map(reference).collect(), State::Persisted, false)
    }

    /// Remembers that an instance's reference leads to an object.
    pub(super) fn refers(&mut self, handle: ObjectHandle, to: (AssociationId, ObjectId)) {
        self.referrers.entry(to).or_default().insert(handle);
    }

    pub(super) fn insert(
        &mut self,
        entity: EntityId,
        id: ObjectId,
        slots: Vec<Value>,
        references: Vec<Reference>,
        state: State,
        transient: bool,
    ) -> Outcome<ObjectHandle> {
        if self.objects.len() >= self.bound {
            let bound = self.bound as u64;
            return Err(Interruption::Limit(LimitExceeded { limit: "objects", bound, what: "objects per request" }));
        }
        let slots = slots.into_boxed_slice();
        self.objects.push(Object { slots, id, entity, state, transient, saved_in: 0, references, original: None });
        Ok(ObjectHandle(self.objects.len() as u32))
    }

    /// Sets an attribute; answers whether that changed anything.
    pub fn set_slot(&mut self, handle: ObjectHandle, slot: u32, value: Value) -> Outcome<bool> {
        let object = self.get_alive(handle)?;
        let Some(now) = object.slots.get(slot as usize) else {
            return Err(Interruption::internal(format!("object {} has no slot {slot}", handle.0)));
        };
        if *now == value {
            return Ok(false);
        }
        self.change(handle)?.slots[slot as usize] = value;
        Ok(true)
    }

    /// Sets where a reference leads. The caller has loaded what the database has, if that matters.
    pub(crate) fn set_targets(
        &mut self,
        handle: ObjectHandle,
        association: AssociationId,
        targets: Targets,
    ) -> Outcome<bool> {
        let now = self.get_alive(handle)?.targets(association);
        if now.map_or(targets.is_empty(), |now| *now == targets) {
            return Ok(false);
        }
        for target in &targets {
            self.refers(handle, (association, *target));
        }
        let stored = self.peek(handle)?.is_stored();
        let reference = self.change(handle)?.reference_mut(association);
        if stored && reference.stored.is_none() {
            reference.stored = Some(reference.targets.clone());
        }
        let before = std::mem::replace(&mut reference.targets, targets);
        for target in before {
            self.refers(handle, (association, target));
        }
        Ok(true)
    }

    /// Tells an instance where a reference of it leads in the database. That is no change, but it is journaled: what the
    /// database says now may be undone.
    pub(crate) fn load_targets(
        &mut self,
        handle: ObjectHandle,
        association: AssociationId,
        targets: Targets,
    ) -> Outcome<()> {
        self.touch(handle)?.reference_mut(association).targets = targets;
        Ok(())
    }

    /// Tracked instances that, and not the database, know whether they refer to the target; in order of their handles.
    /// With each, whether it does.
    pub(crate) fn deciding_referrers(&self, association: AssociationId, target: ObjectId) -> Vec<(ObjectHandle, bool)> {
        let hints = self.referrers.get(&(association, target)).into_iter().flatten().copied();
        hints
            .filter_map(|handle| {
                let object = self.peek(handle).ok()?;
                let decides =
                    !object.is_gone() && self.tracked(object.id) == Some(handle) && object.decides(association);
                decides.then(|| (handle, object.targets(association).is_some_and(|now| now.contains(&target))))
            })
            .collect()
    }

    /// The members of the instance are now what the database has.
    pub(crate) fn committed(&mut self, handle: ObjectHandle, state: State) -> Outcome<()> {
        let object = self.touch(handle)?;
        object.state = state;
        object.original = None;
        object.references.iter_mut().for_each(|reference| reference.stored = None);
        self.settle(handle, false);
        Ok(())
    }

    /// The database has this in one reference of the instance now, which may have changed in other ways.
    pub(crate) fn reference_stored(
        &mut self,
        handle: ObjectHandle,
        association: AssociationId,
        stored: Targets,
    ) -> Outcome<()> {
        let object = self.touch(handle)?;
        let reference = object.reference_mut(association);
        reference.stored = (reference.targets != stored).then(|| stored.clone());
        let changed = object.changed_slots().next().is_some()
            || object.references.iter().any(|reference| reference.stored.is_some());
        let original = object.original.take().filter(|_| changed);
        object.original = original.map(|mut original| {
            let references = &mut Arc::make_mut(&mut original).references;
            references.retain(|reference| reference.association != association);
            references.push(Reference { association, targets: stored, stored: None });
            original
        });
        self.settle(handle, false);
        Ok(())
    }

    /// Makes the instance what it was when it was last committed or retrieved.
    pub(crate) fn revert(&mut self, handle: ObjectHandle) -> Outcome<()> {
        let object = self.touch(handle)?;
        if let Some(original) = object.original.take() {
            object.slots.clone_from(&original.slots);
            object.references.clone_from(&original.references);
        }
        self.settle(handle, false);
        Ok(())
    }

    /// The object is deleted, but after-handlers may still read it.
    pub(crate) fn remove(&mut self, handle: ObjectHandle) -> Outcome<()> {
        let id = self.peek(handle)?.id;
        // The instance that others find goes with the one that was named.
        let other = self.tracked(id).filter(|other| *other != handle);
        for instance in other.into_iter().chain([handle]) {
            self.touch(instance)?.state = State::Going;
            self.settle(instance, false);
        }
        Ok(())
    }

    /// Nobody may use the object any more.
    pub(crate) fn bury(&mut self, handle: ObjectHandle) -> Outcome<()> {
        if self.peek(handle)?.state == State::Going {
            self.touch(handle)?.state = State::Deleted;
        }
        Ok(())
    }

    /// An instance that is about to change a member.
    fn change(&mut self, handle: ObjectHandle) -> Outcome<&mut Object> {
        let id = self.peek(handle)?.id;
        self.tracked.insert(id, handle);
        let object = self.touch(handle)?;
        if object.state != State::New {
            object.keep_original();
        }
        Ok(object)
    }

    /// An instance that is about to change in any way.
    pub(super) fn touch(&mut self, handle: ObjectHandle) -> Outcome<&mut Object> {
        let latest = self.journal.latest();
        self.changes += 1;
        let index = (handle.0 as usize).wrapping_sub(1);
        let object = self.objects.get_mut(index).ok_or_else(|| never_existed(handle))?;
        if object.saved_in < latest {
            self.journal.changes(handle, object);
            object.saved_in = latest;
        }
        Ok(object)
    }

    /// Brings the tables up to date after the state of an instance changed.
    pub(super) fn settle(&mut self, handle: ObjectHandle, was_gone: bool) {
        let object = &self.objects[handle.0 as usize - 1];
        let id = object.id;
        if object.is_trackable() {
            self.tracked.insert(id, handle);
        } else if self.tracked.get(&id) == Some(&handle) {
            self.tracked.remove(&id);
        }
        if object.is_gone() {
            self.deleted.insert(id);
        } else if was_gone {
            self.deleted.remove(&id);
        }
    }
}

fn never_existed(handle: ObjectHandle) -> Interruption {
    Interruption::internal(format!("the guest used object {}, which never existed in this request", handle.0))
}

fn gone(message: &str) -> Interruption {
    MicroflowError::new(codes::OBJECT_GONE, message).into()
}
