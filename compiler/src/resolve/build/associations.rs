//! Associations, with those to `System.User` that the runtime keeps.

use brooklet_model::{
    Association, AssociationId, AssociationKind, AssociationOwner, DeleteBehavior, EntityId, SystemAssociation,
};

use super::{Builder, module_of};
use crate::codes;
use crate::resolve::draft::{AssociationDraft, EntityDraft};
use crate::resolve::table::Entry;
use crate::syntax::ast::{DataTypeKind, SystemMember};

/// The entity that owners are.
const USER: &str = "System.User";

impl Builder<'_, '_> {
    pub(super) fn associations(&mut self, entries: Vec<Entry<AssociationDraft>>) {
        for Entry { name, span, value } in entries {
            let scope = self.names.scope(module_of(&name));
            let ends = (scope.entity(&value.from, self.diagnostics), scope.entity(&value.to, self.diagnostics));
            let (Some(from), Some(to)) = ends else {
                self.names.associations.break_name(name);
                continue;
            };
            if self.manifest.entity(from).persistable && !self.manifest.entity(to).persistable {
                let message =
                    format!("'{name}' refers from a persistent entity to one that is not; it is never stored");
                self.diagnostics.warning(codes::ASSOCIATION_ENDS, span, message).help("exchange `from` and `to`");
            }
            let options = value.options;
            self.associate(Association {
                name,
                from,
                to,
                kind: match options.reference_set {
                    Some(true) => AssociationKind::ReferenceSet,
                    _ => AssociationKind::Reference,
                },
                owner: match options.owner_both {
                    Some(true) => AssociationOwner::Both,
                    _ => AssociationOwner::Default,
                },
                on_delete: options.on_delete.unwrap_or(DeleteBehavior::KeepReferences),
                delete_message: options.delete_message,
                system: None,
                documentation: value.documentation,
            });
        }
    }

    /// `System.owner` and `System.changedBy` of every entity that has them and does not inherit them.
    pub(super) fn system_associations(&mut self, entries: &[Entry<EntityDraft>]) {
        let Some(user) = self.names.entities.get(USER).copied() else { return };
        for id in self.general_first() {
            for declaration in &entries[id.index()].value.attributes {
                let system = match declaration.data_type.kind {
                    DataTypeKind::SystemMember(SystemMember::Owner) => SystemAssociation::Owner,
                    DataTypeKind::SystemMember(SystemMember::ChangedBy) => SystemAssociation::ChangedBy,
                    _ => continue,
                };
                self.system_association(id, user, system, &declaration.name.text);
            }
        }
    }

    fn system_association(&mut self, id: EntityId, user: EntityId, system: SystemAssociation, alias: &str) {
        let (name, key) = match system {
            SystemAssociation::Owner => ("System.owner", "owner"),
            SystemAssociation::ChangedBy => ("System.changedBy", "changedby"),
        };
        let inherited = self.names.owner(id, key);
        let association = inherited.unwrap_or_else(|| {
            self.associate(Association {
                name: name.to_owned(),
                from: id,
                to: user,
                kind: AssociationKind::Reference,
                owner: AssociationOwner::Default,
                on_delete: DeleteBehavior::KeepReferences,
                delete_message: None,
                system: Some(system),
                documentation: String::new(),
            })
        });
        let owners = &mut self.names.shapes[id.index()].owners;
        owners.insert(key.to_owned(), association);
        owners.insert(alias.to_ascii_lowercase(), association);
    }

    fn associate(&mut self, association: Association) -> AssociationId {
        let id = AssociationId(self.manifest.associations.len() as u32);
        self.names.ends.push((association.from, association.to));
        self.names.associations.entry(association.name.clone()).or_default().push(id);
        self.manifest.associations.push(association);
        id
    }
}
