//! `create …`: which document it is.

use super::super::document::{CreateMode, EntityChange, EntityKind, IndexDeclaration, ScriptStatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `create [or modify|or replace|if not exists] …`
    pub(super) fn create_statement(&mut self) -> Parsed<ScriptStatementKind> {
        let start = self.peek();
        self.expect_word("create")?;
        let mode = self.create_mode()?;
        match (self.lower(0).as_str(), self.lower(1).as_str()) {
            ("module", "role") if self.is_name(2) => self.create_module_role(mode),
            ("module", _) => self.create_module(mode),
            ("enumeration", _) => self.create_enumeration(mode),
            ("constant", _) => self.create_constant(mode),
            ("entity", _) => self.create_entity(mode, EntityKind::Persistent, 1),
            ("persistent", "entity") => self.create_entity(mode, EntityKind::Persistent, 2),
            ("nonpersistent" | "non_persistent", "entity") => self.create_entity(mode, EntityKind::NonPersistent, 2),
            ("non", _) if self.is_word(2, "persistent") => self.create_entity(mode, EntityKind::NonPersistent, 4),
            ("view", "entity") => self.create_entity(mode, EntityKind::View, 2),
            ("external", "entity") => self.create_entity(mode, EntityKind::External, 2),
            ("association", _) => self.create_association(mode),
            ("validation", "rule") => self.create_validation_rule(mode),
            ("microflow" | "nanoflow" | "rule", _) => self.create_microflow(mode),
            ("java" | "javascript", "action") => self.create_action(mode),
            ("regular", "expression") => self.create_regular_expression(mode),
            ("user", "role") => self.create_user_role(mode),
            ("demo", "user") => self.create_demo_user(mode),
            ("configuration", _) => self.create_configuration(),
            ("index", _) => self.create_index(),
            _ => self.create_other(mode, start),
        }
    }

    fn create_mode(&mut self) -> Parsed<CreateMode> {
        if self.eat_word("or") {
            let token = self.peek();
            if self.eat_word("replace") {
                self.old_spelling(codes::OLD_CREATE_OR_REPLACE, token, "`or modify`");
            } else if !self.eat_word("modify") {
                return self.expected("`modify`");
            }
            return Ok(CreateMode::OrModify);
        }
        Ok(self.if_not_exists(CreateMode::New))
    }

    /// `if not exists`, which may stand before or behind the kind of document.
    pub(super) fn if_not_exists(&mut self, mode: CreateMode) -> CreateMode {
        if self.eat_words(&["if", "not", "exists"]) { CreateMode::IfMissing } else { mode }
    }

    fn create_module(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.if_not_exists(mode);
        let name = self.name()?;
        self.common_options()?;
        Ok(ScriptStatementKind::CreateModule(name))
    }

    /// `create index i on M.E (A)`
    fn create_index(&mut self) -> Parsed<ScriptStatementKind> {
        self.expect_word("index")?;
        let index = self.name()?;
        self.expect_word("on")?;
        let name = self.qualified_name()?;
        let columns = self.index_columns()?;
        let index = IndexDeclaration { name: Some(index), columns };
        Ok(ScriptStatementKind::AlterEntity { name, changes: vec![EntityChange::AddIndex(index)] })
    }

    /// `folder '…'`, `comment '…'` and `documentation '…'`, any number of them.
    pub(super) fn common_options(&mut self) -> Parsed<()> {
        while self.common_option()? {}
        Ok(())
    }

    /// One of [`Self::common_options`]; false when none is next.
    pub(super) fn common_option(&mut self) -> Parsed<bool> {
        let token = self.peek();
        if !matches!(self.peek_at(1).kind, TokenKind::Text | TokenKind::DollarText) {
            return Ok(false);
        }
        match self.lower(0).as_str() {
            "folder" => {
                self.bump();
                self.expect_text()?;
            }
            "comment" | "documentation" | "description" => {
                let is_comment = self.at_word("comment");
                self.bump();
                self.comment = Some(self.expect_text()?);
                if is_comment {
                    self.old_spelling(codes::OLD_COMMENT, token, "`/** … */` in front of the statement");
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
