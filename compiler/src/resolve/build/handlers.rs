//! Indexes and event handlers.

use brooklet_model::{EntityId, EventHandler, Index, IndexColumn, MicroflowId, Moment, Operation, Type};

use super::{Builder, module_of};
use crate::codes;
use crate::resolve::Member;
use crate::resolve::draft::EntityDraft;
use crate::resolve::table::Entry;
use crate::syntax::ast::{Name, QualifiedName};
use crate::syntax::document::HandlerDeclaration;

impl Builder<'_, '_> {
    pub(super) fn indexes(&mut self, entries: &[Entry<EntityDraft>]) {
        for (position, entry) in entries.iter().enumerate() {
            let id = EntityId(position as u32);
            for index in &entry.value.indexes {
                let columns: Vec<IndexColumn> =
                    index.columns.iter().filter_map(|(name, descending)| self.column(id, name, *descending)).collect();
                let entity = &mut self.manifest.entities[position];
                if !columns.is_empty() && entity.persistable {
                    entity.indexes.push(Index { columns });
                }
            }
        }
    }

    fn column(&mut self, id: EntityId, name: &Name, descending: bool) -> Option<IndexColumn> {
        let written = QualifiedName { parts: vec![name.text.clone()], span: name.span };
        let member = self.names.scope("").member(id, &written, self.diagnostics)?;
        // The reference that an association keeps has an index of its own.
        let Member::Attribute(attribute) = member else { return None };
        if attribute.entity != id {
            let owner = &self.manifest.entity(attribute.entity).name;
            let message = format!("'{}' is inherited from '{owner}', and cannot be in an index here", name.text);
            self.diagnostics
                .error(codes::INHERITED_ATTRIBUTE, name.span, message)
                .help(format!("write the index for '{owner}'"));
            return None;
        }
        Some(IndexColumn { attribute, descending })
    }

    pub(super) fn handlers(&mut self, entries: &[Entry<EntityDraft>]) {
        for (position, entry) in entries.iter().enumerate() {
            for declaration in &entry.value.handlers {
                let scope = self.names.scope(module_of(&entry.name));
                let Some(microflow) = scope.microflow(&declaration.microflow, self.diagnostics) else { continue };
                if let Some(handler) = self.handler(EntityId(position as u32), microflow, declaration) {
                    self.manifest.entities[position].handlers.push(handler);
                }
            }
        }
    }

    fn handler(
        &mut self,
        id: EntityId,
        microflow: MicroflowId,
        declaration: &HandlerDeclaration,
    ) -> Option<EventHandler> {
        let HandlerDeclaration { before, operation, passes_object, raise_error, .. } = declaration;
        let signature = self.manifest.microflow(microflow);
        let (name, span) = (&signature.name, declaration.microflow.span);
        let takes_object = !signature.parameters.is_empty();
        let before_create = *before && *operation == Operation::Create;
        let problem = match signature.parameters.as_slice() {
            [] if *passes_object == Some(true) => Some(format!("'{name}' has no parameter for the object")),
            [] => None,
            // Its signature has errors of its own.
            [parameter] if parameter.kind == Type::Nothing => return None,
            [_] if before_create => {
                Some(format!("there is no object yet that '{name}' could get before it is created"))
            }
            [_] if *passes_object == Some(false) => None,
            [parameter] => match parameter.kind {
                Type::Object(entity) if self.names.is_a(id, entity) => None,
                _ => {
                    Some(format!("the parameter of '{name}' is not of the entity '{}'", self.manifest.entity(id).name))
                }
            },
            _ => Some(format!("'{name}' has more than one parameter")),
        };
        if let Some(problem) = problem {
            let help = if before_create { "remove the parameter" } else { "give it one parameter: the object" };
            self.diagnostics.error(codes::HANDLER_DOES_NOT_FIT, span, problem).help(help);
            return None;
        }
        if *before && !self.flows[microflow.index()].broken && signature.returns != Type::Boolean {
            let problem = format!("'{name}' runs before an event, but does not say whether it may happen");
            self.diagnostics.error(codes::HANDLER_DOES_NOT_FIT, span, problem).help("write `returns Boolean`");
            return None;
        }
        Some(EventHandler {
            moment: if *before { Moment::Before } else { Moment::After },
            operation: *operation,
            microflow,
            passes_object: passes_object.unwrap_or(takes_object) && takes_object,
            raise_error: *before && *raise_error,
        })
    }
}
