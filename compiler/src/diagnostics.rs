//! What the compiler has to say about a model.

mod lines;
mod render;

use serde::Serialize;

pub use self::lines::{LineIndex, Position};
pub use self::render::{DiagnosticRecord, Renderer, render_text, to_json};
use crate::source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something was read and left aside.
    Note,
    /// It runs, but not as somebody may expect.
    Warning,
    /// The model cannot be built.
    Error,
}

/// One finding: a code, a place, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A code with a page under `docs/errors/`: `MDL0101`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to type instead.
    pub help: Option<String>,
}

/// All findings of a run.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds an error.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, span, message)
    }

    /// Adds a warning.
    pub fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, code, span, message)
    }

    /// Adds a note.
    pub fn note(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Note, code, span, message)
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.found.push(Diagnostic { code, severity, message: message.into(), span, help: None });
        self.found.last_mut().expect("one was just added")
    }

    /// The findings so far.
    pub fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|one| one.severity == Severity::Error)
    }

    /// The findings in the order of their places, without repetitions.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|a, b| {
            (a.span.source, a.span.start, a.span.end, a.code, &a.message).cmp(&(
                b.span.source,
                b.span.start,
                b.span.end,
                b.code,
                &b.message,
            ))
        });
        self.found.dedup();
        self.found
    }
}

impl Diagnostic {
    /// Says what to type instead.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}
