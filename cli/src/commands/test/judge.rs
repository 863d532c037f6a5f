//! Whether a test has passed.

use brooklet_runtime::flow::{Failure, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gather::Planned;
use crate::commands::run::failure_text;

/// What is said of a test: it has passed when there is nothing to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    pub(super) findings: Vec<Finding>,
}

impl Verdict {
    pub(super) fn has_passed(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is not as the test wants it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Finding {
    pub(super) line: u32,
    pub(super) message: String,
    /// The expectation that does not hold.
    pub(super) expression: Option<String>,
    pub(super) expected: Option<Value>,
    pub(super) actual: Option<Value>,
}

impl Finding {
    pub(super) fn text(&self, file: &str) -> String {
        let mut text = format!("      {file}:{}: {}", self.line, self.message.replace('\n', "\n        "));
        if let Some(expected) = &self.expected {
            text.push_str(&format!("\n        expected: {}", shown(expected)));
        }
        if let Some(actual) = &self.actual {
            text.push_str(&format!("\n        actual:   {}", shown(actual)));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "line": self.line,
            "message": self.message,
            "expression": self.expression,
            "expected": self.expected,
            "actual": self.actual,
        })
    }
}

/// Values as the model's language writes them.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// An expectation as the guest reports it.
#[derive(Debug, Deserialize)]
struct Reported {
    kind: String,
    #[serde(default)]
    number: usize,
    #[serde(default)]
    holds: bool,
    #[serde(default)]
    sides: Vec<Value>,
}

/// Why a test cannot pass whatever it does.
pub(super) fn refuse(test: &Planned, require_assertions: bool) -> Option<Finding> {
    if let Some(verify) = test.verifies.first() {
        let message =
            format!("@verify is not supported yet (it needs OQL): {}; retrieve and @expect instead", verify.text);
        return Some(Finding { line: verify.line, message, ..Finding::default() });
    }
    if require_assertions && test.expects.is_empty() && test.throws.is_none() {
        let message = "the test expects nothing; add @expect or @throws".to_owned();
        return Some(Finding { line: test.line, message, ..Finding::default() });
    }
    None
}

/// What a test's end says.
pub(super) fn judge(test: &Planned, ended: Result<Outcome, Failure>) -> Verdict {
    let findings = match (&test.throws, ended) {
        (None, Ok(outcome)) => expectations(test, &outcome.effects),
        (Some(throws), Ok(_)) => {
            let message = match throws.part.as_str() {
                "" => "the test was to end in an error, but it succeeded".to_owned(),
                part => format!("the test was to end in an error with '{part}', but it succeeded"),
            };
            vec![Finding { line: throws.line, message, ..Finding::default() }]
        }
        (Some(throws), Err(failure)) if failure.message.contains(&throws.part) => Vec::new(),
        (Some(throws), Err(failure)) => vec![Finding {
            line: throws.line,
            message: format!("the test ended in another error\n{}", failure_text(&failure)),
            expression: None,
            expected: Some(json!(throws.part)),
            actual: Some(json!(failure.message)),
        }],
        (None, Err(failure)) => {
            let line = failure.frames.iter().find(|place| place.source.as_deref() == Some(&test.file));
            let line = line.and_then(|place| place.line).unwrap_or(test.line);
            let message = format!("the test ended in an error\n{}", failure_text(&failure));
            vec![Finding { line, message, ..Finding::default() }]
        }
    };
    Verdict { findings }
}

/// The expectations that do not hold, and those that were never reached.
fn expectations(test: &Planned, effects: &str) -> Vec<Finding> {
    let reported: Vec<Reported> = match serde_json::from_str(effects) {
        Ok(reported) => reported,
        Err(error) => {
            return vec![Finding {
                line: test.line,
                message: format!("unreadable effects: {error}"),
                ..Finding::default()
            }];
        }
    };
    let outcomes: Vec<_> = reported.into_iter().filter(|one| one.kind == "expectation").collect();
    let mut findings = Vec::new();
    for (number, (expression, line)) in test.expects.iter().enumerate() {
        let outcome = outcomes.iter().rev().find(|one| one.number == number);
        let (message, expected, actual) = match outcome {
            Some(one) if one.holds => continue,
            Some(one) => {
                let sides = (one.sides.get(1).cloned(), one.sides.first().cloned());
                (format!("expectation does not hold: {expression}"), sides.0, sides.1)
            }
            None => (format!("the test ended before this was reached: {expression}"), None, None),
        };
        findings.push(Finding { line: *line, message, expression: Some(expression.clone()), expected, actual });
    }
    findings
}
