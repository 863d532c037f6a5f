//! Compiled expressions agree with a direct evaluator.
//!
//! Random well-typed expressions ([`generate`]) are written as MDL ([`print`]), compiled two hundred at a time into one
//! model, and called through the runtime with several sets of arguments ([`model`]). A small interpreter that knows neither
//! parser nor compiler ([`evaluate`]) says what must come out: the same value or an error of the same code. It uses
//! `brooklet-values` for functions of the library and for decimals, and nothing else of the project.
//!
//! A disagreement is made as small as it can be ([`shrink`]) and printed with the seed that found it. `BROOKLET_SEED`
//! runs one seed again, `BROOKLET_BATCHES` says how many batches of two hundred to try.

mod evaluate;
mod generate;
mod inputs;
mod model;
mod print;
mod shrink;
mod tree;

use std::{env, fmt::Write};

use brooklet_test_support::Random;

use generate::Generator;
use model::{Batch, Disagreement, Host};
use tree::{Expr, Kind};

/// Expressions in one model.
const BATCH: usize = 200;

/// Batches in a run.
const BATCHES: u64 = 50;

/// The first batch's seed; the others' follow.
const SEED: u64 = 1;

/// Disagreements that are reported; one mistake of the compiler shows in many expressions.
const REPORTED: usize = 5;

#[test]
fn compiled_expressions_agree_with_a_direct_evaluator() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (first, batches) = match number("BROOKLET_SEED") {
        Some(seed) => (seed, number("BROOKLET_BATCHES").unwrap_or(1)),
        None => (SEED, number("BROOKLET_BATCHES").unwrap_or(BATCHES)),
    };
    let host = Host::start();
    let (mut called, mut failed) = (0, 0);
    let mut report = String::new();
    let mut found = 0;
    for seed in first..first + batches {
        let batch = Batch { expressions: expressions(seed), version: (seed % 2) as u32 };
        let outcome = host.compare(&batch).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        called += outcome.calls;
        failed += outcome.errors;
        for disagreement in outcome.disagreements {
            found += 1;
            if found <= REPORTED {
                let small = shrink::shrink(&host, &batch.expressions[disagreement.index], batch.version, disagreement);
                writeln!(report, "seed {seed}: {small}").expect("a string can be written to");
            }
        }
        if found >= REPORTED {
            break;
        }
    }
    eprintln!("{called} calls, {failed} of which ended in an error as they should");
    assert!(found == 0, "{found} expressions or more disagree:\n{report}");
    assert!(failed * 10 < called * 7, "too many of the expressions are errors: {failed} of {called}");
}

fn expressions(seed: u64) -> Vec<Expr> {
    let mut generator = Generator::new(Random::new(seed));
    (0..BATCH).map(|index| generator.expression(Kind::ALL[index % Kind::ALL.len()])).collect()
}

/// So that a mistake which evaluator and compiler share does not go unnoticed.
#[test]
fn examples_of_the_semantics_come_out() {
    let examples = [
        ("1 + 2 * 3", Kind::Integer, "7"),
        ("7 div 2", Kind::Decimal, "\"3.5\""),
        ("-7 mod 3", Kind::Integer, "-1"),
        ("'a' + empty + 1", Kind::Text, "\"a1\""),
        ("(3 : 7) * 7", Kind::Decimal, "\"3.0000000000000000000000000000000002\""),
        ("9223372036854775807 + 1", Kind::Integer, "integer-overflow"),
        ("1 mod 0", Kind::Integer, "division-by-zero"),
        ("$EmptyInteger + 1", Kind::Integer, "empty-operand"),
        ("$Nothing/Whole", Kind::Integer, "empty-object"),
        ("$Nothing/Whole = empty", Kind::Boolean, "true"),
        ("false and 1 mod 0 = 0", Kind::Boolean, "false"),
        ("if true then 1 else 1 mod 0", Kind::Integer, "1"),
        ("trim($EmptyText)", Kind::Text, "\"\""),
        ("'' = empty", Kind::Boolean, "false"),
        ("substring('abc', 4)", Kind::Text, "out-of-range"),
    ];
    let texts: Vec<_> = examples.iter().map(|(text, kind, _)| ((*text).to_owned(), *kind)).collect();
    let host = Host::start();
    let ordinary = &inputs::Inputs::all()[0];
    let answers = host.answers(&texts, 1, std::slice::from_ref(ordinary)).unwrap_or_else(|error| panic!("{error}"));
    for ((text, _, expected), answer) in examples.iter().zip(answers) {
        assert_eq!(answer, [*expected], "{text}");
    }
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        writeln!(f, "    with {}", self.arguments)?;
        writeln!(f, "    expected {}", self.expected)?;
        write!(f, "    actual   {}", self.actual)
    }
}
