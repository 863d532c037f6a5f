//! Sets of an entity's members, as small as they are asked often.

use brooklet_model::{AssociationId, AssociationOwner, EntityId, Manifest};
use smallvec::SmallVec;

use crate::request::Member;

/// The members of an entity that access rules speak of, inherited ones included: its attributes, and the associations that
/// it owns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Members {
    /// How many attributes there are.
    slots: usize,
    /// The associations, by number.
    associations: Vec<AssociationId>,
}

impl Members {
    pub(super) fn of(manifest: &Manifest, entity: EntityId) -> Self {
        let mut associations: Vec<_> = manifest
            .associations_of(entity)
            .filter(|(_, one)| manifest.is_a(entity, one.from) || one.owner == AssociationOwner::Both)
            .map(|(id, _)| id)
            .collect();
        associations.sort_unstable();
        Self { slots: manifest.slots(entity).len(), associations }
    }

    /// Those of an entity without any.
    pub(super) fn none() -> Self {
        Self { slots: 0, associations: Vec::new() }
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    pub(super) fn associations(&self) -> &[AssociationId] {
        &self.associations
    }

    /// The number of a member in a set.
    pub(super) fn position(&self, member: Member) -> Option<usize> {
        match member {
            Member::Attribute(slot) => Some(slot as usize).filter(|slot| *slot < self.slots),
            Member::Association(id) => self.associations.binary_search(&id).ok().map(|at| self.slots + at),
        }
    }
}

/// A set of members, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MemberSet(SmallVec<[u64; 2]>);

const BITS: usize = u64::BITS as usize;

impl MemberSet {
    pub(super) fn insert(&mut self, member: usize) {
        if self.0.len() <= member / BITS {
            self.0.resize(member / BITS + 1, 0);
        }
        self.0[member / BITS] |= 1 << (member % BITS);
    }

    pub(super) fn remove(&mut self, member: usize) {
        if let Some(word) = self.0.get_mut(member / BITS) {
            *word &= !(1 << (member % BITS));
        }
    }

    /// The members, in order.
    pub(super) fn members(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * BITS).filter(|member| self.contains(*member))
    }

    pub(super) fn contains(&self, member: usize) -> bool {
        self.0.get(member / BITS).is_some_and(|word| word & (1 << (member % BITS)) != 0)
    }

    /// Adds all members of another set.
    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    /// Whether all members of another set are there.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let word = |index| self.0.get(index).copied().unwrap_or(0);
        other.0.iter().enumerate().all(|(index, more)| more & !word(index) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[usize]) -> MemberSet {
        let mut set = MemberSet::default();
        members.iter().for_each(|member| set.insert(*member));
        set
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let mut one = set(&[0, 63, 64, 200]);
        assert!((0..300).all(|member| one.contains(member) == [0, 63, 64, 200].contains(&member)));
        one.remove(63);
        one.remove(999);
        assert!(!one.contains(63) && one.contains(64));
    }

    #[test]
    fn sets_of_different_lengths_add_up_and_compare() {
        let mut one = set(&[1]);
        assert!(one.covers(&set(&[])) && !one.covers(&set(&[1, 130])));
        one.add(&set(&[130]));
        assert!(one.covers(&set(&[1, 130])) && set(&[1, 130, 131]).covers(&one));
    }
}
