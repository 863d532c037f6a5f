//! `create microflow`, `create java action`, `create regular expression`.

use crate::codes;

use super::super::document::{
    ConcurrencyClause, CreateMode, MicroflowDeclaration, ParameterDeclaration, ScriptStatementKind,
};
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// `returns none` is old for `returns nothing`.
    fn note_old_nothing(&mut self) {
        if self.at_word("none") {
            let token = self.peek();
            self.old_spelling(codes::OLD_RETURNS_NONE, token, "`returns nothing`");
        }
    }

    /// `microflow M.F ($P: T) returns T as $v folder '…' begin … end`; also `nanoflow` and `rule`.
    pub(super) fn create_microflow(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        let nanoflow = self.at_word("nanoflow");
        self.bump();
        let mode = self.if_not_exists(mode);
        let mut microflow = MicroflowDeclaration {
            mode,
            nanoflow,
            name: self.qualified_name()?,
            parameters: Vec::new(),
            returns: None,
            result_name: None,
            disallow_concurrent: None,
            body: Vec::new(),
        };
        if self.eat(TokenKind::LeftParenthesis) {
            microflow.parameters = self.list_until(TokenKind::RightParenthesis, Self::parameter)?;
        }
        while !self.eat_word("begin") {
            self.microflow_option(&mut microflow)?;
        }
        microflow.body = self.block();
        self.expect_word("end")?;
        if !self.eat_word("microflow") {
            self.eat_word("nanoflow");
        }
        Ok(ScriptStatementKind::CreateMicroflow(Box::new(microflow)))
    }

    fn microflow_option(&mut self, microflow: &mut MicroflowDeclaration) -> Parsed<()> {
        if self.eat_word("returns") {
            self.note_old_nothing();
            microflow.returns = Some(self.data_type()?);
            if self.eat_word("as") {
                microflow.result_name = Some(self.variable()?);
            }
            return Ok(());
        }
        let start = self.peek().start;
        if self.eat_words(&["disallow", "concurrent", "execution"]) {
            let (mut message, mut instead) = (None, None);
            if self.eat_words(&["error", "microflow"]) {
                instead = Some(self.qualified_name()?);
            } else if self.eat_words(&["error", "message"]) || self.eat_word("error") {
                message = Some(self.expect_text()?);
            }
            let clause = ConcurrencyClause { message, microflow: instead, span: self.span_from(start) };
            microflow.disallow_concurrent = Some(clause);
            return Ok(());
        }
        if self.exposed_clause()? || self.common_option()? {
            return Ok(());
        }
        self.expected("`returns`, `folder` or `begin`")
    }

    /// `exposed as microflow action 'C' in 'G' icon 'f'`, `not exposed as …`: where an editor offers it.
    fn exposed_clause(&mut self) -> Parsed<bool> {
        let negated = self.at_words(&["not", "exposed"]);
        if negated {
            self.bump();
        }
        if !self.eat_word("exposed") {
            return Ok(false);
        }
        loop {
            match self.lower(0).as_str() {
                "as" if self.peek_at(1).kind == TokenKind::DollarText => break,
                "as" | "in" | "microflow" | "workflow" | "action" | "icon" | "image" | "dark" | "drop" => {
                    self.bump();
                    if self.at(TokenKind::Text) {
                        self.bump();
                    }
                }
                _ => break,
            }
        }
        Ok(true)
    }

    /// `$P: T`, `P: T not null`
    fn parameter(&mut self) -> Parsed<ParameterDeclaration> {
        self.annotations()?;
        while self.eat(TokenKind::Documentation) {}
        let name = if self.at(TokenKind::Variable) { self.variable()? } else { self.name()? };
        self.expect(TokenKind::Colon)?;
        let data_type = self.data_type()?;
        if !self.eat_words(&["not", "null"]) {
            self.eat_word("required");
        }
        Ok(ParameterDeclaration { name, data_type })
    }

    /// `java action M.J (P: T not null) returns T exposed as 'c' in 'g' as $$ … $$`
    pub(super) fn create_action(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        let javascript = self.at_word("javascript");
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        self.common_options()?;
        let mut parameters = Vec::new();
        if self.eat(TokenKind::LeftParenthesis) {
            parameters = self.list_until(TokenKind::RightParenthesis, Self::parameter)?;
        }
        let mut returns = None;
        loop {
            if self.eat_word("returns") {
                returns = Some(self.data_type()?);
            } else if self.eat_word("platform") {
                self.name()?;
            } else if self.eat_word("as") {
                self.expect_text()?;
            } else if !self.exposed_clause()? && !self.common_option()? {
                break;
            }
        }
        Ok(ScriptStatementKind::CreateAction { mode, javascript, name, parameters, returns })
    }

    /// `regular expression M.R ( Expression: '…' )`, `regular expression M.R '…'`
    pub(super) fn create_regular_expression(&mut self, mode: CreateMode) -> Parsed<ScriptStatementKind> {
        self.bump();
        self.bump();
        let mode = self.if_not_exists(mode);
        let name = self.qualified_name()?;
        self.common_options()?;
        let mut pattern = None;
        if self.at(TokenKind::LeftParenthesis) {
            for (key, value) in self.properties()? {
                match key.text.to_ascii_lowercase().as_str() {
                    "expression" | "regex" | "regularexpression" | "pattern" => pattern = Some(value),
                    "documentation" => self.comment = Some(value),
                    _ => {}
                }
            }
        } else if self.at(TokenKind::Text) {
            pattern = Some(self.expect_text()?);
        }
        self.common_options()?;
        let Some(pattern) = pattern else { return self.expected("`( Expression: '…' )`") };
        Ok(ScriptStatementKind::CreateRegularExpression { mode, name, pattern })
    }
}
