//! Uncommitted changes on top of what the database has now.
//!
//! An object that a client edits lives in its session between requests. Meanwhile others may commit changes of the same
//! object. What the client did not change is then theirs; what it did change stays as the client has it, to be committed.

use std::sync::Arc;

use brooklet_model::AssociationId;
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{
    Object, Space, State, Targets,
    object::{Original, Reference},
};
use crate::errors::Outcome;

/// What the database has of an object.
#[derive(Debug)]
pub(crate) struct Present {
    /// The attributes by slot.
    pub(crate) slots: Vec<Value>,
    /// The references to one object that it owns.
    pub(crate) references: Vec<(AssociationId, Option<ObjectId>)>,
    /// The reference sets that changed in memory.
    pub(crate) sets: Vec<(AssociationId, Targets)>,
}

impl Space {
    /// Puts an instance's changes on top of what the database has now.
    pub(crate) fn rebase(&mut self, handle: ObjectHandle, present: Present) -> Outcome<()> {
        let rebased = rebased(self.peek(handle)?, present);
        let leads: Vec<_> = rebased
            .references
            .iter()
            .flat_map(|reference| reference.targets.iter().map(|target| (reference.association, *target)))
            .collect();
        let object = self.touch(handle)?;
        (object.slots, object.references, object.original) = (rebased.slots, rebased.references, rebased.original);
        leads.into_iter().for_each(|lead| self.refers(handle, lead));
        self.settle(handle, false);
        Ok(())
    }

    /// A copy of an instance with its changes on top of what the database has now, to look at. Nothing finds it.
    pub(crate) fn view(&mut self, handle: ObjectHandle, present: Present) -> Outcome<ObjectHandle> {
        let rebased = rebased(self.peek(handle)?, present);
        let view = self.insert(
            rebased.entity,
            rebased.id,
            rebased.slots.into_vec(),
            rebased.references,
            State::Persisted,
            false,
        )?;
        self.objects[view.0 as usize - 1].original = rebased.original;
        Ok(view)
    }
}

/// The object with its changes on top of what is there now.
fn rebased(object: &Object, present: Present) -> Object {
    let mut slots = present.slots.clone();
    for (slot, value) in object.changed_slots() {
        if let Some(slot) = slots.get_mut(slot as usize) {
            *slot = value.clone();
        }
    }
    let mut references = Vec::new();
    let mut stored = Vec::new();
    for (association, now) in present.references {
        let now: Targets = now.into_iter().collect();
        let changed = object.reference(association).filter(|reference| reference.stored.is_some());
        let targets: Targets = changed.map_or_else(|| now.clone(), |reference| reference.targets.clone());
        keep(&mut references, &mut stored, association, targets, now);
    }
    for (association, now) in present.sets {
        let Some(reference) = object.reference(association) else { continue };
        let before = reference.stored.as_ref().unwrap_or(&reference.targets);
        let is_removed = |target: &ObjectId| before.contains(target) && !reference.targets.contains(target);
        let mut targets: Targets = now.iter().copied().filter(|target| !is_removed(target)).collect();
        let added = reference.targets.iter().filter(|target| !before.contains(target) && !now.contains(target));
        targets.extend(added.copied());
        keep(&mut references, &mut stored, association, targets, now);
    }
    let is_changed = *slots != *present.slots || references.iter().any(|reference| reference.stored.is_some());
    let original = Original { slots: present.slots.into_boxed_slice(), references: stored };
    Object {
        slots: slots.into_boxed_slice(),
        references,
        original: is_changed.then(|| Arc::new(original)),
        ..object.clone()
    }
}

/// Adds a reference, and what the database has of it.
fn keep(
    references: &mut Vec<Reference>,
    stored: &mut Vec<Reference>,
    association: AssociationId,
    targets: Targets,
    now: Targets,
) {
    let is_changed = targets != now;
    if !targets.is_empty() || is_changed {
        references.push(Reference { association, targets, stored: is_changed.then(|| now.clone()) });
    }
    stored.push(Reference { association, targets: now, stored: None });
}

#[cfg(test)]
mod tests {
    use brooklet_model::EntityId;

    use super::*;

    const ONE: AssociationId = AssociationId(0);
    const MANY: AssociationId = AssociationId(1);

    fn ids(targets: &[i64]) -> Targets {
        targets.iter().copied().map(ObjectId).collect()
    }

    fn space() -> (Space, ObjectHandle) {
        let mut space = Space::new(10);
        let slots = vec![Value::Integer(1), Value::Integer(1), Value::Integer(1)];
        let object = space.adopt(EntityId(0), ObjectId(7), slots, [(ONE, ObjectId(20))]).expect("an object");
        space.load_targets(object, MANY, ids(&[31, 32])).expect("a set");
        (space, object)
    }

    fn present() -> Present {
        let slots = [1, 5, 5].map(Value::Integer).to_vec();
        Present { slots, references: vec![(ONE, Some(ObjectId(21)))], sets: vec![(MANY, ids(&[32, 33]))] }
    }

    #[test]
    fn what_was_changed_stays_and_the_rest_is_what_the_database_has() {
        let (mut space, object) = space();
        space.set_slot(object, 0, Value::Integer(2)).expect("a slot");
        space.set_slot(object, 1, Value::Integer(5)).expect("a slot");
        space.set_targets(object, MANY, ids(&[32, 34])).expect("a set");
        space.rebase(object, present()).expect("an object");
        let rebased = space.peek(object).expect("an object");
        assert_eq!(rebased.slots(), [2, 5, 5].map(Value::Integer));
        // Somebody else has set the second slot to the same: nothing is left to write there.
        assert_eq!(rebased.changed_slots().map(|(slot, _)| slot).collect::<Vec<_>>(), [0]);
        assert_eq!(rebased.targets(ONE), Some(&ids(&[21])));
        let change = rebased.changed_references().next().expect("a change");
        assert_eq!((change.association, change.before, change.after), (MANY, ids(&[32, 33]), ids(&[32, 33, 34])));
        assert_eq!(space.tracked(ObjectId(7)), Some(object));
    }

    #[test]
    fn an_edit_that_others_have_made_too_is_none_any_more() {
        let (mut space, object) = space();
        space.set_slot(object, 1, Value::Integer(5)).expect("a slot");
        space.rebase(object, present()).expect("an object");
        assert!(!space.peek(object).expect("an object").is_changed());
        assert_eq!(space.tracked(ObjectId(7)), None);
    }

    #[test]
    fn a_view_is_found_by_nobody() {
        let (mut space, object) = space();
        space.set_targets(object, ONE, ids(&[])).expect("a reference");
        let changes = space.changes();
        let view = space.view(object, present()).expect("a view");
        assert_eq!(space.tracked(ObjectId(7)), Some(object));
        assert_eq!(space.changes(), changes);
        let view = space.peek(view).expect("a view");
        assert_eq!(view.targets(ONE), Some(&ids(&[])));
        assert_eq!(view.stored_targets(ONE), Some(&ids(&[21])));
        assert_eq!(view.slots(), [1, 5, 5].map(Value::Integer));
    }
}
