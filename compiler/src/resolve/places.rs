//! Lines and columns of byte offsets, and the names of sources.

use std::cell::OnceCell;

use brooklet_model::Place;

use crate::source::{Source, Span};

/// The sources with their lines, each indexed when it is first asked about.
pub(crate) struct Places<'a> {
    sources: &'a [Source],
    line_starts: Vec<OnceCell<Vec<usize>>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        Self { sources, line_starts: sources.iter().map(|_| OnceCell::new()).collect() }
    }

    pub(super) fn sources(&self) -> &'a [Source] {
        self.sources
    }

    /// Where a span starts.
    pub(crate) fn place(&self, span: Span) -> Place {
        let start = span.start as usize;
        let (Some(source), Some(cell)) =
            (self.sources.get(span.source.index()), self.line_starts.get(span.source.index()))
        else {
            return Place { source: span.source, line: 1, column: 1 };
        };
        let starts = cell.get_or_init(|| line_starts(&source.text));
        let line = starts.partition_point(|at| *at <= start).max(1);
        let before = source.text.get(starts[line - 1]..start).unwrap_or_default();
        Place { source: span.source, line: line as u32, column: before.chars().count() as u32 + 1 }
    }

    /// Where a span starts, for messages: `shop.mdl:12`.
    pub(super) fn text(&self, span: Span) -> String {
        let name = self.sources.get(span.source.index()).map_or("", |source| &source.name);
        format!("{name}:{}", self.place(span).line)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}
