//! `grant` and `revoke`.

use brooklet_model::MemberAccess;

use super::super::ast::QualifiedName;
use super::super::document::{AccessRights, Constraint, ScriptStatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `grant …`, `revoke …`, on a document or an entity.
    pub(super) fn access_statement(&mut self) -> Parsed<ScriptStatementKind> {
        let grant = self.at_word("grant");
        let verb = self.bump();
        if self.is_word(1, "on") && matches!(self.lower(0).as_str(), "execute" | "view" | "access") {
            self.bump();
            self.bump();
            let kind = self.document_kind()?;
            let document = self.qualified_name()?;
            self.expect_word(if grant { "to" } else { "from" })?;
            let roles = self.roles()?;
            return Ok(ScriptStatementKind::DocumentAccess { grant, kind, document, roles });
        }
        if self.at_rights() {
            return self.rights_first(grant);
        }
        let roles = self.roles()?;
        self.expect_word("on")?;
        self.eat_word("entity");
        let entity = self.qualified_name()?;
        let rights = if self.eat(TokenKind::LeftParenthesis) {
            let rights = self.rights()?;
            self.expect(TokenKind::RightParenthesis)?;
            rights
        } else if grant {
            return self.expected("`(` and rights");
        } else {
            AccessRights { everything: true, ..AccessRights::default() }
        };
        if grant {
            self.old_spelling(codes::OLD_GRANT, verb, "`grant read * on entity M.E to M.Role`");
        } else {
            self.old_spelling(codes::OLD_REVOKE, verb, "`revoke read * on entity M.E from M.Role`");
        }
        let constraint = self.access_constraint()?;
        Ok(ScriptStatementKind::EntityAccess { grant, roles, entity, rights, constraint })
    }

    /// `create, read * on entity M.E to M.R where [x]`
    fn rights_first(&mut self, grant: bool) -> Parsed<ScriptStatementKind> {
        let rights = self.rights()?;
        self.expect_word("on")?;
        self.expect_word("entity")?;
        let entity = self.qualified_name()?;
        self.expect_word(if grant { "to" } else { "from" })?;
        let roles = self.roles()?;
        let constraint = self.access_constraint()?;
        Ok(ScriptStatementKind::EntityAccess { grant, roles, entity, rights, constraint })
    }

    fn roles(&mut self) -> Parsed<Vec<QualifiedName>> {
        let mut roles = vec![self.qualified_name()?];
        while self.eat(TokenKind::Comma) {
            roles.push(self.qualified_name()?);
        }
        Ok(roles)
    }

    /// Whether rights come next, and not a role of a module that is called like one.
    fn at_rights(&self) -> bool {
        matches!(self.lower(0).as_str(), "create" | "delete" | "read" | "write" | "all")
            && self.peek_at(1).kind != TokenKind::Dot
    }

    fn rights(&mut self) -> Parsed<AccessRights> {
        let mut rights = AccessRights::default();
        loop {
            if self.eat_word("create") {
                rights.create = true;
            } else if self.eat_word("delete") {
                rights.delete = true;
            } else if self.eat_word("read") {
                rights.read = self.members()?;
            } else if self.eat_word("write") {
                rights.write = self.members()?;
            } else if self.eat_word("all") {
                rights.everything = true;
            } else {
                return self.expected("`create`, `delete`, `read` or `write`");
            }
            if !self.eat(TokenKind::Comma) {
                return Ok(rights);
            }
        }
    }

    /// `*`, `(A, B)`
    fn members(&mut self) -> Parsed<MemberAccess> {
        if self.eat(TokenKind::Star) {
            return Ok(MemberAccess::All);
        }
        if !self.at(TokenKind::LeftParenthesis) {
            return self.expected("`*` or members in parentheses");
        }
        let names = self.parenthesized_names()?;
        Ok(MemberAccess::Some(names.iter().map(QualifiedName::text).collect()))
    }

    /// `where '[…]'`, `where […]`
    fn access_constraint(&mut self) -> Parsed<Option<Constraint>> {
        if !self.eat_word("where") {
            return Ok(None);
        }
        let (xpath, text) = self.constraint()?;
        Ok(Some(Constraint { xpath, text, version: self.version }))
    }
}
