//! The model while statements change it: definitions by name, as written.

use std::collections::{BTreeMap, HashMap};

use brooklet_model::SecurityLevel;

use super::history::History;
use super::table::Table;
use crate::source::Span;
use crate::syntax::ast::{DataType, Expression, Name, QualifiedName};
use crate::syntax::document::{
    AccessRights, AssociationOptions, AttributeDeclaration, Constraint, DocumentKind, EntityKind,
    EnumerationValueDeclaration, HandlerDeclaration, IndexDeclaration, MicroflowDeclaration, ParameterDeclaration,
    RuleCheck,
};

/// A model whose names have not been looked up.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) modules: Table<()>,
    pub(super) enumerations: Table<EnumerationDraft>,
    pub(super) constants: Table<ConstantDraft>,
    pub(super) entities: Table<EntityDraft>,
    pub(super) associations: Table<AssociationDraft>,
    pub(super) rules: Table<RuleDraft>,
    pub(super) regular_expressions: Table<String>,
    pub(super) microflows: Table<MicroflowDraft>,
    pub(super) actions: Table<ActionDraft>,
    pub(super) documents: HashMap<DocumentKind, Table<()>>,
    pub(super) security: SecurityDraft,
    pub(super) settings: BTreeMap<String, BTreeMap<String, Setting>>,
    pub(super) skipped_statements: usize,
}

#[derive(Debug)]
pub(super) struct EnumerationDraft {
    pub(super) values: Vec<EnumerationValueDeclaration>,
    /// What its keys were called before.
    pub(super) keys: History,
    pub(super) documentation: String,
}

#[derive(Debug)]
pub(super) struct ConstantDraft {
    pub(super) data_type: DataType,
    pub(super) value: Option<Expression>,
    pub(super) exposed: bool,
}

#[derive(Debug)]
pub(super) struct EntityDraft {
    pub(super) kind: EntityKind,
    pub(super) generalization: Option<QualifiedName>,
    pub(super) attributes: Vec<AttributeDeclaration>,
    /// What its attributes were called before.
    pub(super) names: History,
    pub(super) indexes: Vec<IndexDeclaration>,
    pub(super) handlers: Vec<HandlerDeclaration>,
    pub(super) documentation: String,
}

#[derive(Debug)]
pub(super) struct AssociationDraft {
    pub(super) from: QualifiedName,
    pub(super) to: QualifiedName,
    pub(super) options: AssociationOptions,
    pub(super) documentation: String,
}

/// A validation rule that is a document of its own.
#[derive(Debug)]
pub(super) struct RuleDraft {
    pub(super) entity: QualifiedName,
    pub(super) check: RuleCheck,
    pub(super) message: Option<String>,
    /// The language version of its script.
    pub(super) version: u32,
}

#[derive(Debug)]
pub(super) struct MicroflowDraft {
    pub(super) declaration: Box<MicroflowDeclaration>,
    pub(super) applies_entity_access: bool,
    pub(super) documentation: String,
    /// The language version of its script.
    pub(super) version: u32,
}

#[derive(Debug)]
pub(super) struct ActionDraft {
    pub(super) javascript: bool,
    pub(super) parameters: Vec<ParameterDeclaration>,
    pub(super) returns: Option<DataType>,
}

/// Roles, users and rights.
#[derive(Debug, Default)]
pub(super) struct SecurityDraft {
    pub(super) level: SecurityLevel,
    pub(super) demo_users_enabled: bool,
    pub(super) guest_access: bool,
    pub(super) guest_role: Option<Name>,
    /// Their descriptions.
    pub(super) module_roles: Table<String>,
    pub(super) user_roles: Table<UserRoleDraft>,
    pub(super) demo_users: Table<DemoUserDraft>,
    /// What was granted and revoked, in order.
    pub(super) entity_access: Vec<EntityAccess>,
    /// What was granted and revoked on microflows, in order.
    pub(super) microflow_access: Vec<MicroflowAccess>,
}

#[derive(Debug)]
pub(super) struct UserRoleDraft {
    pub(super) module_roles: Vec<QualifiedName>,
    pub(super) manage_all_roles: bool,
}

#[derive(Debug)]
pub(super) struct DemoUserDraft {
    pub(super) password: String,
    pub(super) entity: Option<QualifiedName>,
    pub(super) roles: Vec<Name>,
}

#[derive(Debug)]
pub(super) struct EntityAccess {
    pub(super) grant: bool,
    pub(super) roles: Vec<QualifiedName>,
    pub(super) entity: QualifiedName,
    pub(super) rights: AccessRights,
    pub(super) constraint: Option<Constraint>,
}

#[derive(Debug)]
pub(super) struct MicroflowAccess {
    pub(super) grant: bool,
    pub(super) microflow: QualifiedName,
    pub(super) roles: Vec<QualifiedName>,
}

impl SecurityDraft {
    /// Takes module roles that were dropped out of what refers to them. What refers to a role that never was is left to
    /// be reported.
    pub(super) fn forget_dropped_roles(&mut self) {
        let (roles, user_roles) = (&self.module_roles, &mut self.user_roles);
        let stays = |role: &QualifiedName| !roles.was_removed(&role.text());
        for user_role in user_roles.iter_mut() {
            user_role.module_roles.retain(stays);
        }
        for access in &mut self.entity_access {
            access.roles.retain(stays);
        }
        for access in &mut self.microflow_access {
            access.roles.retain(stays);
        }
    }
}

/// A setting's value, and where it was set.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) value: String,
    pub(super) span: Span,
}
