//! Patterns of moments: what Java's `SimpleDateFormat` understands.

use super::check_length;
use crate::{FunctionError, decimal::excerpt};

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct MomentPattern {
    pub(super) items: Vec<Item>,
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A character that stands for itself.
    Literal(char),
    /// A letter with a meaning, and how often it is repeated.
    Field { letter: char, count: usize },
}

/// The letters with a meaning.
const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";

impl MomentPattern {
    /// Compiles a pattern.
    pub(crate) fn compile(pattern: &str) -> Result<Self, FunctionError> {
        check_length(pattern)?;
        let mut items: Vec<Item> = Vec::new();
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\'' if characters.next_if_eq(&'\'').is_some() => items.push(Item::Literal('\'')),
                '\'' => loop {
                    match characters.next() {
                        Some('\'') if characters.next_if_eq(&'\'').is_some() => items.push(Item::Literal('\'')),
                        Some('\'') => break,
                        Some(quoted) => items.push(Item::Literal(quoted)),
                        None => return Err(error(pattern, "a quote is not closed; write '' for a quote itself")),
                    }
                },
                letter if letter.is_ascii_alphabetic() => {
                    if !LETTERS.contains(letter) {
                        let problem = format!("the letter {letter} has no meaning; put text between quotes");
                        return Err(error(pattern, &problem));
                    }
                    let mut count = 1;
                    while characters.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    if letter == 'X' && count > 3 {
                        return Err(error(pattern, "X can be repeated three times at most"));
                    }
                    items.push(Item::Field { letter, count });
                }
                literal => items.push(Item::Literal(literal)),
            }
        }
        Ok(Self { items })
    }
}

fn error(pattern: &str, problem: &str) -> FunctionError {
    FunctionError::pattern(format!("the date pattern `{}` is wrong: {problem}", excerpt(pattern)))
}
