//! Scripts: statements in file order, each with its documentation and annotations.

use super::super::NEWEST_VERSION;
use super::super::ast::{Block, Statement};
use super::super::document::{Script, ScriptStatement, ScriptStatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;
use crate::suggest::did_you_mean;

/// Words that begin a statement which changes the model, or includes another script.
const STARTERS: &[&str] = &["create", "alter", "drop", "rename", "move", "grant", "revoke", "execute", "mdl"];

/// Words that begin a statement for whoever edits a model: listings, sessions, checks. They mean nothing to a compiler.
const UTILITIES: &[&str] = &[
    "show",
    "list",
    "describe",
    "connect",
    "disconnect",
    "status",
    "update",
    "refresh",
    "check",
    "lint",
    "build",
    "search",
    "use",
    "introspect",
    "debug",
    "define",
    "sql",
    "select",
    "import",
    "set",
    "help",
    "exit",
    "quit",
    "install",
    "catalog",
    "generate",
];

impl Parser<'_> {
    /// A whole script.
    pub(crate) fn script(&mut self, is_test: bool) -> Script {
        let mut script = Script { version: self.version, documentation: String::new(), statements: Vec::new() };
        while !self.at(TokenKind::End) {
            if matches!(self.peek().kind, TokenKind::Semicolon | TokenKind::Separator | TokenKind::Slash) {
                self.bump();
                continue;
            }
            let start = self.position;
            match self.script_statement(is_test, &mut script) {
                Ok(Some(statement)) => script.statements.push(statement),
                Ok(None) => {}
                Err(_) => self.recover_in_script(start),
            }
        }
        script
    }

    fn script_statement(&mut self, is_test: bool, script: &mut Script) -> Parsed<Option<ScriptStatement>> {
        let mut documentation = String::new();
        let mut annotations = super::flow::Annotations::default();
        loop {
            match self.peek().kind {
                TokenKind::Documentation => {
                    let token = self.bump();
                    let previous = std::mem::replace(&mut documentation, documentation_text(self.text(token)));
                    if script.statements.is_empty() && script.documentation.is_empty() {
                        script.documentation = previous;
                    }
                }
                TokenKind::At => {
                    let more = self.annotations()?;
                    annotations.excluded |= more.excluded;
                    annotations.applies_entity_access |= more.applies_entity_access;
                }
                TokenKind::End | TokenKind::Separator | TokenKind::Semicolon => return Ok(None),
                _ => break,
            }
        }
        let start = self.peek().start;
        self.comment = None;
        let kind = if self.at_top_level_flow() {
            match self.top_level_flow(is_test) {
                Some(body) => ScriptStatementKind::Test { body },
                None => return Ok(None),
            }
        } else {
            let Some(kind) = self.script_statement_kind()? else { return Ok(None) };
            kind
        };
        let span = self.span_from(start);
        self.end_of_script_statement();
        if let Some(comment) = self.comment.take() {
            documentation = comment;
        }
        let super::flow::Annotations { excluded, applies_entity_access, .. } = annotations;
        Ok(Some(ScriptStatement { kind, span, documentation, excluded, applies_entity_access }))
    }

    fn script_statement_kind(&mut self) -> Parsed<Option<ScriptStatementKind>> {
        let word = self.lower(0);
        Ok(Some(match word.as_str() {
            "mdl" if self.peek_at(1).kind == TokenKind::Number => {
                self.header();
                return Ok(None);
            }
            "create" => self.create_statement()?,
            "alter" => self.alter_statement()?,
            "drop" => self.drop_statement()?,
            "rename" => self.rename_statement()?,
            "move" => self.move_statement()?,
            "grant" | "revoke" => self.access_statement()?,
            "execute" if self.is_word(1, "script") => {
                self.bump();
                self.bump();
                ScriptStatementKind::ExecuteScript { path: self.expect_text()? }
            }
            utility if utility == "execute" || UTILITIES.contains(&utility) => self.skip_utility(),
            _ => return self.unknown_script_statement(),
        }))
    }

    fn unknown_script_statement<T>(&mut self) -> Parsed<T> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return self.expected("a statement");
        }
        let word = self.text(token);
        let help = did_you_mean(word, STARTERS.iter().chain(UTILITIES).copied());
        let span = self.span_of(token);
        let message = format!("no statement begins with `{word}`");
        let diagnostic = self.diagnostics.error(codes::UNKNOWN_STATEMENT, span, message);
        if let Some(help) = help {
            diagnostic.help(help);
        }
        Err(super::Failed)
    }

    /// `mdl 1;`, first or again.
    fn header(&mut self) {
        let start = self.bump().start;
        let number = self.bump();
        let span = self.span_from(start);
        match self.text(number).parse::<u32>() {
            Ok(version) if version == self.version && version <= NEWEST_VERSION => {}
            Ok(version) if version <= NEWEST_VERSION => {
                let message =
                    format!("this script is written in `mdl {}`, so it cannot change to `mdl {version}`", self.version);
                self.diagnostics
                    .error(codes::LANGUAGE_VERSION, span, message)
                    .help("the header is the first statement of a script, and holds for all of it");
            }
            _ => {
                let message = format!("there is no language version {}", self.text(number));
                self.diagnostics
                    .error(codes::LANGUAGE_VERSION, span, message)
                    .help(format!("the newest is `mdl {NEWEST_VERSION}`"));
            }
        }
        self.eat(TokenKind::Semicolon);
    }

    /// The `;`, which may be left out where the next statement is plain to see.
    fn end_of_script_statement(&mut self) {
        if self.eat(TokenKind::Semicolon) {
            return;
        }
        let token = self.peek();
        let ends = matches!(
            token.kind,
            TokenKind::End | TokenKind::Separator | TokenKind::Slash | TokenKind::Documentation | TokenKind::At
        );
        let starts = token.kind == TokenKind::Word && Self::begins_line(token) && {
            let word = self.lower(0);
            STARTERS.contains(&word.as_str()) || UTILITIES.contains(&word.as_str())
        };
        if !ends && !starts && !self.at_script_starter() && !self.at_top_level_flow() {
            self.unexpected("`;`");
            let position = self.position;
            self.recover_in_script(position);
        }
    }

    /// Whether a statement of a microflow begins here, and not one of a script that shares its first word.
    fn at_top_level_flow(&self) -> bool {
        if self.at(TokenKind::Variable) {
            return true;
        }
        let next = self.peek_at(1).kind;
        match self.lower(0).as_str() {
            "create" => self.is_name(1) && self.peek_at(2).kind == TokenKind::Dot,
            "set" => next == TokenKind::Variable || self.at_words(&["set", "task", "outcome"]),
            "case" | "commit" | "change" | "retrieve" | "declare" | "delete" | "rollback" | "loop" | "clear"
            | "cast" | "add" | "remove" | "transform" => next == TokenKind::Variable,
            "import" => self.at_words(&["import", "from", "mapping"]),
            "export" => self.at_words(&["export", "to", "mapping"]),
            "execute" => self.at_words(&["execute", "database", "query"]),
            "show" => self.is_word(1, "message") || self.at_words(&["show", "home", "page"]),
            "call" | "log" | "if" | "while" | "split" | "validation" | "raise" | "throw" | "return" | "rest"
            | "send" | "get" | "notify" | "lock" | "unlock" | "workflow" | "close" | "download" | "open" | "break"
            | "continue" | "synchronize" => true,
            _ => false,
        }
    }

    /// The statements of a test. Elsewhere, they are an error.
    fn top_level_flow(&mut self, is_test: bool) -> Option<Block> {
        let first = self.peek();
        let mut body = Block::new();
        while self.at_top_level_flow() {
            let start = self.position;
            match self.flow_statement() {
                Ok(statement) => body.extend(statement),
                Err(_) => self.recover_in_block(start),
            }
            if self.position == start {
                self.bump();
            }
            while self.eat(TokenKind::Semicolon) {}
        }
        if is_test {
            return Some(body);
        }
        let span = body.first().map_or(self.span_of(first), |statement: &Statement| statement.span);
        self.diagnostics
            .error(codes::STATEMENT_OUTSIDE, span, "a statement of a microflow stands outside of one")
            .help("put it into a microflow or a .test.mdl file");
        None
    }
}

/// The text of a `/** … */`, without the stars.
pub(super) fn documentation_text(raw: &str) -> String {
    let inner = raw.strip_prefix("/**").unwrap_or(raw);
    let inner = inner.strip_suffix("*/").unwrap_or(inner);
    let lines: Vec<&str> = inner
        .lines()
        .map(|line| {
            let line = line.trim();
            line.strip_prefix('*').map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest))
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
