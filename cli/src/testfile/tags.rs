//! The tags of a test's documentation comment.

use std::ops::Range;

use super::{Fault, line_of};

/// The tags of one comment.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) name: Option<(String, u32)>,
    pub(super) expects: Vec<(Range<usize>, u32)>,
    pub(super) throws: Option<Throws>,
    pub(super) setup: Vec<(String, u32)>,
    pub(super) verifies: Vec<Verify>,
    pub(super) cleanup: Cleanup,
}

/// What becomes of a test's changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cleanup {
    /// They are undone.
    #[default]
    Rollback,
    /// They stay.
    None,
}

/// `@throws 'part of the message'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Throws {
    /// What the message must contain; nothing when any error will do.
    pub(crate) part: String,
    /// Where the tag stands.
    pub(crate) line: u32,
}

/// `@verify …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verify {
    /// The query and what it is compared with.
    pub(crate) text: String,
    /// Where the tag stands.
    pub(crate) line: u32,
}

const KNOWN: [&str; 6] = ["@test", "@expect", "@throws", "@setup", "@cleanup", "@verify"];

/// Reads the tags of the comment in that range of the text.
pub(super) fn read(text: &str, comment: Range<usize>, faults: &mut Vec<Fault>) -> Tags {
    let mut tags = Tags::default();
    let inner = comment.start + 3..comment.end - 2;
    let mut at = inner.start.min(inner.end);
    for raw in text[at..inner.end].split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let content = raw.trim_start().trim_start_matches('*').trim_start();
        if !content.starts_with('@') {
            continue;
        }
        let offset = start + (raw.len() - content.len());
        let content = content.trim_end();
        let line = line_of(text, offset);
        let (tag, rest) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
        let argument = rest.trim_start();
        let argument_start = offset + content.len() - argument.len();
        let mut fault = |message: String| faults.push(Fault { line, message });
        match tag.to_ascii_lowercase().as_str() {
            "@test" if argument.is_empty() => fault("@test needs a name".to_owned()),
            "@test" => tags.name = Some((argument.to_owned(), line)),
            "@expect" if argument.is_empty() => fault("@expect needs an expression, such as $result = true".to_owned()),
            "@expect" => {
                // A semicolon at the end is a habit, not a part of the expression.
                let expression = argument.trim_end_matches(';').trim_end();
                tags.expects.push((argument_start..argument_start + expression.len(), line));
            }
            "@throws" => tags.throws = Some(Throws { part: unquote(argument), line }),
            "@setup" if argument.is_empty() => fault("@setup needs a microflow, such as Shop.SUB_Seed".to_owned()),
            "@setup" => tags.setup.push((argument.trim_end_matches([';', '(', ')']).to_owned(), line)),
            "@cleanup" => match argument.to_ascii_lowercase().as_str() {
                "rollback" => tags.cleanup = Cleanup::Rollback,
                "none" => tags.cleanup = Cleanup::None,
                _ => fault(format!("@cleanup takes rollback or none, not `{argument}`")),
            },
            "@verify" => tags.verifies.push(Verify { text: argument.to_owned(), line }),
            other => {
                // Comments may have tags of other tools; a slip of a known one would silently test nothing.
                if let Some(known) = KNOWN.iter().find(|known| strsim::damerau_levenshtein(known, other) <= 2) {
                    fault(format!("unknown tag {tag}; did you mean {known}?"));
                }
            }
        }
    }
    tags
}

/// The text within quotes, where two quotes stand for one.
fn unquote(argument: &str) -> String {
    match argument.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => argument.trim_matches('"').to_owned(),
    }
}
