//! Statements of microflows.
//!
//! This file has blocks, their ends and the choice of a statement by its first words; the statements themselves are
//! in the files beside it.

mod assign;
mod calls;
mod client;
mod control;
mod lists;
mod objects;
mod retrieve;
mod services;

use super::super::ast::{Block, OnError, Statement, StatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;
use crate::suggest::did_you_mean;

/// The words that statements begin with, for suggestions and for finding the next statement after an error.
const STARTERS: &[&str] = &[
    "add",
    "break",
    "call",
    "case",
    "cast",
    "change",
    "clear",
    "close",
    "commit",
    "continue",
    "create",
    "declare",
    "delete",
    "download",
    "execute",
    "export",
    "get",
    "if",
    "import",
    "join",
    "lock",
    "log",
    "loop",
    "merge",
    "notify",
    "open",
    "raise",
    "remove",
    "rest",
    "retrieve",
    "return",
    "rollback",
    "send",
    "set",
    "show",
    "split",
    "synchronize",
    "throw",
    "transform",
    "unlock",
    "validation",
    "while",
    "workflow",
];

/// What stands in front of a statement.
#[derive(Default)]
pub(super) struct Annotations {
    /// `@caption '…'`
    pub(super) caption: Option<String>,
    /// `@excluded`
    pub(super) excluded: bool,
    /// `@applyentityaccess`
    pub(super) applies_entity_access: bool,
}

impl Parser<'_> {
    /// The statements of a fragment that holds nothing else.
    pub(crate) fn whole_block(&mut self) -> Block {
        let mut block = self.block();
        while !self.at(TokenKind::End) {
            if !self.eat(TokenKind::Separator) {
                self.unexpected("a statement");
                if self.too_many_errors() {
                    return block;
                }
                self.bump();
            }
            block.extend(self.block());
        }
        block
    }

    /// Statements up to something that ends a block. An error in one of them does not end it.
    pub(super) fn block(&mut self) -> Block {
        let mut block = Block::new();
        loop {
            match self.peek().kind {
                TokenKind::Semicolon | TokenKind::Documentation => {
                    self.bump();
                }
                TokenKind::Separator if !self.separator_ends_flow() => {
                    self.bump();
                }
                _ if self.at_block_end() => return block,
                _ => {
                    let start = self.position;
                    match self.nested(Self::flow_statement) {
                        Ok(Some(statement)) => block.push(statement),
                        Ok(None) => {}
                        Err(_) => self.recover_in_block(start),
                    }
                }
            }
        }
    }

    /// Whether the separator that comes next ends a microflow (one that forgot its `end`): a statement of the script
    /// follows.
    fn separator_ends_flow(&self) -> bool {
        let next = self.peek_at(1);
        matches!(next.kind, TokenKind::End | TokenKind::Documentation | TokenKind::Separator)
            || self.is_word(1, "create")
            || self.is_word(1, "alter")
            || self.is_word(1, "grant")
    }

    /// Whether a block ends here.
    pub(super) fn at_block_end(&self) -> bool {
        let token = self.peek();
        match token.kind {
            TokenKind::End | TokenKind::RightBrace | TokenKind::Separator => true,
            TokenKind::Word => match self.lower(0).as_str() {
                "end" | "else" | "elsif" | "elseif" | "when" => true,
                // `case $x` is a statement, `case M.Sub` the next branch of a split.
                "case" => self.peek_at(1).kind != TokenKind::Variable,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a statement of a microflow begins here.
    pub(super) fn at_flow_statement(&self) -> bool {
        match self.peek().kind {
            TokenKind::Variable => matches!(self.peek_at(1).kind, TokenKind::Equal | TokenKind::Slash),
            TokenKind::Word => STARTERS.contains(&self.lower(0).as_str()),
            TokenKind::At => true,
            _ => false,
        }
    }

    /// One statement with its annotations, its error handler and its `;`. None when annotations stand alone.
    pub(super) fn flow_statement(&mut self) -> Parsed<Option<Statement>> {
        let Annotations { caption, .. } = self.annotations()?;
        if self.at_block_end() || self.at(TokenKind::Semicolon) {
            return Ok(None);
        }
        let start = self.peek().start;
        let kind = self.statement_kind()?;
        let on_error = self.on_error()?;
        let span = self.span_from(start);
        self.end_of_statement();
        Ok(Some(Statement { kind, span, caption, on_error }))
    }

    /// The `;`, which alpha scripts may leave out.
    pub(super) fn end_of_statement(&mut self) {
        if self.eat(TokenKind::Semicolon) || self.is_alpha() {
            return;
        }
        let span = self.place.span(self.last_end.saturating_sub(1), self.last_end);
        self.diagnostics.error(codes::MISSING_SEMICOLON, span, "this statement does not end with `;`").help("add `;`");
    }

    fn statement_kind(&mut self) -> Parsed<StatementKind> {
        if self.at(TokenKind::Variable) {
            return self.assignment(false);
        }
        match self.lower(0).as_str() {
            "declare" => self.declare(),
            "set" if self.at_words(&["set", "task", "outcome"]) => self.workflow_statement(),
            "set" => self.set(),
            "create" => self.create_object(None),
            "change" => self.change(),
            "commit" => self.commit(),
            "rollback" => self.rollback(),
            "delete" => self.delete(),
            "retrieve" => self.retrieve(),
            "add" => self.add(),
            "remove" => self.remove(),
            "clear" => self.clear(),
            "if" => self.if_statement(),
            "case" => self.case(),
            "split" => self.split_type(),
            "cast" => self.cast(None),
            "loop" => self.loop_statement(),
            "while" => self.while_statement(),
            "break" => self.simple(StatementKind::Break),
            "continue" => self.simple(StatementKind::Continue),
            "return" => self.return_statement(),
            "raise" => self.raise(),
            "throw" => self.throw(),
            "merge" | "join" => self.jump(),
            "call" => self.call_statement(None),
            "log" => self.log(),
            "validation" => self.validation_feedback(),
            "show" => self.show(),
            "close" | "download" | "synchronize" => self.instruction(),
            "open" => self.open(),
            "rest" | "send" | "import" | "export" | "transform" | "execute" | "get" | "notify" | "lock" | "unlock"
            | "workflow" => self.service_statement(None),
            _ => self.unknown_statement(),
        }
    }

    /// A statement of one word.
    fn simple(&mut self, kind: StatementKind) -> Parsed<StatementKind> {
        self.bump();
        Ok(kind)
    }

    fn unknown_statement(&mut self) -> Parsed<StatementKind> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return self.expected("a statement");
        }
        let word = self.text(token);
        let help = did_you_mean(word, STARTERS.iter().copied());
        let span = self.span_of(token);
        let diagnostic = self.diagnostics.error(
            codes::UNKNOWN_STATEMENT,
            span,
            format!("no statement of a microflow begins with `{word}`"),
        );
        if let Some(help) = help {
            diagnostic.help(help);
        }
        Err(super::Failed)
    }

    /// `on error …` behind a statement.
    fn on_error(&mut self) -> Parsed<OnError> {
        if !self.eat_words(&["on", "error"]) {
            return Ok(OnError::Rollback);
        }
        if self.eat_word("continue") {
            return Ok(OnError::Continue);
        }
        if self.eat_word("rollback") {
            return Ok(OnError::Rollback);
        }
        let without_rollback = self.eat_words(&["without", "rollback"]);
        let block = self.handler()?;
        Ok(if without_rollback { OnError::CustomWithoutRollback(block) } else { OnError::Custom(block) })
    }

    /// `{ … }`, `begin … end error`
    fn handler(&mut self) -> Parsed<Block> {
        let token = self.peek();
        if self.eat(TokenKind::LeftBrace) {
            self.old_spelling(codes::OLD_ERROR_BRACES, token, "`begin … end error`");
            let block = self.block();
            self.expect(TokenKind::RightBrace)?;
            return Ok(block);
        }
        if !self.eat_word("begin") {
            return self.expected("`continue`, `rollback`, `without rollback` or a block `begin … end error`");
        }
        let block = self.block();
        self.expect_word("end")?;
        self.expect_word("error")?;
        Ok(block)
    }

    /// `@caption '…'`, `@position(…)`, `@excluded` and other annotations; those that only say how a thing looks are
    /// read and forgotten.
    pub(super) fn annotations(&mut self) -> Parsed<Annotations> {
        let mut found = Annotations::default();
        while self.at(TokenKind::At) {
            self.bump();
            let name = self.name()?.text.to_ascii_lowercase();
            match name.as_str() {
                "excluded" => found.excluded = true,
                "applyentityaccess" => found.applies_entity_access = true,
                _ => {}
            }
            let token = self.peek();
            match token.kind {
                TokenKind::LeftParenthesis => self.skip_brackets()?,
                TokenKind::Text => {
                    self.bump();
                    if name == "caption" {
                        found.caption = Some(self.text_of(token));
                    }
                }
                // `@color Green`: the value ends its line; in `@excluded create …` the word is the statement's.
                TokenKind::Word | TokenKind::Number
                    if !Self::begins_line(token) && Self::begins_line(self.peek_at(1)) =>
                {
                    self.bump();
                }
                _ => {}
            }
        }
        Ok(found)
    }
}
