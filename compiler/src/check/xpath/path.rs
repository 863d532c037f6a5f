//! Paths over associations.

use brooklet_model::{AssociationId, AttributePath, AttributeRef, AttributeType, Condition, EntityId, PathStep};

use crate::{
    codes,
    resolve::Member,
    syntax::ast::{QualifiedName, XPathStep},
};

use super::{super::flow::FlowChecker, Parameters};

/// What a path leads to.
pub(super) enum Place {
    /// An attribute.
    Attribute(AttributePath),
    /// Objects.
    Objects(Vec<PathStep>, EntityId),
}

impl FlowChecker<'_> {
    /// Steps over associations, each with its entity or without, and an attribute at the end, or none.
    pub(super) fn path(&mut self, entity: EntityId, steps: &[XPathStep], parameters: &mut Parameters) -> Option<Place> {
        let mut at = entity;
        let mut path: Vec<PathStep> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let is_last = index + 1 == steps.len();
            if is_last && step.name.parts == ["id"] {
                break;
            }
            if let Some(last) = path.last_mut()
                && let Some(named) = self.scope.try_entity(&step.name)
                && self.scope.try_member(at, &step.name).is_none()
            {
                let names = self.scope.names();
                if !names.is_a(named, at) && !names.is_a(at, named) {
                    return self.wrong_end(&step.name, at);
                }
                if names.is_a(named, at) {
                    last.target = named;
                    at = named;
                }
                let filter = self.filters(at, step, parameters)?;
                merge(last, filter);
                continue;
            }
            let member = self.scope.member(at, &step.name, self.diagnostics);
            match self.found(member)? {
                Member::Attribute(attribute) => {
                    if !is_last {
                        self.error(codes::INVALID_XPATH, step.name.span, "an attribute ends a path");
                        return None;
                    }
                    self.searchable(attribute, step)?;
                    return Some(Place::Attribute(AttributePath { steps: path, attribute }));
                }
                Member::Association(association, reversed) => {
                    self.followed(association, step)?;
                    let record = self.manifest.association(association);
                    // `[reversed()]` turns an association of an entity with itself around.
                    let reversed = reversed != (step.reversed && record.from == record.to);
                    at = if reversed { record.from } else { record.to };
                    let filter = self.filters(at, step, parameters)?;
                    let mut next = PathStep { association, reversed, target: at, filter: None };
                    merge(&mut next, filter);
                    path.push(next);
                }
            }
        }
        Some(Place::Objects(path, at))
    }

    /// Says that an association cannot be followed in the database. In a microflow, that is an error of the retrieve.
    pub(super) fn followed(&mut self, association: AssociationId, step: &XPathStep) -> Option<()> {
        let record = self.manifest.association(association);
        if self.fixed && ![record.from, record.to].iter().all(|end| self.manifest.entity(*end).persistable) {
            let message = format!("'{}' is not stored in the database", record.name);
            self.error(codes::INVALID_XPATH, step.name.span, message)
                .help("only associations between persistent entities can be followed");
            return None;
        }
        Some(())
    }

    /// Says why an attribute cannot be compared in the database.
    pub(super) fn searchable(&mut self, attribute: AttributeRef, step: &XPathStep) -> Option<()> {
        let record = self.manifest.attribute(attribute);
        if record.calculated.is_some() {
            self.error(codes::INVALID_XPATH, step.name.span, "a calculated attribute is not in the database");
            return None;
        }
        if record.kind == AttributeType::HashedString {
            let name = record.name.clone();
            self.error(codes::NOT_READABLE, step.name.span, format!("'{name}' holds a hash"))
                .help("it can be set, but not be searched or sorted by");
            return None;
        }
        Some(())
    }

    fn wrong_end(&mut self, name: &QualifiedName, at: EntityId) -> Option<Place> {
        let end = self.manifest.entity(at).name.clone();
        self.error(
            codes::INVALID_XPATH,
            name.span,
            format!("the association leads to '{end}', not to '{}'", name.text()),
        )
        .help(format!("write `{end}`"));
        None
    }

    fn filters(&mut self, entity: EntityId, step: &XPathStep, parameters: &mut Parameters) -> Option<Vec<Condition>> {
        let conditions: Vec<Option<Condition>> =
            step.predicates.iter().map(|predicate| self.xpath(entity, predicate, parameters)).collect();
        conditions.into_iter().collect()
    }
}

/// Adds conditions to those of a step.
pub(super) fn merge(step: &mut PathStep, conditions: Vec<Condition>) {
    if conditions.is_empty() {
        return;
    }
    let mut all: Vec<Condition> = step.filter.take().map(|filter| *filter).into_iter().collect();
    all.extend(conditions);
    step.filter = Some(Box::new(match all.len() {
        1 => all.remove(0),
        _ => Condition::And(all),
    }));
}
