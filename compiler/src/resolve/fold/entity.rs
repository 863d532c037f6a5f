//! Entities: their creation, and what `alter entity` changes.

use super::Folder;
use super::report::Report;
use crate::codes;
use crate::resolve::draft::EntityDraft;
use crate::resolve::history::History;
use crate::source::Span;
use crate::syntax::ast::{DataTypeKind, Name, QualifiedName, SystemMember};
use crate::syntax::document::{
    AttributeDeclaration, CreateMode, EntityChange, EntityDeclaration, HandlerDeclaration, IndexDeclaration,
};

impl Folder<'_, '_> {
    pub(super) fn create_entity(&mut self, declaration: EntityDeclaration, span: Span, documentation: String) {
        let Some(full) = self.report.qualified(&declaration.name) else { return };
        let EntityDeclaration { mode, kind, generalization, attributes, indexes, mut handlers, .. } = declaration;
        let entities = &mut self.draft.entities;
        if !self.report.may_define(entities, "entity", mode, &full, span) {
            return;
        }
        let mut names = History::default();
        // What has a former name of another is no change of that other.
        if mode == CreateMode::OrModify
            && entities.defines(&full)
            && let Some(existing) = entities.get_mut(&full)
        {
            // Event handlers survive when they are not mentioned, as access rules do.
            if handlers.is_empty() {
                handlers = std::mem::take(&mut existing.value.handlers);
            }
            names = std::mem::take(&mut existing.value.names);
        }
        let value = EntityDraft { kind, generalization, attributes, names, indexes, handlers, documentation };
        entities.insert(full, span, value);
    }

    pub(super) fn alter_entity(&mut self, name: &QualifiedName, changes: Vec<EntityChange>) {
        let text = name.text();
        let Some(entry) = self.draft.entities.get_mut(&text) else {
            return self.report.unknown("entity", &text, name.span, self.draft.entities.names());
        };
        for change in changes {
            alter(&mut entry.value, change, name, &mut self.report);
        }
    }
}

fn alter(entity: &mut EntityDraft, change: EntityChange, name: &QualifiedName, report: &mut Report<'_, '_>) {
    let (name, place) = (&name.text(), name.span);
    match change {
        EntityChange::Nothing => {}
        EntityChange::AddAttribute { attribute, if_missing } => match present_position(entity, &attribute.name.text) {
            Some(_) if if_missing => {}
            Some(at) => {
                let message =
                    format!("'{name}' has an attribute '{}' already; the last definition counts", attribute.name.text);
                report.diagnostics.warning(codes::DEFINED_TWICE, attribute.name.span, message);
                entity.attributes[at] = attribute;
            }
            None => {
                entity.names.take(&attribute.name.text);
                entity.attributes.push(attribute);
            }
        },
        EntityChange::RenameAttribute(from, to) => rename_attribute(entity, from, to, report),
        EntityChange::ModifyAttribute(attribute) => match position(entity, &attribute.name.text) {
            Some(at) => modify_attribute(&mut entity.attributes[at], attribute),
            None => report.unknown("attribute", &attribute.name.text, attribute.name.span, spellings(entity)),
        },
        EntityChange::DropAttribute(attribute) => drop_attribute(entity, &attribute, report),
        EntityChange::AddIndex(index) => entity.indexes.push(index),
        EntityChange::DropIndex(index) => drop_index(entity, &index, name, report),
        EntityChange::AddHandler(handler) => add_handler(entity, handler),
        EntityChange::DropHandler { before, operation } => {
            let count = entity.handlers.len();
            entity.handlers.retain(|handler| handler.before != before || handler.operation != operation);
            if entity.handlers.len() == count {
                report.nothing_dropped("event handler of", name, place, []);
            }
        }
        EntityChange::SetGeneralization(generalization) => entity.generalization = generalization,
    }
}

