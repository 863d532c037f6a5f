//! Entities: attributes, indexes, event handlers.

use brooklet_model::Operation;

use super::super::ast::Name;
use super::super::document::{
    AttributeDeclaration, CreateMode, EntityDeclaration, EntityKind, HandlerDeclaration, IndexDeclaration,
    ScriptStatementKind,
};
use super::super::token::TokenKind;
use super::script::documentation_text;
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `entity M.E extends M.G ( … ) index (…) on before commit call M.F`, behind so many words.
    pub(super) fn create_entity(
        &mut self,
        mode: CreateMode,
        kind: EntityKind,
        words: usize,
    ) -> Parsed<ScriptStatementKind> {
        for _ in 0..words {
            self.bump();
        }
        let mode = self.if_not_exists(mode);
        let mut entity = EntityDeclaration {
            mode,
            name: self.qualified_name()?,
            kind,
            generalization: None,
            attributes: Vec::new(),
            indexes: Vec::new(),
            handlers: Vec::new(),
            query: None,
        };
        if kind == EntityKind::External && self.eat_word("from") {
            self.document_kind()?;
            self.qualified_name()?;
            if self.at(TokenKind::LeftParenthesis) {
                self.skip_brackets()?;
            }
        }
        self.common_options()?;
        if self.eat_word("extends") || self.eat_word("generalization") {
            entity.generalization = Some(self.qualified_name()?);
        }
        self.common_options()?;
        if self.eat(TokenKind::LeftParenthesis) {
            entity.attributes = self.list_until(TokenKind::RightParenthesis, Self::attribute)?;
        }
        while self.entity_option(&mut entity)? {}
        Ok(ScriptStatementKind::CreateEntity(Box::new(entity)))
    }

    fn entity_option(&mut self, entity: &mut EntityDeclaration) -> Parsed<bool> {
        let comma = self.eat(TokenKind::Comma);
        if self.eat_word("index") {
            entity.indexes.push(self.index()?);
        } else if self.at_word("on") && (self.is_word(1, "before") || self.is_word(1, "after")) {
            entity.handlers.push(self.handler_declaration()?);
        } else if self.at_word("as") && entity.kind == EntityKind::View {
            self.bump();
            entity.query = Some(self.view_query()?);
        } else if !self.common_option()? {
            return if comma { self.expected("`index`, `on` or `comment`") } else { Ok(false) };
        }
        Ok(true)
    }

    /// The query of a view, as written.
    fn view_query(&mut self) -> Parsed<String> {
        let start = self.peek().start as usize;
        if self.at(TokenKind::LeftParenthesis) {
            self.skip_brackets()?;
            let text = &self.text[start + 1..(self.last_end as usize - 1).max(start + 1)];
            return Ok(text.trim().to_owned());
        }
        self.skip_rest(false);
        Ok(self.text[start..(self.last_end as usize).max(start)].trim().to_owned())
    }

    /// `/** … */ A: T not null default e`
    fn attribute(&mut self) -> Parsed<AttributeDeclaration> {
        let mut documentation = String::new();
        loop {
            if self.at(TokenKind::Documentation) {
                let token = self.bump();
                documentation = documentation_text(self.text(token));
            } else if self.at(TokenKind::At) {
                self.annotations()?;
            } else {
                break;
            }
        }
        let name = self.name()?;
        self.expect(TokenKind::Colon)?;
        self.attribute_behind_name(name, documentation)
    }

    /// An attribute's type and constraints.
    pub(super) fn attribute_behind_name(&mut self, name: Name, documentation: String) -> Parsed<AttributeDeclaration> {
        let mut attribute = AttributeDeclaration {
            name,
            data_type: self.data_type()?,
            required: None,
            nullable: false,
            unique: None,
            default: None,
            calculated: None,
            documentation,
        };
        while self.constraint_of_attribute(&mut attribute)? {}
        Ok(attribute)
    }

    fn constraint_of_attribute(&mut self, attribute: &mut AttributeDeclaration) -> Parsed<bool> {
        if self.eat_words(&["not", "null"]) || self.eat_word("required") {
            attribute.required = Some(self.error_message()?);
        } else if self.eat_word("unique") {
            attribute.unique = Some(self.error_message()?);
        } else if self.eat_word("nullable") {
            attribute.nullable = true;
        } else if self.eat_word("default") {
            attribute.default = Some(self.expression()?);
        } else if self.eat_word("calculated") {
            let named = self.eat_word("by") || self.is_name(0) && self.peek_at(1).kind == TokenKind::Dot;
            attribute.calculated = Some(if named { Some(self.qualified_name()?) } else { None });
        } else if self.at_word("comment") && self.peek_at(1).kind == TokenKind::Text {
            self.bump();
            attribute.documentation = self.expect_text()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// `error message '…'`, `error '…'`, …; none when no message is next.
    pub(super) fn error_message(&mut self) -> Parsed<Option<String>> {
        let token = self.peek();
        if self.eat_words(&["error", "message"]) {
            return self.expect_text().map(Some);
        }
        if self.eat_word("error") || self.eat_word("error_message") || self.eat_word("errormessage") {
            self.old_spelling(codes::OLD_ERROR_MESSAGE, token, "`error message '…'`");
            return self.expect_text().map(Some);
        }
        Ok(None)
    }

    /// `idx_name on (A desc, B)`, behind `index`.
    pub(super) fn index(&mut self) -> Parsed<IndexDeclaration> {
        let name = if self.is_name(0) && !(self.at_word("on") && self.peek_at(1).kind == TokenKind::LeftParenthesis) {
            Some(self.name()?)
        } else {
            None
        };
        self.eat_word("on");
        Ok(IndexDeclaration { name, columns: self.index_columns()? })
    }

    /// `(A desc, B)`
    pub(super) fn index_columns(&mut self) -> Parsed<Vec<(Name, bool)>> {
        self.expect(TokenKind::LeftParenthesis)?;
        self.list_until(TokenKind::RightParenthesis, |parser| {
            let name = parser.name()?;
            let descending = parser.eat_word("desc");
            if !descending {
                parser.eat_word("asc");
            }
            Ok((name, descending))
        })
    }

    /// `on before commit call M.F($currentObject) raise error`
    pub(super) fn handler_declaration(&mut self) -> Parsed<HandlerDeclaration> {
        let (before, operation) = self.moment()?;
        self.expect_word("call")?;
        self.eat_word("microflow");
        let microflow = self.qualified_name()?;
        let mut passes_object = None;
        if self.eat(TokenKind::LeftParenthesis) {
            passes_object = Some(self.eat(TokenKind::Variable));
            self.expect(TokenKind::RightParenthesis)?;
        }
        // Nothing said: a handler that runs before raises, as the newer language has it.
        let raise_error = if self.eat_words(&["raise", "error"]) {
            true
        } else {
            !self.eat_words(&["without", "error"]) && !self.eat_words(&["without", "raise", "error"]) && before
        };
        Ok(HandlerDeclaration { before, operation, microflow, passes_object, raise_error })
    }

    /// `on before commit`
    pub(super) fn moment(&mut self) -> Parsed<(bool, Operation)> {
        self.expect_word("on")?;
        let before = self.eat_word("before");
        if !before && !self.eat_word("after") {
            return self.expected("`before` or `after`");
        }
        let operation = match self.lower(0).as_str() {
            "create" => Operation::Create,
            "commit" => Operation::Commit,
            "delete" => Operation::Delete,
            "rollback" => Operation::Rollback,
            _ => return self.expected("`create`, `commit`, `delete` or `rollback`"),
        };
        self.bump();
        Ok((before, operation))
    }
}
