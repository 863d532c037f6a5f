//! Reads test files: `.test.mdl`, and the ```` ```mdl-test ```` fences of `.test.md`.
//!
//! A test is a documentation comment with tags, then statements, then a line with a single `/`. A comment without `@test`
//! at the head of a file speaks for all tests of it.

mod fences;
mod tags;
#[cfg(test)]
mod tests;

use std::ops::Range;

use brooklet_compiler::tests_input::{Expectation, TestCase};

pub(crate) use tags::{Cleanup, Throws, Verify};

/// What is read of one test file.
#[derive(Debug, Default)]
pub(crate) struct TestFile {
    /// The tests in their order.
    pub(crate) tests: Vec<Test>,
    /// What is wrong with the file.
    pub(crate) faults: Vec<Fault>,
}

/// A test: what the compiler needs, and what the runner needs.
#[derive(Debug)]
pub(crate) struct Test {
    /// What is compiled.
    pub(crate) case: TestCase,
    /// Microflows that run before it, those of the file's head first.
    pub(crate) setup: Vec<(String, u32)>,
    /// Set when its body must end in an error.
    pub(crate) throws: Option<Throws>,
    /// Queries over the result, which this version cannot run.
    pub(crate) verifies: Vec<Verify>,
    /// What becomes of its changes.
    pub(crate) cleanup: Cleanup,
}

/// Something in a test file that cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u32,
    pub(crate) message: String,
}

/// Reads a file; `source` is its number among the test files, and `markdown` says which of the two formats it has.
pub(crate) fn read(text: &str, source: usize, markdown: bool) -> TestFile {
    let mut reader = Reader { text, source, file: TestFile::default(), header_setup: Vec::new() };
    if markdown {
        for fence in fences::find(text) {
            reader.read_part(fence);
        }
    } else {
        reader.read_part(0..text.len());
    }
    reader.file
}

struct Reader<'a> {
    text: &'a str,
    source: usize,
    file: TestFile,
    header_setup: Vec<(String, u32)>,
}

impl Reader<'_> {
    /// Reads a part of the file that has tests in it and nothing else.
    fn read_part(&mut self, part: Range<usize>) {
        let mut at = part.start;
        while let Some(comment) = self.next_comment(at..part.end) {
            let tags = tags::read(self.text, comment.clone(), &mut self.file.faults);
            let body = comment.end..self.body_end(comment.end..part.end);
            at = body.end;
            let Some((name, line)) = tags.name else {
                if self.file.tests.is_empty() {
                    self.header_setup.extend(tags.setup);
                    at = comment.end;
                }
                continue;
            };
            at = self.after_terminator(at..part.end);
            let expects = tags
                .expects
                .into_iter()
                .map(|(range, line)| Expectation { expression: range.start as u32..range.end as u32, line })
                .collect();
            let case = TestCase { name, source: self.source, line, body: body.start as u32..body.end as u32, expects };
            let setup = self.header_setup.iter().cloned().chain(tags.setup).collect();
            self.file.tests.push(Test {
                case,
                setup,
                throws: tags.throws,
                verifies: tags.verifies,
                cleanup: tags.cleanup,
            });
        }
    }

    /// The next documentation comment that begins a line.
    fn next_comment(&mut self, part: Range<usize>) -> Option<Range<usize>> {
        let mut at = part.start;
        for line in self.text[part.clone()].split_inclusive('\n') {
            let trimmed = line.trim_start();
            if trimmed.starts_with("/**") {
                let start = at + (line.len() - trimmed.len());
                let Some(length) = self.text[start..part.end].find("*/") else {
                    let line = line_of(self.text, start);
                    self.file.faults.push(Fault { line, message: "this comment does not end; add */".to_owned() });
                    return None;
                };
                return Some(start..start + length + 2);
            }
            at += line.len();
        }
        None
    }

    /// Where a body ends: at a line with a single `/`, at the next test's comment, or with the part.
    fn body_end(&self, part: Range<usize>) -> usize {
        let mut at = part.start;
        for line in self.text[part.clone()].split_inclusive('\n') {
            let trimmed = line.trim();
            if trimmed == "/" || self.test_begins(at..part.end, trimmed) {
                return at;
            }
            at += line.len();
        }
        part.end
    }

    /// Whether a line begins the comment of another test, because a terminator was forgotten.
    fn test_begins(&self, rest: Range<usize>, line: &str) -> bool {
        let comment = self.text[rest].split("*/").next().unwrap_or_default();
        line.starts_with("/**") && comment.contains("@test")
    }

    /// The position behind the terminator, if there is one.
    fn after_terminator(&self, part: Range<usize>) -> usize {
        let rest = &self.text[part.clone()];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        if line.trim() == "/" { part.start + line.len() } else { part.start }
    }
}

/// The number of the line in which a position lies, counted from 1.
pub(crate) fn line_of(text: &str, position: usize) -> u32 {
    text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count() as u32 + 1
}
