//! Enumerations and associations.

use super::Folder;
use crate::codes;
use crate::resolve::draft::{AssociationDraft, EnumerationDraft};
use crate::resolve::history::History;
use crate::source::Span;
use crate::syntax::ast::QualifiedName;
use crate::syntax::document::{AssociationOptions, CreateMode, EnumerationChange, EnumerationValueDeclaration};

impl Folder<'_, '_> {
    pub(super) fn create_enumeration(
        &mut self,
        (mode, name, span): (CreateMode, QualifiedName, Span),
        values: Vec<EnumerationValueDeclaration>,
        documentation: String,
    ) {
        let Some(full) = self.report.qualified(&name) else { return };
        let value = EnumerationDraft { values, keys: History::default(), documentation };
        self.report.define(&mut self.draft.enumerations, "enumeration", (mode, full, span), value);
    }

    pub(super) fn alter_enumeration(&mut self, name: &QualifiedName, change: EnumerationChange) {
        let text = name.text();
        if self.draft.enumerations.get(&text).is_none() {
            return self.report.unknown("enumeration", &text, name.span, self.draft.enumerations.names());
        }
        let Some(entry) = self.draft.enumerations.get_mut(&text) else { return };
        let draft = &mut entry.value;
        let position =
            |draft: &EnumerationDraft, key: &str| draft.values.iter().position(|value| value.key.text == key);
        match change {
            EnumerationChange::Nothing => {}
            EnumerationChange::Add(value) => match position(draft, &value.key.text) {
                Some(at) => {
                    let message =
                        format!("'{text}' has a value '{}' already; the last definition counts", value.key.text);
                    self.report.diagnostics.warning(codes::DEFINED_TWICE, value.key.span, message);
                    draft.values[at] = value;
                }
                None => {
                    draft.keys.take(&value.key.text);
                    draft.values.push(value);
                }
            },
            EnumerationChange::Rename(from, to) => match position(draft, &from.text) {
                Some(at) => {
                    draft.keys.rename(&from.text, &to.text);
                    draft.values[at].key = to;
                }
                None => self.report.unknown("value", &from.text, from.span, keys(draft)),
            },
            EnumerationChange::Modify(value) => match position(draft, &value.key.text) {
                Some(at) => draft.values[at].caption = value.caption,
                None => self.report.unknown("value", &value.key.text, value.key.span, keys(draft)),
            },
            EnumerationChange::Drop(key) => match position(draft, &key.text) {
                Some(at) => {
                    draft.values.remove(at);
                    draft.keys.forget(&key.text);
                }
                None => self.report.nothing_dropped("value", &key.text, key.span, keys(draft)),
            },
        }
    }

    pub(super) fn create_association(
        &mut self,
        (mode, name, span): (CreateMode, QualifiedName, Span),
        (from, to): (QualifiedName, QualifiedName),
        options: AssociationOptions,
        documentation: String,
    ) {
        let Some(full) = self.report.qualified(&name) else { return };
        let value = AssociationDraft { from, to, options, documentation };
        self.report.define(&mut self.draft.associations, "association", (mode, full, span), value);
    }

    pub(super) fn alter_association(&mut self, name: &QualifiedName, changed: AssociationOptions) {
        let text = name.text();
        let Some(entry) = self.draft.associations.get_mut(&text) else {
            return self.report.unknown("association", &text, name.span, self.draft.associations.names());
        };
        let options = &mut entry.value.options;
        options.reference_set = changed.reference_set.or(options.reference_set);
        options.owner_both = changed.owner_both.or(options.owner_both);
        options.on_delete = changed.on_delete.or(options.on_delete);
        if changed.delete_message.is_some() {
            options.delete_message = changed.delete_message;
        }
    }
}

fn keys(draft: &EnumerationDraft) -> impl Iterator<Item = &str> {
    draft.values.iter().map(|value| value.key.text.as_str())
}
