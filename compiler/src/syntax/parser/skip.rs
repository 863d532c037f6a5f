//! Leaving aside what has no meaning for a server, or cannot be built yet.
//!
//! Such a statement is skipped by its brackets, without looking at what it says, and noted.

use super::super::ast::QualifiedName;
use super::super::document::{CreateMode, ScriptStatementKind};
use super::super::token::{LinePlace, Token, TokenKind};
use super::{Parsed, Parser};
use crate::codes;

impl Parser<'_> {
    /// `create` of a document that only its name is kept of, behind `create or modify`.
    pub(super) fn create_other(&mut self, mode: CreateMode, start: Token) -> Parsed<ScriptStatementKind> {
        let kind = self.kind()?;
        let mode = self.if_not_exists(mode);
        self.eat_word("from");
        let name = if kind.needs.is_none() && !self.is_name(0) && !self.at(TokenKind::Text) {
            QualifiedName { parts: vec![kind.words.join(" ")], span: self.span_from(start.start) }
        } else {
            self.any_name()?
        };
        self.skip_rest(false);
        let span = self.span_from(start.start);
        let words = kind.words.join(" ");
        match kind.needs {
            None => {
                let message = format!("skipped: {words} {}", name.text());
                self.diagnostics.note(codes::SKIPPED, span, message);
            }
            Some(needs) => {
                let message = format!("left aside: {words} {} needs {needs}", name.text());
                self.diagnostics.note(codes::LEFT_OUT, span, message);
            }
        }
        Ok(ScriptStatementKind::CreateOther { mode, kind: kind.document_kind(), name, needs: kind.needs })
    }

    /// A qualified name, a text that stands for a name, or nothing.
    pub(super) fn any_name(&mut self) -> Parsed<QualifiedName> {
        let token = self.peek();
        match token.kind {
            TokenKind::Text => {
                let name = self.name_or_text()?;
                Ok(QualifiedName { parts: vec![name.text], span: name.span })
            }
            TokenKind::Word | TokenKind::Quoted => self.qualified_name(),
            _ => self.expected("a name"),
        }
    }

    /// A statement that means nothing to a server: it is read to its end and noted.
    pub(super) fn skip_utility(&mut self) -> ScriptStatementKind {
        let is_alter = self.at_word("alter");
        let start = self.peek();
        let what = self.first_words();
        self.bump();
        self.skip_rest(is_alter);
        let span = self.span_from(start.start);
        self.diagnostics.note(codes::SKIPPED, span, format!("skipped: {what}"));
        ScriptStatementKind::Skipped { what }
    }

    /// The words that a statement begins with, up to its first name with a dot: `show microflows`.
    fn first_words(&self) -> String {
        let mut words = Vec::new();
        for ahead in 0..4 {
            let token = self.peek_at(ahead);
            let dotted = self.peek_at(ahead + 1).kind == TokenKind::Dot;
            if token.kind != TokenKind::Word || dotted || ahead > 0 && Self::begins_line(token) {
                break;
            }
            words.push(self.text(token).to_ascii_lowercase());
        }
        words.join(" ")
    }

    /// Skips brackets with all that they hold.
    pub(super) fn skip_brackets(&mut self) -> Parsed<()> {
        let open = self.peek();
        let mut depth = 0_usize;
        loop {
            match self.peek().kind {
                TokenKind::LeftParenthesis | TokenKind::LeftBrace | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParenthesis | TokenKind::RightBrace | TokenKind::RightBracket => depth -= 1,
                TokenKind::End => {
                    let span = self.span_of(open);
                    let message = format!("this {} is not closed", open.kind.describe());
                    self.diagnostics.error(codes::UNCLOSED, span, message);
                    return Err(super::Failed);
                }
                _ => {}
            }
            self.bump();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Skips to the end of a statement: to a `;` outside of brackets and of `begin … end`, to a separator, or to a
    /// line that begins another statement. What an `alter` does (`drop …`, `set …`) begins lines too, so that within
    /// it only some words count.
    pub(super) fn skip_rest(&mut self, is_alter: bool) {
        let mut open: Vec<Token> = Vec::new();
        let mut blocks = 0_u32;
        let mut behind_brace = false;
        // Where another statement seems to begin although a bracket is open: if it stays open, the rest is read there.
        let mut resume = None;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End | TokenKind::Separator => break,
                TokenKind::Semicolon if open.is_empty() && blocks == 0 => return,
                TokenKind::LeftParenthesis | TokenKind::LeftBrace | TokenKind::LeftBracket => open.push(token),
                TokenKind::RightParenthesis | TokenKind::RightBrace | TokenKind::RightBracket => {
                    open.pop();
                }
                TokenKind::Documentation | TokenKind::At
                    if open.is_empty() && blocks == 0 && token.line == LinePlace::ColumnOne =>
                {
                    return;
                }
                TokenKind::Word if open.is_empty() => {
                    if blocks == 0 && self.begins_another(token, is_alter && !behind_brace) {
                        return;
                    }
                    if self.at_word("begin") {
                        blocks += 1;
                    } else if self.at_word("end") {
                        blocks = blocks.saturating_sub(1);
                    }
                }
                TokenKind::Word
                    if resume.is_none() && token.line == LinePlace::ColumnOne && self.at_script_starter() =>
                {
                    resume = Some((self.position, self.last_end));
                }
                _ => {}
            }
            behind_brace = token.kind == TokenKind::RightBrace;
            self.bump();
        }
        if let Some(bracket) = open.last() {
            let span = self.span_of(*bracket);
            let message = format!("this {} is not closed", bracket.kind.describe());
            self.diagnostics.error(codes::UNCLOSED, span, message);
            if let Some((position, last_end)) = resume {
                (self.position, self.last_end) = (position, last_end);
            }
        }
    }

    /// Whether a word at the begin of a line begins another statement.
    fn begins_another(&self, token: Token, is_alter: bool) -> bool {
        if !Self::begins_line(token) || !matches!(self.peek_at(1).kind, TokenKind::Word | TokenKind::Quoted) {
            return false;
        }
        match self.lower(0).as_str() {
            "create" | "alter" | "grant" | "revoke" | "describe" | "rename" | "move" => true,
            "drop" | "show" | "list" | "update" | "refresh" | "define" => {
                token.line == LinePlace::ColumnOne && !is_alter
            }
            _ => false,
        }
    }
}
