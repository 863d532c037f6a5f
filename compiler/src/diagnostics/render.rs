//! Diagnostics for people (text) and for programs (JSON).
//!
//! Both are the same on every machine: no colours, no widths of a terminal, no paths but those that sources are named by.

use std::fmt::Write;

use serde::Serialize;

use super::lines::{LineIndex, Position};
use super::{Diagnostic, Severity};
use crate::source::{Source, Span};

/// A longer line of a source is shown in part.
const MAX_SHOWN: usize = 160;

/// Renders diagnostics over the same sources; looks the lines of each up only once.
pub struct Renderer<'a> {
    sources: &'a [Source],
    lines: Vec<Option<LineIndex>>,
}

/// A diagnostic as one JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagnosticRecord<'a> {
    /// Its code.
    pub code: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: &'a str,
    /// The source's name.
    pub file: &'a str,
    /// The first line, from 1.
    pub line: u32,
    /// The first character in it, from 1.
    pub column: u32,
    /// The line behind the last character.
    pub end_line: u32,
    /// The place behind the last character, from 1.
    pub end_column: u32,
    /// The first line's text.
    pub source_line: &'a str,
    /// What to type instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<&'a str>,
}

/// A place with its line.
struct Shown<'a> {
    file: &'a str,
    start: Position,
    end: Position,
    line: &'a str,
}

impl<'a> Renderer<'a> {
    /// For sources in the order of their numbers.
    pub fn new(sources: &'a [Source]) -> Self {
        Renderer { sources, lines: vec![None; sources.len()] }
    }

    /// As text: the message, the place, the line with carets, the help.
    pub fn text(&mut self, diagnostic: &Diagnostic) -> String {
        let Shown { file, start, end, line } = self.place(diagnostic.span);
        let severity = match diagnostic.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let number = start.line.to_string();
        let margin = " ".repeat(number.len());
        let (before, marked, shown) = excerpt(line, start, end);
        let mut text = format!("{severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{margin}--> {file}:{}:{}", start.line, start.column);
        let _ = writeln!(text, "{margin} |");
        let _ = writeln!(text, "{}", format!("{number} | {shown}").trim_end());
        let _ = writeln!(text, "{margin} | {}{}", " ".repeat(before), "^".repeat(marked));
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(text, "{margin} = help: {help}");
        }
        text
    }

    /// As an object for programs.
    pub fn record<'d>(&mut self, diagnostic: &'d Diagnostic) -> DiagnosticRecord<'d>
    where
        'a: 'd,
    {
        let Shown { file, start, end, line } = self.place(diagnostic.span);
        DiagnosticRecord {
            code: diagnostic.code,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            file,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            source_line: line,
            help: diagnostic.help.as_deref(),
        }
    }

    fn place(&mut self, span: Span) -> Shown<'a> {
        let index = span.source.index();
        let (Some(source), Some(lines)) = (self.sources.get(index), self.lines.get_mut(index)) else {
            let nowhere = Position { line: 1, column: 1 };
            return Shown { file: "<unknown>", start: nowhere, end: nowhere, line: "" };
        };
        let lines = lines.get_or_insert_with(|| LineIndex::new(&source.text));
        let start = lines.position(&source.text, span.start);
        let end = lines.position(&source.text, span.end.max(span.start));
        Shown { file: &source.name, start, end, line: lines.line(&source.text, start.line) }
    }
}

/// The part of a line to show, how many characters stand before the marked ones, and how many are marked.
fn excerpt(line: &str, start: Position, end: Position) -> (usize, usize, String) {
    let characters: Vec<char> = line.chars().map(|character| if character == '\t' { ' ' } else { character }).collect();
    let before = (start.column as usize - 1).min(characters.len());
    let behind = if end.line > start.line { characters.len() } else { (end.column as usize - 1).min(characters.len()) };
    let marked = behind.saturating_sub(before).max(1);
    if characters.len() <= MAX_SHOWN {
        return (before, marked, characters.into_iter().collect());
    }
    let first = before.saturating_sub(MAX_SHOWN / 2);
    let last = (first + MAX_SHOWN).min(characters.len());
    let mut shown: String = characters[first..last].iter().collect();
    let mut shift = 0;
    if first > 0 {
        shown.insert(0, '…');
        shift = 1;
    }
    if last < characters.len() {
        shown.push('…');
    }
    (before - first + shift, marked.min(last - before).max(1), shown)
}

/// A diagnostic as text, for a single one; see [`Renderer::text`].
pub fn render_text(diagnostic: &Diagnostic, sources: &[Source]) -> String {
    Renderer::new(sources).text(diagnostic)
}

/// A diagnostic as one JSON object, on one line.
pub fn to_json(diagnostic: &Diagnostic, sources: &[Source]) -> String {
    serde_json::to_string(&Renderer::new(sources).record(diagnostic)).unwrap_or_default()
}
