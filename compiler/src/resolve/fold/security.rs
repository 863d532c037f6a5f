//! Roles, users and rights.

use brooklet_model::SecurityLevel;

use super::Folder;
use crate::codes;
use crate::resolve::draft::{DemoUserDraft, EntityAccess, MicroflowAccess, UserRoleDraft};
use crate::source::Span;
use crate::syntax::ast::{Name, QualifiedName};
use crate::syntax::document::{DocumentKind, ScriptStatementKind};

impl Folder<'_, '_> {
    pub(super) fn security(&mut self, statement: ScriptStatementKind, span: Span) {
        use ScriptStatementKind as Kind;
        let security = &mut self.draft.security;
        match statement {
            Kind::CreateModuleRole { mode, name, description } => {
                let Some(full) = self.report.qualified(&name) else { return };
                self.report.define(&mut security.module_roles, "module role", (mode, full, span), description);
            }
            Kind::CreateUserRole { mode, name, module_roles, manage_all_roles } => {
                let value = UserRoleDraft { module_roles, manage_all_roles };
                self.report.define(&mut security.user_roles, "user role", (mode, name.text, span), value);
            }
            Kind::AlterUserRole { name, add, module_roles } => self.alter_user_role(&name, add, module_roles),
            Kind::AlterSecurity { level, demo_users, guest_access, guest_role } => {
                if let Some(level) = level {
                    self.set_level(&level);
                }
                let security = &mut self.draft.security;
                security.demo_users_enabled = demo_users.unwrap_or(security.demo_users_enabled);
                security.guest_access = guest_access.unwrap_or(security.guest_access);
                if guest_role.is_some() {
                    security.guest_role = guest_role;
                }
            }
            Kind::CreateDemoUser { mode, name, password, entity, roles } => {
                let value = DemoUserDraft { password, entity, roles };
                self.report.define(&mut security.demo_users, "demo user", (mode, name, span), value);
            }
            Kind::EntityAccess { grant, roles, entity, rights, constraint } => {
                security.entity_access.push(EntityAccess { grant, roles, entity, rights, constraint });
            }
            Kind::DocumentAccess { grant, kind, document, roles } => {
                // Rights on pages and services: there is nothing yet that could use them.
                if matches!(kind, DocumentKind::Microflow | DocumentKind::Nanoflow) {
                    security.microflow_access.push(MicroflowAccess { grant, microflow: document, roles });
                }
            }
            _ => debug_assert!(false, "all other statements are applied elsewhere"),
        }
    }

    fn alter_user_role(&mut self, name: &Name, add: bool, module_roles: Vec<QualifiedName>) {
        let user_roles = &mut self.draft.security.user_roles;
        let Some(entry) = user_roles.get_mut(&name.text) else {
            return self.report.unknown("user role", &name.text, name.span, user_roles.names());
        };
        let present = &mut entry.value.module_roles;
        present.retain(|role| module_roles.iter().all(|other| other.parts != role.parts));
        if add {
            present.extend(module_roles);
        }
    }

    fn set_level(&mut self, level: &Name) {
        self.draft.security.level = match level.text.to_ascii_lowercase().as_str() {
            "off" | "checknothing" => SecurityLevel::Off,
            "prototype" | "checkformsandmicroflows" => SecurityLevel::Prototype,
            "production" | "checkeverything" => SecurityLevel::Production,
            _ => {
                let message = format!("'{}' is not a security level", level.text);
                self.report
                    .diagnostics
                    .error(codes::UNKNOWN_OPTION, level.span, message)
                    .help("write `off`, `prototype` or `production`");
                return;
            }
        };
    }
}
