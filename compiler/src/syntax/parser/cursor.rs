//! Looking at tokens and taking them.

use super::super::lexer::text_value;
use super::super::token::{LinePlace, Token, TokenKind};
use super::{Failed, Parsed, Parser};
use crate::codes;
use crate::diagnostics::Diagnostic;
use crate::source::Span;

/// A word in lower case, for `match`. No keyword is longer than it can hold; a longer word is none.
pub(super) struct Lower {
    bytes: [u8; 32],
    length: usize,
}

impl Lower {
    /// The word.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl<'a> Parser<'a> {
    /// The next token.
    pub(super) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    /// The token so many after the next one.
    pub(super) fn peek_at(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.position + ahead).min(last)]
    }

    /// Takes the next token. The end is never used up.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.position += 1;
            self.last_end = token.end;
        }
        token
    }

    /// A token's text.
    pub(super) fn text(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The value of a `'…'` or `$$…$$` text.
    pub(super) fn text_of(&self, token: Token) -> String {
        let raw = self.text(token);
        if token.kind == TokenKind::DollarText {
            let inner = raw.strip_prefix("$$").unwrap_or(raw);
            return inner.strip_suffix("$$").unwrap_or(inner).to_owned();
        }
        text_value(raw, self.version)
    }

    /// Whether the next token is of a kind.
    pub(super) fn at(&self, kind: TokenKind) -> bool {
        self.peek().kind == kind
    }

    /// Takes the next token if it is of a kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Takes the next token, which must be of a kind.
    pub(super) fn expect(&mut self, kind: TokenKind) -> Parsed<Token> {
        if self.at(kind) { Ok(self.bump()) } else { self.expected(kind.describe()) }
    }

    /// Takes a text, which must come next, and gives its value.
    pub(super) fn expect_text(&mut self) -> Parsed<String> {
        let token = self.peek();
        if !matches!(token.kind, TokenKind::Text | TokenKind::DollarText) {
            return self.expected("a text in single quotes");
        }
        self.bump();
        Ok(self.text_of(token))
    }

    /// Whether the token so many after the next one is a word.
    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        let token = self.peek_at(ahead);
        token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
    }

    /// Whether the next token is a word.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.is_word(0, word)
    }

    /// Whether the next tokens are words, in this order.
    pub(super) fn at_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word))
    }

    /// Takes the next token if it is a word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        self.eat_words(&[word])
    }

    /// Takes the next tokens if they are words, in this order; otherwise none of them.
    pub(super) fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = self.at_words(words);
        if found {
            for _ in words {
                self.bump();
            }
        }
        found
    }

    /// Takes the next token, which must be a word.
    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { self.expected(&format!("`{word}`")) }
    }

    /// The word so many tokens after the next one, in lower case; empty when it is no word.
    pub(super) fn lower(&self, ahead: usize) -> Lower {
        let token = self.peek_at(ahead);
        let mut lower = Lower { bytes: [0; 32], length: 0 };
        if token.kind == TokenKind::Word {
            let text = self.text(token).as_bytes();
            if let Some(space) = lower.bytes.get_mut(..text.len()) {
                space.copy_from_slice(text);
                space.make_ascii_lowercase();
                lower.length = text.len();
            }
        }
        lower
    }

    /// Whether the token so many after the next one can be a name.
    pub(super) fn is_name(&self, ahead: usize) -> bool {
        matches!(self.peek_at(ahead).kind, TokenKind::Word | TokenKind::Quoted)
    }

    /// Whether a token begins its line.
    pub(super) fn begins_line(token: Token) -> bool {
        token.line != LinePlace::Inside
    }

    /// Where a token stands.
    pub(super) fn span_of(&self, token: Token) -> Span {
        self.place.span(token.start, token.end)
    }

    /// From a byte to the end of the last token.
    pub(super) fn span_from(&self, start: u32) -> Span {
        self.place.span(start, self.last_end.max(start))
    }

    /// Says that something else should come next.
    pub(super) fn expected<T>(&mut self, what: &str) -> Parsed<T> {
        self.unexpected(what);
        Err(Failed)
    }

    /// Says that something else should come next, for a caller that goes on.
    pub(super) fn unexpected(&mut self, what: &str) -> &mut Diagnostic {
        let token = self.peek();
        let (code, found) = match token.kind {
            TokenKind::Unknown => (codes::UNKNOWN_CHARACTER, format!("`{}`", self.text(token))),
            TokenKind::Word | TokenKind::Variable | TokenKind::Number | TokenKind::Quoted => {
                (codes::UNEXPECTED, format!("`{}`", self.text(token)))
            }
            kind => (codes::UNEXPECTED, kind.describe().to_owned()),
        };
        // What is missing at the end of a text is missing behind its last token, not behind the blank lines.
        let span = match token.kind {
            TokenKind::End => self.place.span(self.last_end, self.last_end),
            _ => self.span_of(token),
        };
        self.diagnostics.error(code, span, format!("expected {what}, found {found}"))
    }

    /// Reads something that may contain itself.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.limits.nesting {
            let span = self.span_of(self.peek());
            self.diagnostics.error(codes::TOO_DEEP, span, "this is nested too deeply").help(format!(
                "at most {} levels are read; move a part into a microflow of its own",
                self.limits.nesting
            ));
            return Err(Failed);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads a list with commas up to a closing token, which is taken too. A comma may also end the list.
    pub(super) fn list_until<T>(
        &mut self,
        close: TokenKind,
        mut read: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(read(self)?);
            if !self.eat(TokenKind::Comma) && !self.at(close) {
                return self.expected(&format!("`,` or {}", close.describe()));
            }
        }
        Ok(items)
    }
}
