//! `alter`, `rename`, `move`, `drop`.

use super::super::ast::Name;
use super::super::document::{
    AssociationOptions, AttributeDeclaration, DocumentKind, EntityChange, EnumerationChange, IndexDeclaration,
    ScriptStatementKind,
};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `alter …`; what changes pages, layout or services is skipped.
    pub(super) fn alter_statement(&mut self) -> Parsed<ScriptStatementKind> {
        match (self.lower(1).as_str(), self.lower(2).as_str()) {
            ("entity", _) => self.alter_entity(),
            ("association", _) => self.alter_association(),
            ("enumeration", _) => self.alter_enumeration(),
            ("settings", _) => self.alter_settings(),
            ("project" | "app", "security") => self.alter_security(),
            ("user", "role") => self.alter_user_role(),
            ("microflow" | "nanoflow", _) => Ok(self.skip_alter_flow()),
            _ => Ok(self.skip_utility()),
        }
    }

    /// `alter microflow M.F { … }` is addressed at what an editor shows.
    fn skip_alter_flow(&mut self) -> ScriptStatementKind {
        let start = self.peek().start;
        let what = format!("{} {}", self.lower(0).as_str(), self.lower(1).as_str());
        self.bump();
        self.skip_rest(true);
        let span = self.span_from(start);
        self.diagnostics
            .warning(codes::LEFT_OUT, span, format!("left aside: {what} does not change anything"))
            .help("write the whole flow with `create or modify`");
        ScriptStatementKind::Skipped { what }
    }

    fn alter_entity(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let name = self.qualified_name()?;
        let mut changes = Vec::new();
        loop {
            while self.eat(TokenKind::Comma) || self.eat(TokenKind::Documentation) {}
            self.annotations()?;
            match self.entity_change()? {
                Some(change) => changes.push(change),
                None if changes.is_empty() => return self.expected("`add`, `rename`, `modify`, `drop` or `set`"),
                None => return Ok(ScriptStatementKind::AlterEntity { name, changes }),
            }
        }
    }

    fn entity_change(&mut self) -> Parsed<Option<EntityChange>> {
        let (verb, object) = (self.lower(0), self.lower(1));
        let member = matches!(object.as_str(), "attribute" | "column");
        if member && matches!(verb.as_str(), "add" | "rename" | "modify" | "drop") {
            self.bump();
            let token = self.bump();
            if object.as_str() == "column" {
                self.old_spelling(codes::OLD_COLUMN, token, "`attribute`");
            }
            return self.attribute_change(verb.as_str()).map(Some);
        }
        Ok(Some(match (verb.as_str(), object.as_str()) {
            ("add", "index") => {
                self.bump();
                self.bump();
                EntityChange::AddIndex(self.index()?)
            }
            ("drop", "index") => {
                self.bump();
                self.bump();
                EntityChange::DropIndex(self.dropped_index()?)
            }
            ("add", "event") => {
                self.bump();
                self.bump();
                self.expect_word("handler")?;
                self.eat_words(&["if", "not", "exists"]);
                EntityChange::AddHandler(self.handler_declaration()?)
            }
            ("drop", "event") => {
                self.bump();
                self.bump();
                self.expect_word("handler")?;
                self.eat_words(&["if", "exists"]);
                let (before, operation) = self.moment()?;
                EntityChange::DropHandler { before, operation }
            }
            ("set", "generalization" | "extends") => {
                self.bump();
                self.bump();
                self.eat(TokenKind::Equal);
                let general =
                    if self.eat_word("none") || self.eat_word("empty") { None } else { Some(self.qualified_name()?) };
                EntityChange::SetGeneralization(general)
            }
            ("drop", "generalization") => {
                self.bump();
                self.bump();
                EntityChange::SetGeneralization(None)
            }
            ("set", _) => {
                self.bump();
                self.set_nothing()?;
                EntityChange::Nothing
            }
            _ => return Ok(None),
        }))
    }

    fn attribute_change(&mut self, verb: &str) -> Parsed<EntityChange> {
        Ok(match verb {
            "add" => {
                let if_missing = self.eat_words(&["if", "not", "exists"]);
                let name = self.name()?;
                self.expect(TokenKind::Colon)?;
                EntityChange::AddAttribute { attribute: self.attribute_behind_name(name, String::new())?, if_missing }
            }
            "rename" => {
                let name = self.name()?;
                self.expect_word("to")?;
                EntityChange::RenameAttribute(name, self.name()?)
            }
            "modify" => EntityChange::ModifyAttribute(self.modified_attribute()?),
            _ => {
                self.eat_words(&["if", "exists"]);
                EntityChange::DropAttribute(self.name()?)
            }
        })
    }

    fn modified_attribute(&mut self) -> Parsed<AttributeDeclaration> {
        let name = self.name()?;
        if !self.eat(TokenKind::Colon) {
            let token = self.peek();
            self.old_spelling(codes::OLD_MODIFY_ATTRIBUTE, token, "`:` between the attribute and its type");
        }
        self.attribute_behind_name(name, String::new())
    }

    fn dropped_index(&mut self) -> Parsed<IndexDeclaration> {
        self.eat_words(&["if", "exists"]);
        if self.at(TokenKind::LeftParenthesis) {
            return Ok(IndexDeclaration { name: None, columns: self.index_columns()? });
        }
        Ok(IndexDeclaration { name: Some(self.name()?), columns: Vec::new() })
    }

    /// What `set` changes without any meaning for a server: `comment '…'`, `position (1, 2)`, `key = true`.
    fn set_nothing(&mut self) -> Parsed<()> {
        let token = self.peek();
        if self.at(TokenKind::LeftParenthesis) {
            return self.skip_brackets();
        }
        let key = self.name()?;
        if key.text.eq_ignore_ascii_case("comment") {
            self.old_spelling(codes::OLD_SET_COMMENT, token, "`set documentation`");
        }
        self.eat(TokenKind::Equal);
        if key.text.eq_ignore_ascii_case("anchor") {
            while self.eat_word("from") || self.eat_word("to") {
                self.skip_brackets()?;
            }
            return Ok(());
        }
        if self.at(TokenKind::LeftParenthesis) {
            return self.skip_brackets();
        }
        self.expression().map(drop)
    }

    fn alter_association(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let name = self.qualified_name()?;
        let mut options = AssociationOptions::default();
        self.expect_word("set")?;
        loop {
            if !self.association_option(&mut options)? {
                self.set_nothing()?;
            }
            self.eat(TokenKind::Comma);
            if !self.eat_word("set") {
                return Ok(ScriptStatementKind::AlterAssociation { name, options });
            }
        }
    }

    fn alter_enumeration(&mut self) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let name = self.qualified_name()?;
        let change = self.enumeration_change()?;
        Ok(ScriptStatementKind::AlterEnumeration { name, change })
    }

    fn enumeration_change(&mut self) -> Parsed<EnumerationChange> {
        if self.eat_words(&["add", "value"]) {
            self.eat_words(&["if", "not", "exists"]);
            return Ok(EnumerationChange::Add(self.enumeration_value()?));
        }
        if self.eat_words(&["rename", "value"]) {
            let from = self.name()?;
            self.expect_word("to")?;
            return Ok(EnumerationChange::Rename(from, self.name()?));
        }
        if self.eat_words(&["modify", "value"]) {
            return Ok(EnumerationChange::Modify(self.enumeration_value()?));
        }
        if self.eat_words(&["drop", "value"]) {
            self.eat_words(&["if", "exists"]);
            return Ok(EnumerationChange::Drop(self.name()?));
        }
        self.expect_word("set")?;
        self.set_nothing()?;
        Ok(EnumerationChange::Nothing)
    }

    /// `rename entity M.A to B`
    pub(super) fn rename_statement(&mut self) -> Parsed<ScriptStatementKind> {
        self.expect_word("rename")?;
        let kind = self.document_kind()?;
        let from = self.qualified_name()?;
        self.expect_word("to")?;
        // Some write the new name with its module; the last segment is the name.
        let to = self.qualified_name()?;
        let to = Name { text: to.parts.last().cloned().unwrap_or_default(), span: to.span };
        if self.eat_words(&["dry", "run"]) {
            return Ok(ScriptStatementKind::Skipped { what: "rename … dry run".to_owned() });
        }
        Ok(ScriptStatementKind::Rename { kind, from, to })
    }

    /// `move entity M.A to M2`, `move microflow M.A to folder 'F' in M2`
    pub(super) fn move_statement(&mut self) -> Parsed<ScriptStatementKind> {
        self.expect_word("move")?;
        let kind = self.document_kind()?;
        let name = self.qualified_name()?;
        self.expect_word("to")?;
        let module = if self.at_word("folder") && self.peek_at(1).kind == TokenKind::Text {
            self.bump();
            self.expect_text()?;
            if self.eat_word("in") { Some(self.name()?) } else { None }
        } else {
            self.eat_word("module");
            Some(self.name()?)
        };
        Ok(ScriptStatementKind::Move { kind, name, module })
    }

    /// `drop entity M.A`
    pub(super) fn drop_statement(&mut self) -> Parsed<ScriptStatementKind> {
        if matches!(self.lower(1).as_str(), "configuration" | "notebook" | "translations" | "styling") {
            return Ok(self.skip_utility());
        }
        self.expect_word("drop")?;
        let kind = self.document_kind()?;
        self.eat_words(&["if", "exists"]);
        if kind == DocumentKind::ValidationRule {
            self.eat_word("for");
        }
        let name = self.any_name()?;
        if kind == DocumentKind::Folder && self.eat_word("in") {
            self.name()?;
        }
        Ok(ScriptStatementKind::Drop { kind, name })
    }
}
