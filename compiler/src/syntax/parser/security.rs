//! Roles, demo users and the security of the whole application.

use super::super::ast::{Name, QualifiedName};
use super::super::document::{CreateMode, ScriptStatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

/// The properties of a user role.
const USER_ROLE: &[&str] = &["ModuleRoles", "ManageAllRoles", "Description", "CheckSecurity"];
/// The properties of a demo user.
const DEMO_USER: &[&str] = &["Password", "Entity", "UserRoles"];
/// The properties of the application's security.
const APP_SECURITY: &[&str] = &["SecurityLevel", "EnableDemoUsers", "EnableGuestAccess", "GuestUserRole", "StrictMode"];

impl Parser<'_> {
    /// `module role M.R description '…'`
    pub(super) fn create_module_role(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        self.common_options()?;
        let description = self.comment.take().unwrap_or_default();
        Ok(ScriptStatementKind::CreateModuleRole { mode, name, description })
    }

    /// `user role R (M.R, …) manage all roles`, `user role R ( ModuleRoles: (…), ManageAllRoles: true )`
    pub(super) fn create_user_role(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.name_or_text()?;
        let mut module_roles = Vec::new();
        let mut manage_all_roles = false;
        if self.peek_at(2).kind == TokenKind::Colon {
            self.expect(TokenKind::LeftParenthesis)?;
            self.list_until(TokenKind::RightParenthesis, |parser| {
                let key = parser.property_key()?;
                match key.text.to_ascii_lowercase().as_str() {
                    "moduleroles" => module_roles = parser.parenthesized_names()?,
                    "manageallroles" => manage_all_roles = parser.boolean()?,
                    "description" | "checksecurity" => parser.property_value().map(drop)?,
                    _ => return parser.unknown_option(&key, "user role", USER_ROLE),
                }
                Ok(())
            })?;
        } else {
            module_roles = self.parenthesized_names()?;
        }
        manage_all_roles |= self.eat_words(&["manage", "all", "roles"]);
        self.common_options()?;
        Ok(ScriptStatementKind::CreateUserRole { mode, name, module_roles, manage_all_roles })
    }

    /// `alter user role R add module roles (…)`, `… drop module roles (…)`
    pub(super) fn alter_user_role(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        self.bump();
        let name = self.name_or_text()?;
        let token = self.peek();
        let add = self.eat_word("add");
        if !add {
            if self.eat_word("remove") {
                self.old_spelling(codes::OLD_REMOVE_ROLES, token, "`drop`");
            } else if !self.eat_word("drop") {
                return self.expected("`add` or `drop`");
            }
        }
        self.expect_word("module")?;
        self.expect_word("roles")?;
        let module_roles = self.parenthesized_names()?;
        Ok(ScriptStatementKind::AlterUserRole { name, add, module_roles })
    }

    /// `demo user 'n' password 'p' entity M.E (R)`, `demo user 'n' ( Password: 'p', Entity: M.E, UserRoles: (R) )`
    pub(super) fn create_demo_user(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.name_or_text()?.text;
        let mut password = String::new();
        let mut entity: Option<QualifiedName> = None;
        let mut roles = Vec::new();
        let token = self.peek();
        if self.eat(TokenKind::LeftParenthesis) {
            self.list_until(TokenKind::RightParenthesis, |parser| {
                let key = parser.property_key()?;
                match key.text.to_ascii_lowercase().as_str() {
                    "password" => password = parser.expect_text()?,
                    "entity" => entity = Some(parser.qualified_name()?),
                    "userroles" => roles = parser.role_names()?,
                    _ => return parser.unknown_option(&key, "demo user", DEMO_USER),
                }
                Ok(())
            })?;
        } else {
            self.expect_word("password")?;
            self.old_spelling(codes::OLD_DEMO_USER_CLAUSES, token, "`( Password: …, UserRoles: (…) )`");
            password = self.expect_text()?;
            if self.eat_word("entity") {
                entity = Some(self.qualified_name()?);
            }
            roles = self.role_names()?;
        }
        Ok(ScriptStatementKind::CreateDemoUser { mode, name, password, entity, roles })
    }

    fn role_names(&mut self) -> Parsed<Vec<Name>> {
        self.expect(TokenKind::LeftParenthesis)?;
        self.list_until(TokenKind::RightParenthesis, Self::name_or_text)
    }

    /// `alter app security ( SecurityLevel: Production )`, `alter project security level production`
    pub(super) fn alter_security(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        let token = self.bump();
        if self.text(token).eq_ignore_ascii_case("project") {
            self.old_spelling(codes::OLD_PROJECT_SECURITY, token, "`app security`");
        }
        self.expect_word("security")?;
        let (mut level, mut demo_users, mut guest_access, mut guest_role) = (None, None, None, None);
        let clause = self.peek();
        if self.eat(TokenKind::LeftParenthesis) {
            self.list_until(TokenKind::RightParenthesis, |parser| {
                let key = parser.property_key()?;
                match key.text.to_ascii_lowercase().as_str() {
                    "securitylevel" => level = Some(parser.security_level()?),
                    "enabledemousers" => demo_users = Some(parser.boolean()?),
                    "enableguestaccess" => guest_access = Some(parser.boolean()?),
                    "guestuserrole" => guest_role = Some(parser.name_or_text()?),
                    "strictmode" => parser.boolean().map(drop)?,
                    _ => return parser.unknown_option(&key, "application", APP_SECURITY),
                }
                Ok(())
            })?;
        } else {
            if self.eat_word("level") {
                level = Some(self.security_level()?);
            } else if self.eat_words(&["demo", "users"]) {
                demo_users = Some(self.boolean()?);
            } else if self.eat_words(&["guest", "access"]) {
                guest_access = Some(self.boolean()?);
                if self.eat_word("role") {
                    guest_role = Some(self.name_or_text()?);
                }
            } else if self.eat_words(&["strict", "mode"]) {
                self.boolean()?;
            } else {
                return self.expected("`level`, `demo users`, `guest access` or `strict mode`");
            }
            self.old_spelling(codes::OLD_SECURITY_CLAUSE, clause, "`( SecurityLevel: …, EnableDemoUsers: … )`");
        }
        Ok(ScriptStatementKind::AlterSecurity { level, demo_users, guest_access, guest_role })
    }

    /// `off`, `prototype`, `production`, in lower case.
    fn security_level(&mut self) -> Parsed<Name> {
        let mut level = self.name_or_text()?;
        level.text.make_ascii_lowercase();
        if matches!(level.text.as_str(), "off" | "prototype" | "production") {
            return Ok(level);
        }
        self.diagnostics
            .error(codes::UNKNOWN_OPTION, level.span, format!("there is no security level `{}`", level.text))
            .help("the levels are off, prototype and production");
        Err(super::Failed)
    }
}
