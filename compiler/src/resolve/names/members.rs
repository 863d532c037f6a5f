//! Attributes and associations of an entity.

use brooklet_model::{AssociationId, EntityId};

use super::{Member, Names, Scope};
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::suggest::did_you_mean;
use crate::syntax::ast::QualifiedName;

impl Scope<'_> {
    /// The association of that name that the entity is an end of, and whether it is the TO end. The end that is nearest
    /// to the entity counts; FROM when both are as near, as with an association of an entity with itself. An entity
    /// that specializes neither end may be a generalization of one (after a cast, the object can have it).
    pub fn association_of(self, entity: EntityId, name: &QualifiedName) -> Option<(AssociationId, bool)> {
        let names = self.names;
        if let [single] = name.parts.as_slice()
            && let Some(found) = names.owner(entity, single)
        {
            return Some((found, false));
        }
        // Attributes and associations are sometimes written with their entity: `M.E.A`.
        let full = self.full(name);
        let candidates = names.associations.get(&full)?;
        candidates
            .iter()
            .filter_map(|id| names.side(*id, entity).map(|(distance, reversed)| (distance, *id, reversed)))
            .min_by_key(|(distance, _, reversed)| (*distance, *reversed))
            .map(|(_, id, reversed)| (id, reversed))
    }

    /// The member of that name; an error when there is none.
    pub fn member(self, entity: EntityId, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<Member> {
        let found = self.try_member(entity, name);
        if found.is_none() && !self.is_broken_member(entity, name) {
            let text = name.text();
            let owner = self.names.entity_name(entity);
            let message = format!("'{owner}' has no attribute or association '{text}'");
            let error = diagnostics.error(codes::UNKNOWN_MEMBER, name.span, message);
            if self.names.associations.get(&self.full(name)).is_some() {
                error.help(format!("the association '{text}' is between other entities"));
            } else if let Some(help) = self.names.similar_member(entity, &text) {
                error.help(help);
            }
        }
        found
    }

    /// Whether the member is defined, but with errors that have been reported.
    fn is_broken_member(self, entity: EntityId, name: &QualifiedName) -> bool {
        if self.names.associations.is_broken(&self.full(name)) {
            return true;
        }
        let Some(last) = name.parts.last().map(|last| last.to_ascii_lowercase()) else { return false };
        self.names
            .lineage(entity)
            .any(|at| self.names.shapes.get(at.index()).is_some_and(|shape| shape.broken.contains(&last)))
    }

    /// The member of that name, if there is one. `M.E.A` is attribute `A` when the entity is an `M.E`.
    pub fn try_member(self, entity: EntityId, name: &QualifiedName) -> Option<Member> {
        let attribute = match name.parts.as_slice() {
            [single] => self.names.attribute(entity, single),
            [module, owner, attribute] => {
                let owner = self.names.entities.get(&format!("{module}.{owner}"))?;
                self.names.attribute(entity, attribute).filter(|_| self.names.is_a(entity, *owner))
            }
            _ => None,
        };
        attribute
            .map(Member::Attribute)
            .or_else(|| self.association_of(entity, name).map(|(id, reversed)| Member::Association(id, reversed)))
    }
}

impl Names {
    /// How far the entity is from an end of the association, and whether that end is TO.
    fn side(&self, id: AssociationId, entity: EntityId) -> Option<(usize, bool)> {
        let (from, to) = *self.ends.get(id.index())?;
        let below = |end: EntityId| self.distance(entity, end);
        // Behind every end that the entity does specialize.
        let above = |end: EntityId| self.distance(end, entity).map(|distance| distance + self.shapes.len());
        let of = |end: EntityId| below(end).or_else(|| above(end));
        match (of(from), of(to)) {
            (Some(forward), Some(backward)) if backward < forward => Some((backward, true)),
            (Some(forward), _) => Some((forward, false)),
            (None, Some(backward)) => Some((backward, true)),
            (None, None) => None,
        }
    }

    /// The system association that the entity's script gave an unqualified name.
    pub(in crate::resolve) fn owner(&self, entity: EntityId, name: &str) -> Option<AssociationId> {
        let name = name.to_ascii_lowercase();
        self.lineage(entity).find_map(|at| self.shapes.get(at.index())?.owners.get(&name).copied())
    }

    pub(super) fn entity_name(&self, entity: EntityId) -> &str {
        self.shapes.get(entity.index()).map_or("", |shape| shape.name.as_str())
    }

    /// A suggestion of a member whose name is like that text.
    fn similar_member(&self, entity: EntityId, text: &str) -> Option<String> {
        let attributes = self
            .lineage(entity)
            .filter_map(|at| self.shapes.get(at.index()))
            .flat_map(|shape| shape.spellings.iter().map(String::as_str));
        let associations = self.associations.names().filter(|name| {
            let ids = self.associations.get(name).map_or(&[][..], Vec::as_slice);
            ids.iter().any(|id| self.side(*id, entity).is_some())
        });
        did_you_mean(text, attributes.chain(associations))
    }
}