fn rename_attribute(entity: &mut EntityDraft, from: Name, to: Name, report: &mut Report<'_, '_>) {
    let Some(at) = position(entity, &from.text) else {
        return report.unknown("attribute", &from.text, from.span, spellings(entity));
    };
    if present_position(entity, &to.text).is_some_and(|other| other != at) {
        let message = format!("the name '{}' is taken by another attribute", to.text);
        report.diagnostics.error(codes::NAME_TAKEN, to.span, message).help("choose another name");
        return;
    }
    entity.names.rename(&entity.attributes[at].name.text, &to.text);
    entity.attributes[at].name = to;
}

/// Takes over what the statement says, and keeps the rules and the default that it does not mention.
fn modify_attribute(attribute: &mut AttributeDeclaration, changed: AttributeDeclaration) {
    let before = std::mem::replace(attribute, changed);
    if attribute.required.is_none() && !attribute.nullable {
        attribute.required = before.required;
    }
    if attribute.unique.is_none() {
        attribute.unique = before.unique;
    }
    // A default of another type would not fit.
    if attribute.default.is_none() && attribute.data_type.kind == before.data_type.kind {
        attribute.default = before.default;
    }
    if attribute.documentation.is_empty() {
        attribute.documentation = before.documentation;
    }
}

fn drop_attribute(entity: &mut EntityDraft, name: &Name, report: &mut Report<'_, '_>) {
    let Some(at) = position(entity, &name.text).or_else(|| system_position(entity, &name.text)) else {
        return report.nothing_dropped("attribute", &name.text, name.span, spellings(entity));
    };
    let dropped = entity.attributes.remove(at).name.text;
    entity.names.forget(&dropped);
    for index in &mut entity.indexes {
        index.columns.retain(|(column, _)| !column.text.eq_ignore_ascii_case(&dropped));
    }
    entity.indexes.retain(|index| !index.columns.is_empty());
}

fn drop_index(entity: &mut EntityDraft, dropped: &IndexDeclaration, name: &str, report: &mut Report<'_, '_>) {
    let matches = |index: &IndexDeclaration| match &dropped.name {
        Some(name) => index.name.as_ref().is_some_and(|own| own.text == name.text),
        None => columns(index).eq(columns(dropped)),
    };
    let count = entity.indexes.len();
    entity.indexes.retain(|index| !matches(index));
    let place = dropped.name.as_ref().or(dropped.columns.first().map(|(column, _)| column));
    if entity.indexes.len() == count
        && let Some(place) = place
    {
        report.nothing_dropped("index", &format!("{} of {name}", place.text), place.span, []);
    }
}

fn columns(index: &IndexDeclaration) -> impl Iterator<Item = &str> {
    index.columns.iter().map(|(column, _)| column.text.as_str())
}

fn add_handler(entity: &mut EntityDraft, handler: HandlerDeclaration) {
    let same = |other: &HandlerDeclaration| {
        (other.before, other.operation, &other.microflow.parts)
            == (handler.before, handler.operation, &handler.microflow.parts)
    };
    match entity.handlers.iter().position(same) {
        Some(at) => entity.handlers[at] = handler,
        None => entity.handlers.push(handler),
    }
}

fn position(entity: &EntityDraft, name: &str) -> Option<usize> {
    present_position(entity, name).or_else(|| present_position(entity, entity.names.present(name)?))
}

/// The attribute that has the name now; one that had it before is another.
fn present_position(entity: &EntityDraft, name: &str) -> Option<usize> {
    entity.attributes.iter().position(|attribute| attribute.name.text.eq_ignore_ascii_case(name))
}

/// A member that the runtime keeps, by the name under which it is stored.
fn system_position(entity: &EntityDraft, name: &str) -> Option<usize> {
    let member = match name.to_ascii_lowercase().as_str() {
        "owner" => SystemMember::Owner,
        "changedby" => SystemMember::ChangedBy,
        "createddate" => SystemMember::CreatedDate,
        "changeddate" => SystemMember::ChangedDate,
        _ => return None,
    };
    entity.attributes.iter().position(|attribute| attribute.data_type.kind == DataTypeKind::SystemMember(member))
}

fn spellings(entity: &EntityDraft) -> impl Iterator<Item = &str> {
    entity.attributes.iter().map(|attribute| attribute.name.text.as_str())
}
