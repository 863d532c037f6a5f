//! Tests as the compiler takes them: pieces of test files, already told apart by whoever read the file.
//!
//! Each case becomes a microflow of kind `Test` named `Test.<n>`, where `n` is its index in [`Tests::cases`]. It runs the
//! body, then evaluates the expectations in order and reports each through `effects.expectation`, with its index in
//! [`TestCase::expects`] and, for a comparison, the values of both sides.
//!
//! The sources of tests come after those of the model: the [`brooklet_model::SourceId`] of `sources[n]` is `n` plus the
//! number of model sources. All ranges are byte ranges of the test's source, so that diagnostics and activities stand at
//! their places in the test file.
//!
//! Set-up microflows, `@throws` and `@cleanup` are the runner's affair.

use std::ops::Range;

use crate::source::Source;

/// The test files of a run and the cases in them.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// The test files, whole.
    pub sources: Vec<Source>,
    /// The cases in the order in which they run.
    pub cases: Vec<TestCase>,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// What it is called: the text after `@test`.
    pub name: String,
    /// Its file: an index into [`Tests::sources`].
    pub source: usize,
    /// The line of its `@test` tag, counted from 1.
    pub line: u32,
    /// Its statements.
    pub body: Range<u32>,
    /// Its expectations: Boolean expressions over the body's variables.
    pub expects: Vec<Expectation>,
}

/// A Boolean expression that must hold when the body has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The expression.
    pub expression: Range<u32>,
    /// The line of its `@expect` tag, counted from 1.
    pub line: u32,
}

/// The name of the microflow that a case is compiled to.
pub fn microflow_name(case: usize) -> String {
    format!("Test.{case}")
}
