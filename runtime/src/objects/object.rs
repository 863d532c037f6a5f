//! One instance of an object: its layout, its state, and what changed in it.

use std::sync::Arc;

use brooklet_model::{AssociationId, EntityId};
use brooklet_values::{ObjectId, Value};
use smallvec::SmallVec;

/// The ids of the objects that a reference leads to, in the order in which they were added.
pub(crate) type Targets = SmallVec<[ObjectId; 1]>;

/// What has become of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Created in this request and not committed.
    New,
    /// In the database, or a non-persistable object that was committed. It may have changed since.
    Persisted,
    /// Written only because another object refers to it; nobody committed it.
    Autocommitted,
    /// Deleted, or rolled back before its first commit; readable as long as its after-handlers run.
    Going,
    /// Deleted, or rolled back before its first commit.
    Deleted,
    /// Its creation was undone by an error handler.
    Undone,
}

/// One instance of an object.
///
/// The slots come first and the layout is fixed, so that generated code may one day read an attribute where it lies: this is
/// the only place that knows the layout.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Object {
    /// The attributes, in the order of `Manifest::slots`.
    pub(super) slots: Box<[Value]>,
    /// The identity.
    pub(super) id: ObjectId,
    /// The concrete entity.
    pub(super) entity: EntityId,
    /// What has become of it.
    pub(super) state: State,
    /// Whether it has no table.
    pub(super) transient: bool,
    /// The mark in whose time this instance was last journaled (or created); see [`super::journal`].
    pub(super) saved_in: u32,
    /// The references that are known, without empty ones that never changed.
    pub(super) references: Vec<Reference>,
    /// What it was when it was last committed or retrieved; none when it has not changed since.
    pub(super) original: Option<Arc<Original>>,
}

/// The values of an association in the FROM object.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) association: AssociationId,
    pub(super) targets: Targets,
    /// What the database has, when that is something else.
    pub(super) stored: Option<Targets>,
}

/// What a changed instance was before.
#[derive(Clone, Debug)]
pub(super) struct Original {
    pub(super) slots: Box<[Value]>,
    pub(super) references: Vec<Reference>,
}

/// A reference that must be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReferenceChange {
    pub(crate) association: AssociationId,
    pub(crate) before: Targets,
    pub(crate) after: Targets,
}

impl Object {
    /// The identity.
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// The concrete entity.
    pub fn entity(&self) -> EntityId {
        self.entity
    }

    /// What has become of it.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether it is not (any more) an object of the model.
    pub fn is_gone(&self) -> bool {
        matches!(self.state, State::Going | State::Deleted | State::Undone)
    }

    /// Whether it is in the database, or would be if it had a table.
    pub fn is_stored(&self) -> bool {
        matches!(self.state, State::Persisted | State::Autocommitted)
    }

    /// Whether it lives in memory only.
    pub fn is_transient(&self) -> bool {
        self.transient
    }

    /// Whether a member differs from what was last committed.
    pub fn is_changed(&self) -> bool {
        self.original.is_some()
    }

    /// Whether retrieves by association and by id find this very instance.
    pub(super) fn is_trackable(&self) -> bool {
        !self.is_gone() && (self.transient || self.state == State::New || self.is_changed())
    }

    /// The attributes by slot.
    pub fn slots(&self) -> &[Value] {
        &self.slots
    }

    /// The attributes by slot, as they were last committed.
    pub(crate) fn stored_slots(&self) -> &[Value] {
        self.original.as_deref().map_or(&self.slots, |original| &original.slots)
    }

    /// The targets of a reference, as far as this instance knows them.
    pub(crate) fn targets(&self, association: AssociationId) -> Option<&Targets> {
        self.reference(association).map(|reference| &reference.targets)
    }

    /// Whether this instance, not the database, knows where the association leads.
    pub(crate) fn decides(&self, association: AssociationId) -> bool {
        self.transient
            || self.state == State::New
            || self.reference(association).is_some_and(|reference| reference.stored.is_some())
    }

    /// The references that are known: association and targets.
    pub(crate) fn references(&self) -> impl Iterator<Item = (AssociationId, &Targets)> {
        self.references.iter().map(|reference| (reference.association, &reference.targets))
    }

    /// The attributes that differ from what was last committed.
    pub(crate) fn changed_slots(&self) -> impl Iterator<Item = (u32, &Value)> {
        let before = self.original.as_deref().map(|original| &*original.slots);
        let changed = move |slot: usize, now: &Value| before.is_some_and(|before| before.get(slot) != Some(now));
        (0..).zip(&*self.slots).filter(move |(slot, now)| changed(*slot as usize, now))
    }

    /// The references that differ from what the database has.
    pub(crate) fn changed_references(&self) -> impl Iterator<Item = ReferenceChange> {
        self.references.iter().filter_map(|reference| {
            let before = reference.stored.as_ref()?;
            let (association, after) = (reference.association, reference.targets.clone());
            (*before != after).then(|| ReferenceChange { association, before: before.clone(), after })
        })
    }

    /// Where the association led when it was last committed.
    pub(crate) fn stored_targets(&self, association: AssociationId) -> Option<&Targets> {
        self.reference(association).map(|reference| reference.stored.as_ref().unwrap_or(&reference.targets))
    }

    pub(super) fn reference(&self, association: AssociationId) -> Option<&Reference> {
        self.references.iter().find(|reference| reference.association == association)
    }

    pub(super) fn reference_mut(&mut self, association: AssociationId) -> &mut Reference {
        let found = self.references.iter().position(|reference| reference.association == association);
        let index = found.unwrap_or_else(|| {
            self.references.push(Reference { association, targets: Targets::new(), stored: None });
            self.references.len() - 1
        });
        &mut self.references[index]
    }

    /// Remembers what the instance is now, before its first change since the last commit.
    pub(super) fn keep_original(&mut self) {
        if self.original.is_none() {
            let original = Original { slots: self.slots.clone(), references: self.references.clone() };
            self.original = Some(Arc::new(original));
        }
    }
}
