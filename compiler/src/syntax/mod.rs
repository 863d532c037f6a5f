//! From text to syntax trees.
//!
//! A hand-written lexer and a recursive-descent parser. Both language versions (`mdl 0`, which is what a script without
//! a header has, and `mdl 1`) and all their spellings lower into one tree: [`document`] for the statements of scripts,
//! [`ast`] for what stands inside microflows.
//!
//! **Invariants.** No input panics and none overflows the stack ([`MAX_NESTING`], [`MAX_OPERATORS`]); an error is
//! reported once and parsing goes on behind it, so that one run shows all of them; whatever the parser leaves out of
//! the tree it names in a note.

pub mod ast;
pub mod document;
mod lexer;
pub use lexer::header_version;
mod parser;
mod token;

use brooklet_model::SourceId;

use self::ast::{Block, Expression, ExpressionKind, XPath, XPathKind};
use self::document::Script;
use self::parser::Parser;
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::source::{Source, Span};

/// The newest language version that is known.
pub const NEWEST_VERSION: u32 = 2;

/// A source may have so many bytes: places are 32-bit, and nobody writes a larger model in one file.
pub const MAX_SOURCE_BYTES: usize = 16 * 1024 * 1024;

/// Statements, expressions and parentheses may be nested so deeply.
pub const MAX_NESTING: u32 = 200;

/// One expression may have so many operators: each deepens the tree, which everybody walks recursively.
pub const MAX_OPERATORS: u32 = 500;

/// How deep and how long an expression may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Statements, expressions and parentheses may be nested so deeply.
    pub nesting: u32,
    /// One expression may have so many operators and steps.
    pub operators: u32,
}

impl Limits {
    /// For models.
    pub const MODEL: Self = Self { nesting: MAX_NESTING, operators: MAX_OPERATORS };
    /// For texts from outside, which are read on whatever stack is left.
    pub const OUTSIDE: Self = Self { nesting: 40, operators: 200 };
}

/// So many errors of one source are reported; behind them, it is not read any further.
pub const MAX_ERRORS: u32 = 500;

/// Parses a whole source. What cannot be read is reported and left out.
///
/// Statements of microflows outside of a microflow are tests; a source may have them when its name ends in `.test.mdl`.
pub fn parse(source_id: SourceId, source: &Source, diagnostics: &mut Diagnostics) -> Script {
    let text = checked_size(&source.text, Place::Offset { source: source_id, base: 0 }, diagnostics);
    let version = lexer::header_version(text);
    let fragment = Fragment { text, place: Place::Offset { source: source_id, base: 0 }, version };
    let is_test = source.name.ends_with(".test.mdl");
    Parser::new(fragment, Limits::MODEL, diagnostics).script(is_test)
}

/// A text that is part of something else, and how places in it are reported.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
    /// The language version that it is written in.
    pub version: u32,
}

/// Where a fragment stands.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// It is a piece of a source, as written there: byte 0 of the fragment is byte `base` of the source.
    Offset {
        /// The source.
        source: SourceId,
        /// The fragment's first byte there.
        base: u32,
    },
    /// It is the value of a text (its escapes are resolved) or comes from elsewhere: everything in it stands here.
    Whole(Span),
}

impl Place {
    fn span(self, start: u32, end: u32) -> Span {
        match self {
            Place::Offset { source, base } => {
                Span { source, start: base.saturating_add(start), end: base.saturating_add(end) }
            }
            Place::Whole(span) => span,
        }
    }
}

/// Parses a microflow expression that takes up the whole fragment.
pub fn parse_expression(fragment: Fragment<'_>, diagnostics: &mut Diagnostics) -> Expression {
    expression_within(fragment, Limits::MODEL, diagnostics)
}

fn expression_within(fragment: Fragment<'_>, limits: Limits, diagnostics: &mut Diagnostics) -> Expression {
    let fragment = fragment.checked(diagnostics);
    let span = fragment.whole();
    let mut parser = Parser::new(fragment, limits, diagnostics);
    parser
        .expression()
        .and_then(|expression| parser.end_of_fragment().map(|()| expression))
        .unwrap_or(Expression { kind: ExpressionKind::Error, span })
}

/// Parses an XPath constraint, with or without brackets, that takes up the whole fragment.
pub fn parse_xpath(fragment: Fragment<'_>, limits: Limits, diagnostics: &mut Diagnostics) -> XPath {
    let fragment = fragment.checked(diagnostics);
    let span = fragment.whole();
    let mut parser = Parser::new(fragment, limits, diagnostics);
    parser
        .xpath()
        .and_then(|xpath| parser.end_of_fragment().map(|()| xpath))
        .unwrap_or(XPath { kind: XPathKind::Error, span })
}

/// Parses statements of a microflow that take up the whole fragment: the body of a test.
pub fn parse_block(fragment: Fragment<'_>, diagnostics: &mut Diagnostics) -> Block {
    let fragment = fragment.checked(diagnostics);
    Parser::new(fragment, Limits::MODEL, diagnostics).whole_block()
}

impl Fragment<'_> {
    fn checked(self, diagnostics: &mut Diagnostics) -> Self {
        Fragment { text: checked_size(self.text, self.place, diagnostics), ..self }
    }

    fn whole(&self) -> Span {
        self.place.span(0, self.text.len() as u32)
    }
}

/// The text, or nothing when it is too large.
fn checked_size<'a>(text: &'a str, place: Place, diagnostics: &mut Diagnostics) -> &'a str {
    if text.len() <= MAX_SOURCE_BYTES {
        return text;
    }
    diagnostics
        .error(codes::SOURCE_TOO_LARGE, place.span(0, 0), format!("this source has {} bytes", text.len()))
        .help(format!("a source may have {MAX_SOURCE_BYTES} bytes; split it"));
    ""
}
