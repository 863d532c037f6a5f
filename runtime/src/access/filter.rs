//! Which objects rights let see: a condition for the database.
//!
//! Rules are not inherited, so a retrieve of an entity finds, of the entity itself and of each specialization, what the
//! rules of exactly that entity give. What needs no limit gets no condition.

use brooklet_model::{AssociationId, AttributeRef, Condition, EntityId, Manifest};

use super::rights::{EntityRights, Grant, Rights};
use crate::request::Member;

/// A member, wherever in a hierarchy it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Attribute(AttributeRef),
    Association(AssociationId),
}

/// Whether a rule gives what is asked for.
type Gives<'f> = &'f dyn Fn(&Grant) -> bool;

impl Named {
    /// The entity that declares it; references are their FROM entity's.
    fn declared_by(self, manifest: &Manifest) -> EntityId {
        match self {
            Self::Attribute(at) => at.entity,
            Self::Association(id) => manifest.association(id).from,
        }
    }

    pub(super) fn member(self, manifest: &Manifest) -> Member {
        match self {
            Self::Attribute(at) => Member::Attribute(manifest.slot(at)),
            Self::Association(id) => Member::Association(id),
        }
    }
}

impl Rights {
    /// Which objects of the entity may be seen; none when all may.
    pub(super) fn visible(&self, manifest: &Manifest, entity: EntityId) -> Option<Condition> {
        self.among(manifest, entity, &|_| Some(&|grant| grant.see))
    }

    /// Of which objects of the entity the member may be read, or that do not have it; none when it is all.
    pub(super) fn readable(&self, manifest: &Manifest, entity: EntityId, named: Named) -> Option<Condition> {
        let (declared_by, member) = (named.declared_by(manifest), named.member(manifest));
        let may_read = |grant: &Grant| grant.may_read(member);
        self.among(manifest, entity, &|concrete| {
            manifest.is_a(concrete, declared_by).then_some(&may_read as &dyn Fn(&Grant) -> bool)
        })
    }

    /// The objects of the entity and its specializations for which some rule gives what is asked for of their entity; all
    /// objects of those of which nothing is asked.
    fn among<'f>(
        &self,
        manifest: &Manifest,
        entity: EntityId,
        asked: &dyn Fn(EntityId) -> Option<Gives<'f>>,
    ) -> Option<Condition> {
        let entities = (0..).map(EntityId).zip(&manifest.entities);
        let stored = entities.filter(|(_, one)| one.persistable && one.unavailable.is_none()).map(|(id, _)| id);
        let family: Vec<_> = stored.filter(|one| manifest.is_a(*one, entity)).collect();
        let mut parts = Vec::new();
        let mut is_limited = false;
        for concrete in &family {
            // What is not enforced limits nothing.
            let rights = self.of(*concrete)?;
            match asked(*concrete).map_or(Given::Always, |gives| given(rights, gives)) {
                Given::Always => parts.push(Condition::Among { entity: *concrete, condition: None }),
                Given::Never => is_limited = true,
                Given::Where(condition) => {
                    is_limited = true;
                    parts.push(Condition::Among { entity: *concrete, condition: Some(Box::new(condition)) });
                }
            }
        }
        if !is_limited {
            return None;
        }
        let is_alone = family.len() == 1;
        Some(match parts.pop() {
            None => Condition::Constant(false),
            Some(Condition::Among { condition: Some(condition), .. }) if is_alone => *condition,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Condition::Or(parts)
            }
        })
    }
}

/// For which objects something is given.
enum Given {
    Always,
    Never,
    Where(Condition),
}

fn given(rights: &EntityRights, gives: &dyn Fn(&Grant) -> bool) -> Given {
    if gives(&rights.always) {
        return Given::Always;
    }
    let mut conditions: Vec<&Condition> = Vec::new();
    for rule in rights.conditional.iter().filter(|rule| gives(&rule.grant)) {
        if !conditions.contains(&&rule.condition) {
            conditions.push(&rule.condition);
        }
    }
    match conditions.as_slice() {
        [] => Given::Never,
        [only] => Given::Where((*only).clone()),
        several => Given::Where(Condition::Or(several.iter().map(|one| (*one).clone()).collect())),
    }
}

/// A condition and another.
pub(super) fn and(one: Option<Condition>, other: Option<Condition>) -> Option<Condition> {
    match (one, other) {
        (None, only) | (only, None) => only,
        (Some(Condition::And(mut parts)), Some(other)) => {
            if !parts.contains(&other) {
                parts.push(other);
            }
            Some(Condition::And(parts))
        }
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(one), Some(other)) => Some(Condition::And(vec![one, other])),
    }
}
