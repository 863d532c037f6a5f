//! Attributes, with those that the runtime keeps.

use brooklet_model::{Attribute, AttributeRef, AttributeType, DefaultValue, Entity, EntityId, SystemAttribute};

use super::{Builder, module_of, values};
use crate::codes;
use crate::resolve::draft::EntityDraft;
use crate::resolve::table::Entry;
use crate::syntax::ast::{DataTypeKind, Name, SystemMember};
use crate::syntax::document::AttributeDeclaration;

/// The length of a `String` that gives none.
const STRING_LENGTH: u32 = 200;

impl Builder<'_, '_> {
    /// Declares the attributes of all entities, inherited ones first, so that clashes are found where they are made.
    pub(super) fn attributes(&mut self, entries: &[Entry<EntityDraft>]) {
        for id in self.general_first() {
            let entry = &entries[id.index()];
            for declaration in &entry.value.attributes {
                match declaration.data_type.kind {
                    DataTypeKind::SystemMember(SystemMember::CreatedDate) => {
                        self.system_attribute(id, &declaration.name, SystemAttribute::CreatedDate);
                    }
                    DataTypeKind::SystemMember(SystemMember::ChangedDate) => {
                        self.system_attribute(id, &declaration.name, SystemAttribute::ChangedDate);
                    }
                    // These are associations.
                    DataTypeKind::SystemMember(_) => {}
                    _ => self.attribute(id, entry, declaration),
                }
            }
            self.former_names(id, &entry.value);
        }
    }

    fn attribute(&mut self, id: EntityId, entry: &Entry<EntityDraft>, declaration: &AttributeDeclaration) {
        let name = &declaration.name;
        if let Some(other) = self.names.attribute(id, &name.text) {
            return self.clash(id, name, other);
        }
        let scope = self.names.scope(module_of(&entry.name));
        let kind = values::value_type(scope, &declaration.data_type, Some(STRING_LENGTH), self.diagnostics);
        let Some(kind) = kind else {
            self.names.shapes[id.index()].broken.insert(name.text.to_ascii_lowercase());
            return;
        };
        let written = declaration
            .default
            .as_ref()
            .and_then(|default| values::value(scope, &self.manifest, &kind, default, self.diagnostics));
        let calculated = match &declaration.calculated {
            None => None,
            Some(Some(microflow)) => scope.microflow(microflow, self.diagnostics),
            Some(None) => {
                let message = format!("nothing calculates '{}'; it is always empty", name.text);
                self.diagnostics
                    .warning(codes::NOTHING_CALCULATES, name.span, message)
                    .help("write `calculated by Module.Microflow`");
                None
            }
        };
        let default = match (written, &kind) {
            (Some(DefaultValue::Empty) | None, AttributeType::Boolean) => Some(DefaultValue::Boolean(false)),
            (Some(DefaultValue::Empty) | None, AttributeType::AutoNumber) => Some(DefaultValue::Integer(1)),
            (Some(DefaultValue::Empty), _) => None,
            (written, _) => written,
        };
        self.declare(
            id,
            Attribute {
                name: name.text.clone(),
                kind,
                default,
                calculated,
                system: None,
                documentation: declaration.documentation.clone(),
            },
        );
    }

    fn clash(&mut self, id: EntityId, name: &Name, other: AttributeRef) {
        let owner = &self.manifest.entity(other.entity).name;
        let message = if other.entity == id {
            format!("'{owner}' has two attributes '{}'", name.text)
        } else {
            format!("'{}' inherits an attribute '{}' from '{owner}'", self.manifest.entity(id).name, name.text)
        };
        self.diagnostics
            .error(codes::ATTRIBUTE_CLASH, name.span, message)
            .help("rename one of them; case does not tell them apart");
    }

    /// Turns on a system attribute, unless it is inherited. The script's own name for it goes on to work.
    fn system_attribute(&mut self, id: EntityId, name: &Name, system: SystemAttribute) {
        let stored = match system {
            SystemAttribute::CreatedDate => "createdDate",
            SystemAttribute::ChangedDate => "changedDate",
        };
        let inherited = self.names.attribute(id, stored);
        let at = inherited.filter(|at| self.manifest.attribute(*at).system == Some(system)).unwrap_or_else(|| {
            self.declare(
                id,
                Attribute {
                    name: stored.to_owned(),
                    kind: AttributeType::DateTime { localize: true },
                    default: None,
                    calculated: None,
                    system: Some(system),
                    documentation: String::new(),
                },
            )
        });
        self.names.shapes[id.index()].attributes.entry(name.text.to_ascii_lowercase()).or_insert(at);
    }

    fn declare(&mut self, id: EntityId, attribute: Attribute) -> AttributeRef {
        let Entity { attributes, .. } = &mut self.manifest.entities[id.index()];
        let at = AttributeRef { entity: id, index: attributes.len() as u32 };
        let shape = &mut self.names.shapes[id.index()];
        shape.attributes.insert(attribute.name.to_ascii_lowercase(), at);
        shape.spellings.push(attribute.name.clone());
        attributes.push(attribute);
        at
    }

    /// Lets names that were given up by a rename go on to work, where nothing else has taken them.
    fn former_names(&mut self, id: EntityId, draft: &EntityDraft) {
        let shape = &mut self.names.shapes[id.index()];
        for declaration in &draft.attributes {
            let present = &declaration.name.text;
            let Some(&at) = shape.attributes.get(&present.to_ascii_lowercase()) else { continue };
            for former in draft.names.of(present) {
                shape.attributes.entry(former.to_ascii_lowercase()).or_insert(at);
            }
        }
    }
}
