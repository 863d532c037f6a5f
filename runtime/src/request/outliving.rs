//! What outlives the request: the objects of the session.
//!
//! An object in memory only, or with changes that nobody committed, is forgotten when the request ends, unless
//!
//! - it is *reachable*: associations, in either direction and over any number of such objects, connect it with the
//!   session's object or the user's (the runtime's own `owner` and `changedBy` do not count: every object has them); or
//! - a client is editing it ([`Request::keep`]), or it is reachable from one that a client is editing.
//!
//! What is in the database as it is in memory needs no remembering, and nothing is reachable *through* it: two baskets
//! that refer to one product have nothing to do with each other.
//!
//! A model whose setting `NpeScope` is `session` asks for what platforms did before: everything in memory stays until the
//! session ends.

use std::collections::{HashMap, HashSet};

use brooklet_model::AssociationId;
use brooklet_values::{ObjectHandle, ObjectId};

use super::Request;
use crate::{
    errors::Outcome,
    objects::{Object, Remembered},
};

/// What of a request is the session's.
#[derive(Debug, Default)]
pub(super) struct Outliving {
    /// Objects that a client is editing.
    edited: HashSet<ObjectId>,
    /// How many objects the session brought.
    restored: usize,
    /// [`crate::objects::Space::changes`] when they had been restored.
    changes_before: u64,
}

impl Request {
    /// Puts the objects of the session into the request. To be called first.
    pub(crate) fn restore(&mut self, objects: Vec<Remembered>) -> Outcome<()> {
        self.outliving.restored = objects.len();
        for object in objects {
            if object.edited {
                self.outliving.edited.insert(object.id);
            }
            self.space.restore(object)?;
        }
        self.space.begin_here();
        self.outliving.changes_before = self.space.changes();
        Ok(())
    }

    /// A client edits the object: it stays in the session until it is committed, rolled back or deleted; one that is not
    /// stored, which no commit puts anywhere else, until it is deleted.
    pub fn keep(&mut self, object: ObjectHandle) -> Outcome<()> {
        let id = self.space.get_alive(object)?.id();
        self.outliving.edited.insert(id);
        Ok(())
    }

    /// The objects of the session as the request leaves them, by id; none when they are what they were.
    pub(crate) fn outliving(&self) -> Outcome<Option<Vec<Remembered>>> {
        if self.space.changes() == self.outliving.changes_before {
            return Ok(None);
        }
        let mut stay = if self.model.everything_outlives() {
            self.space.all_tracked().map(|(handle, object)| (object.id(), handle)).collect()
        } else if self.nothing_can_outlive() {
            Vec::new()
        } else {
            self.reachable()
        };
        stay.sort_unstable();
        let remember =
            |(id, handle): &(ObjectId, ObjectHandle)| self.space.remember(*handle, self.outliving.edited.contains(id));
        stay.iter().map(remember).collect::<Outcome<_>>().map(Some)
    }

    /// Whether it is plain, without looking at the objects, that none of them is the session's.
    fn nothing_can_outlive(&self) -> bool {
        let leads_to = |root: ObjectId| {
            self.model.session_associations().iter().any(|association| self.space.may_be_referred(*association, root))
        };
        self.outliving.edited.is_empty() && self.outliving.restored == 0 && !self.roots().any(leads_to)
    }

    /// The objects that make others the session's.
    fn roots(&self) -> impl Iterator<Item = ObjectId> {
        [self.session.object, self.session.user, self.session.visitor()].into_iter().flatten()
    }

    fn reachable(&self) -> Vec<(ObjectId, ObjectHandle)> {
        let tracked: HashMap<ObjectId, ObjectHandle> =
            self.space.all_tracked().map(|(handle, object)| (object.id(), handle)).collect();
        let mut referrers: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
        for (_, object) in self.space.all_tracked() {
            for target in self.leads(object) {
                referrers.entry(target).or_default().push(object.id());
            }
        }
        let mut next: Vec<ObjectId> = self.roots().collect();
        next.extend(self.outliving.edited.iter().filter(|id| tracked.contains_key(id)));
        let mut seen: HashSet<ObjectId> = next.iter().copied().collect();
        let mut found = Vec::new();
        while let Some(id) = next.pop() {
            let mut neighbours = referrers.get(&id).cloned().unwrap_or_default();
            if let Some(handle) = tracked.get(&id)
                && let Ok(object) = self.space.peek(*handle)
            {
                found.push((id, *handle));
                neighbours.extend(self.leads(object));
            }
            next.extend(neighbours.into_iter().filter(|neighbour| seen.insert(*neighbour)));
        }
        found
    }

    /// Where an object's references lead, the runtime's own left out.
    fn leads<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = ObjectId> + 'a {
        let own = |association: AssociationId| self.model.manifest().association(association).system.is_none();
        object.references().filter(move |(association, _)| own(*association)).flat_map(|(_, targets)| targets.clone())
    }
}
