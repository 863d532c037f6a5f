//! Sources and places in them.

use brooklet_model::SourceId;

/// A named text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages call it: a path relative to what the user named, with forward slashes.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A part of a source, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The source.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From the begin of this span to the end of another.
    pub fn to(self, end: Span) -> Span {
        Span { source: self.source, start: self.start, end: end.end.max(self.start) }
    }
}
