//! Where to go on after an error: at the next statement.

use super::super::MAX_ERRORS;
use super::super::token::{LinePlace, TokenKind};
use super::Parser;
use crate::codes;

/// Words that begin a statement of a script, and nothing else, at the begin of a line.
const SCRIPT_STARTERS: &[&str] =
    &["create", "alter", "grant", "revoke", "rename", "move", "describe", "drop", "show", "list", "mdl", "execute"];

impl Parser<'_> {
    /// Skips to the next statement of a block: behind a `;` that is not in brackets, or to a line that begins with a
    /// word of a statement or of a block's end.
    pub(super) fn recover_in_block(&mut self, start: usize) {
        if self.too_many_errors() {
            return;
        }
        if self.position == start && !self.at_block_end() {
            self.bump();
        }
        let mut brackets = 0_u32;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End | TokenKind::Separator | TokenKind::Documentation => return,
                TokenKind::Semicolon if brackets == 0 => {
                    self.bump();
                    return;
                }
                TokenKind::RightBrace if brackets == 0 => return,
                _ if token.line == LinePlace::ColumnOne && self.at_script_starter() => return,
                _ if Self::begins_line(token) && (self.at_flow_statement() || self.at_block_end()) => return,
                TokenKind::LeftParenthesis | TokenKind::LeftBrace | TokenKind::LeftBracket => brackets += 1,
                TokenKind::RightParenthesis | TokenKind::RightBrace | TokenKind::RightBracket => {
                    brackets = brackets.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Skips to the next statement of a script: behind a `;` that is not in brackets, behind a separator, or to a line
    /// that begins with the word of one.
    pub(super) fn recover_in_script(&mut self, start: usize) {
        if self.too_many_errors() {
            return;
        }
        if self.position == start {
            self.bump();
        }
        let mut brackets = 0_u32;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End => return,
                TokenKind::Separator => {
                    self.bump();
                    return;
                }
                TokenKind::Semicolon if brackets == 0 => {
                    self.bump();
                    return;
                }
                _ if token.line == LinePlace::ColumnOne && self.at_script_starter() => return,
                _ if token.line == LinePlace::ColumnOne && token.kind == TokenKind::Documentation => return,
                TokenKind::LeftParenthesis | TokenKind::LeftBrace | TokenKind::LeftBracket => brackets += 1,
                TokenKind::RightParenthesis | TokenKind::RightBrace | TokenKind::RightBracket => {
                    brackets = brackets.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Counts an error. When there are too many, everything that is left counts as read.
    pub(super) fn too_many_errors(&mut self) -> bool {
        self.errors += 1;
        if self.errors < MAX_ERRORS {
            return false;
        }
        if self.errors == MAX_ERRORS {
            let span = self.span_of(self.peek());
            self.diagnostics
                .error(codes::TOO_MANY_ERRORS, span, format!("this source has {MAX_ERRORS} errors"))
                .help("the rest of it was not read");
        }
        self.position = self.tokens.len() - 1;
        true
    }

    /// Whether the next word begins a statement of a script, and another word follows.
    pub(super) fn at_script_starter(&self) -> bool {
        let word = self.lower(0);
        SCRIPT_STARTERS.contains(&word.as_str())
            && matches!(self.peek_at(1).kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Number)
    }
}
