//! The parser: a cursor over tokens, and one file per kind of thing to read.
//!
//! A function that reads something gives [`Parsed`]: either what it has read, or [`Failed`], which means that a
//! diagnostic has been given and that the caller cannot go on. The error travels up with `?` to the statement, where
//! [`recovery`] looks for the next one.

mod access;
mod alter;
mod create;
mod cursor;
mod domain;
mod entity;
mod expressions;
mod flow;
mod kinds;
mod microflow;
mod names;
mod recovery;
mod script;
mod security;
mod settings;
mod skip;
mod xpath;

use super::lexer::{self, Tokens};
use super::token::{Token, TokenKind};
use super::{Fragment, Limits, MAX_ERRORS, NEWEST_VERSION, Place};
use crate::codes;
use crate::diagnostics::Diagnostics;

/// A diagnostic has been given; what was being read is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// What was read, unless it could not be.
pub(super) type Parsed<T> = Result<T, Failed>;

/// Reads one fragment.
pub(super) struct Parser<'a> {
    text: &'a str,
    place: Place,
    version: u32,
    limits: Limits,
    tokens: Vec<Token>,
    /// The next token.
    position: usize,
    /// The end of the last token that was taken.
    last_end: u32,
    /// How deeply the present thing is nested.
    depth: u32,
    /// How many operators the present expression has so far.
    operators: u32,
    /// How many errors were recovered from.
    errors: u32,
    /// The text of a `comment '…'` option of the present statement.
    comment: Option<String>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a fragment.
    pub(super) fn new(fragment: Fragment<'a>, limits: Limits, diagnostics: &'a mut Diagnostics) -> Self {
        let Fragment { text, place, version } = fragment;
        let Tokens { tokens, unclosed } = lexer::tokenize(text, version);
        for one in unclosed.into_iter().take(MAX_ERRORS as usize) {
            diagnostics.error(
                codes::UNCLOSED,
                place.span(one.start, one.end),
                format!("this {} does not end", one.what),
            );
        }
        Parser {
            text,
            place,
            version,
            limits,
            tokens,
            position: 0,
            last_end: 0,
            depth: 0,
            operators: 0,
            errors: 0,
            comment: None,
            diagnostics,
        }
    }

    /// Whether this is the alpha language.
    fn is_alpha(&self) -> bool {
        self.version == 0
    }

    /// Says that a spelling is an old one: under version 0 it is the usual one, later it is to be replaced, and from
    /// version 2 it is refused.
    fn old_spelling(&mut self, code: &'static str, token: Token, replacement: &str) {
        let span = self.span_of(token);
        let help = format!("write {replacement}");
        match self.version {
            0 => {}
            1 => self.diagnostics.warning(code, span, "this spelling is an old one").help(help),
            _ => {
                let message = format!("`mdl {NEWEST_VERSION}` does not have this spelling any more");
                self.diagnostics.error(code, span, message).help(help);
            }
        }
    }

    /// Fails unless everything has been read.
    pub(crate) fn end_of_fragment(&mut self) -> Parsed<()> {
        if self.at(TokenKind::End) { Ok(()) } else { self.expected("the end of the text") }
    }
}
