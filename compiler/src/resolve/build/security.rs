//! Roles, users, and who may call which microflow.

use brooklet_model::{DemoUser, ModuleRole, UserRole};

use super::Builder;
use crate::codes;
use crate::resolve::draft::{DemoUserDraft, MicroflowAccess, SecurityDraft, UserRoleDraft};
use crate::resolve::names::Register;
use crate::resolve::table::{Entry, Table};
use crate::suggest::did_you_mean;
use crate::syntax::ast::{Name, QualifiedName};

/// Names of roles, by which everything else refers to them.
pub(super) struct Roles {
    module: Register<String>,
    user: Register<String>,
}

impl Builder<'_, '_> {
    pub(super) fn security(&mut self, draft: SecurityDraft) {
        let roles = Roles { module: register(&draft.module_roles), user: register(&draft.user_roles) };
        let (module_roles, _) = draft.module_roles.into_parts();
        let module_roles =
            module_roles.into_iter().map(|entry| ModuleRole { name: entry.name, description: entry.value });
        let (user_roles, _) = draft.user_roles.into_parts();
        let (demo_users, _) = draft.demo_users.into_parts();
        let security = &mut self.manifest.security;
        security.level = draft.level;
        security.module_roles = module_roles.collect();
        security.demo_users_enabled = draft.demo_users_enabled;
        self.manifest.security.user_roles = user_roles.into_iter().map(|entry| self.user_role(&roles, entry)).collect();
        self.manifest.security.demo_users =
            demo_users.into_iter().filter_map(|entry| self.demo_user(&roles, entry)).collect();
        if draft.guest_access {
            self.manifest.security.guest_role = draft.guest_role.and_then(|role| self.role_of_users(&roles, &role));
        }
        self.microflow_access(&roles, draft.microflow_access);
        self.entity_access(&roles, draft.entity_access);
    }

    fn user_role(&mut self, roles: &Roles, entry: Entry<UserRoleDraft>) -> UserRole {
        let mut module_roles = self.module_roles(roles, &entry.value.module_roles);
        let mut seen = std::collections::HashSet::new();
        module_roles.retain(|role| seen.insert(role.clone()));
        UserRole { name: entry.name, module_roles, manage_all_roles: entry.value.manage_all_roles }
    }

    /// A demo user. Without a password nobody can log in: so are the stock users of the prelude, which are there only
    /// to be dropped or replaced.
    fn demo_user(&mut self, roles: &Roles, entry: Entry<DemoUserDraft>) -> Option<DemoUser> {
        let DemoUserDraft { password, entity, roles: written } = entry.value;
        if password.is_empty() {
            return None;
        }
        let entity = entity.and_then(|name| self.names.scope("").entity(&name, self.diagnostics));
        let roles = written.iter().filter_map(|role| self.role_of_users(roles, role)).collect();
        let entity = entity.map(|id| self.manifest.entity(id).name.clone());
        Some(DemoUser { name: entry.name, password, entity, roles })
    }

    fn role_of_users(&mut self, roles: &Roles, role: &Name) -> Option<String> {
        let found = roles.user.get(&role.text).cloned();
        if found.is_none() {
            let message = format!("there is no user role '{}'", role.text);
            let error = self.diagnostics.error(codes::UNKNOWN_ROLE, role.span, message);
            if let Some(help) = did_you_mean(&role.text, roles.user.names()) {
                error.help(help);
            }
        }
        found
    }

    /// The present names of module roles, without those that are not there.
    pub(super) fn module_roles(&mut self, roles: &Roles, written: &[QualifiedName]) -> Vec<String> {
        let mut found = Vec::with_capacity(written.len());
        for role in written {
            let text = role.text();
            match roles.module.get(&text) {
                Some(name) => found.push(name.clone()),
                None => {
                    let message = format!("there is no module role '{text}'");
                    let error = self.diagnostics.error(codes::UNKNOWN_ROLE, role.span, message);
                    match did_you_mean(&text, roles.module.names()) {
                        Some(help) => error.help(help),
                        None => error.help(format!("write `create module role {text};` first")),
                    }
                }
            }
        }
        found
    }

    fn microflow_access(&mut self, roles: &Roles, statements: Vec<MicroflowAccess>) {
        for MicroflowAccess { grant, microflow, roles: written } in statements {
            let Some(id) = self.names.scope("").microflow(&microflow, self.diagnostics) else { continue };
            let written = self.module_roles(roles, &written);
            let allowed = &mut self.manifest.microflows[id.index()].allowed_roles;
            allowed.retain(|role| !written.contains(role));
            if grant {
                allowed.extend(written);
            }
        }
    }
}

/// The present names by all names.
fn register<T>(table: &Table<T>) -> Register<String> {
    let mut register = Register::new(table.history());
    table.names().for_each(|name| register.insert(name.to_owned(), name.to_owned()));
    register
}
