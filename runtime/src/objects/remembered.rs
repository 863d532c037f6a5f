//! Objects that outlive a request: taken out of its space at the end, put into that of the next request of the session.

use std::sync::Arc;

use brooklet_model::{AssociationId, EntityId};
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{
    Object, Space, State, Targets,
    object::{Original, Reference},
};
use crate::errors::Outcome;

/// An object between two requests: everything about it that is not the database's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Remembered {
    /// The identity.
    pub(crate) id: ObjectId,
    /// The concrete entity.
    pub(crate) entity: EntityId,
    /// What has become of it: [`State::New`], [`State::Persisted`] or [`State::Autocommitted`].
    pub(crate) state: State,
    /// Whether it has no table.
    pub(crate) transient: bool,
    /// Whether a client is editing it, so that it stays even when nothing of the session leads to it.
    pub(crate) edited: bool,
    /// The attributes by slot.
    pub(crate) slots: Vec<Value>,
    /// The references that are known.
    pub(crate) references: Vec<RememberedReference>,
    /// The attributes that changed since the last commit, with what they were; none when nothing changed.
    pub(crate) before: Option<Vec<(u32, Value)>>,
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RememberedReference {
    /// The association.
    pub(crate) association: AssociationId,
    /// The objects.
    pub(crate) targets: Targets,
    /// What the last commit left, when that is something else.
    pub(crate) stored: Option<Targets>,
}

impl Space {
    /// What there is to remember of an instance.
    pub(crate) fn remember(&self, handle: ObjectHandle, edited: bool) -> Outcome<Remembered> {
        let object = self.peek(handle)?;
        let before = object.original.as_ref().map(|original| {
            let changed = object.changed_slots().map(|(slot, _)| slot);
            changed.filter_map(|slot| Some((slot, original.slots.get(slot as usize)?.clone()))).collect()
        });
        let mut references: Vec<_> = object.references.iter().map(RememberedReference::from).collect();
        references.sort_unstable_by_key(|reference| reference.association.0);
        Ok(Remembered {
            id: object.id,
            entity: object.entity,
            state: object.state,
            transient: object.transient,
            edited,
            slots: object.slots.to_vec(),
            references,
            before,
        })
    }

    /// An object that an earlier request of the session left.
    pub(crate) fn restore(&mut self, remembered: Remembered) -> Outcome<ObjectHandle> {
        let Remembered { id, entity, state, transient, slots, references, before, .. } = remembered;
        let references: Vec<_> = references.into_iter().map(Reference::from).collect();
        let original = before.map(|before| {
            let mut was = slots.clone();
            for (slot, value) in before {
                if let Some(slot) = was.get_mut(slot as usize) {
                    *slot = value;
                }
            }
            let stored = |reference: &Reference| Reference {
                association: reference.association,
                targets: reference.stored.clone().unwrap_or_else(|| reference.targets.clone()),
                stored: None,
            };
            Arc::new(Original { slots: was.into_boxed_slice(), references: references.iter().map(stored).collect() })
        });
        let leads: Vec<_> = references
            .iter()
            .flat_map(|reference| reference.targets.iter().map(|target| (reference.association, *target)))
            .collect();
        let handle = self.insert(entity, id, slots, references, state, transient)?;
        for lead in leads {
            self.refers(handle, lead);
        }
        self.objects[handle.0 as usize - 1].original = original;
        self.settle(handle, false);
        Ok(handle)
    }

    /// Every instance that retrieves by association and by id find: what could outlive the request.
    pub(crate) fn all_tracked(&self) -> impl Iterator<Item = (ObjectHandle, &Object)> {
        let handles = (1..=self.objects.len() as u32).map(ObjectHandle);
        handles.zip(&self.objects).filter(|(handle, object)| {
            matches!(object.state, State::New | State::Persisted | State::Autocommitted)
                && object.is_trackable()
                && self.tracked(object.id) == Some(*handle)
        })
    }
}

impl From<&Reference> for RememberedReference {
    fn from(reference: &Reference) -> Self {
        Self {
            association: reference.association,
            targets: reference.targets.clone(),
            stored: reference.stored.clone(),
        }
    }
}

impl From<RememberedReference> for Reference {
    fn from(remembered: RememberedReference) -> Self {
        Self { association: remembered.association, targets: remembered.targets, stored: remembered.stored }
    }
}
