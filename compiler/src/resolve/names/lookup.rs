//! Documents by name, with a suggestion when there is none.

use brooklet_model::{AssociationId, ConstantId, EntityId, EnumerationId, MicroflowId};

use super::{Action, Names, Register, Scope};
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::suggest::did_you_mean;
use crate::syntax::ast::QualifiedName;
use crate::syntax::document::DocumentKind;

impl<'a> Scope<'a> {
    /// An entity; an error when there is none of the name.
    pub fn entity(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<EntityId> {
        self.find(&self.names.entities, codes::UNKNOWN_ENTITY, "entity", name, diagnostics).copied()
    }

    /// An enumeration; an error when there is none of the name.
    pub fn enumeration(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<EnumerationId> {
        self.find(&self.names.enumerations, codes::UNKNOWN_ENUMERATION, "enumeration", name, diagnostics).copied()
    }

    /// The associations of a name; an error when there is none. `System.owner` and `System.changedBy` are many: one for
    /// each entity that has them.
    pub fn associations(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<&'a [AssociationId]> {
        let register = &self.names.associations;
        self.find(register, codes::UNKNOWN_ASSOCIATION, "association", name, diagnostics).map(Vec::as_slice)
    }

    /// A constant; an error when there is none of the name.
    pub fn constant(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<ConstantId> {
        self.find(&self.names.constants, codes::UNKNOWN_CONSTANT, "constant", name, diagnostics).copied()
    }

    /// A microflow or nanoflow; an error when there is none of the name.
    pub fn microflow(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<MicroflowId> {
        self.find(&self.names.microflows, codes::UNKNOWN_MICROFLOW, "microflow", name, diagnostics).copied()
    }

    /// A Java or JavaScript action; an error when there is none of the name.
    pub fn action(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<&'a Action> {
        self.find(&self.names.actions, codes::UNKNOWN_ACTION, "Java action", name, diagnostics)
    }

    /// A value of an enumeration, `M.Enum.Value`, as the enumeration and the value's position; an error when there is
    /// none.
    pub fn enumeration_value(
        self,
        name: &QualifiedName,
        diagnostics: &mut Diagnostics,
    ) -> Option<(EnumerationId, u32)> {
        let (key, owner) = name.parts.split_last()?;
        let owner = QualifiedName { parts: owner.to_vec(), span: name.span };
        let enumeration = self.enumeration(&owner, diagnostics)?;
        self.key(enumeration, key, name, diagnostics).map(|position| (enumeration, position))
    }

    /// A value of an enumeration by its key; `name` is what the error is about.
    pub fn key(
        self,
        enumeration: EnumerationId,
        key: &str,
        name: &QualifiedName,
        diagnostics: &mut Diagnostics,
    ) -> Option<u32> {
        let found = self.names.enumeration_key(enumeration, key);
        if found.is_none() {
            let mut keys: Vec<&str> = self
                .names
                .keys
                .get(enumeration.index())
                .into_iter()
                .flat_map(|keys| keys.keys())
                .map(String::as_str)
                .collect();
            keys.sort_unstable();
            let message = format!("there is no value '{key}' in the enumeration of '{}'", name.text());
            let error = diagnostics.error(codes::UNKNOWN_VALUE, name.span, message);
            if let Some(help) = did_you_mean(key, keys) {
                error.help(help);
            }
        }
        found
    }

    /// An entity by its name as text, if there is one.
    pub fn try_entity(self, name: &QualifiedName) -> Option<EntityId> {
        self.names.entities.get(&self.full(name)).copied()
    }

    /// An enumeration, if there is one of the name.
    pub fn try_enumeration(self, name: &QualifiedName) -> Option<EnumerationId> {
        self.names.enumerations.get(&self.full(name)).copied()
    }

    /// A value of an enumeration, if there is one of the name.
    pub fn try_enumeration_value(self, name: &QualifiedName) -> Option<(EnumerationId, u32)> {
        let (key, owner) = name.parts.split_last()?;
        let owner = QualifiedName { parts: owner.to_vec(), span: name.span };
        let enumeration = self.try_enumeration(&owner)?;
        Some((enumeration, self.names.enumeration_key(enumeration, key)?))
    }

    /// A Java or JavaScript action, if there is one of the name.
    pub fn try_action(self, name: &QualifiedName) -> Option<&'a Action> {
        self.names.actions.get(&self.full(name))
    }

    /// A microflow or nanoflow, if there is one of the name.
    pub fn try_microflow(self, name: &QualifiedName) -> Option<MicroflowId> {
        self.names.microflows.get(&self.full(name)).copied()
    }

    /// Whether there is a document, such as a page, of that kind and name.
    pub fn has_document(self, kind: &DocumentKind, name: &QualifiedName) -> bool {
        self.names.documents.get(kind).is_some_and(|register| register.get(&self.full(name)).is_some())
    }

    fn find<Id>(
        self,
        register: &'a Register<Id>,
        code: &'static str,
        what: &str,
        name: &QualifiedName,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a Id> {
        let full = self.full(name);
        let found = register.get(&full);
        if found.is_none() && !register.is_broken(&full) {
            let error = diagnostics.error(code, name.span, format!("there is no {what} '{full}'"));
            if let Some(kind) = self.names.kind_of(&full) {
                error.help(format!("'{full}' is {kind}"));
            } else if let Some(help) = did_you_mean(&full, register.names()) {
                error.help(help);
            }
        }
        found
    }
}

impl Names {
    /// What a name is, for messages.
    pub(super) fn kind_of(&self, name: &str) -> Option<&'static str> {
        if self.entities.get(name).is_some() {
            Some("an entity")
        } else if self.enumerations.get(name).is_some() {
            Some("an enumeration")
        } else if self.associations.get(name).is_some() {
            Some("an association")
        } else if self.microflows.get(name).is_some() {
            Some("a microflow")
        } else if self.constants.get(name).is_some() {
            Some("a constant")
        } else if let Some(action) = self.actions.get(name) {
            Some(if action.javascript { "a JavaScript action" } else { "a Java action" })
        } else {
            None
        }
    }
}
