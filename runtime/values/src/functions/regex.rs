//! Regular expressions of Java, run by an engine with a limit on its work.
//!
//! Java's engine can be made to run for years by a short text. This one runs expressions without look-around and
//! back-references in linear time, and counts the steps back of the others.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use fancy_regex::{Regex, RegexBuilder};

use super::{arguments::Arguments, regex_syntax::translate, texts::check_length};
use crate::{
    FunctionError, PATTERN_LENGTH_LIMIT, REGEX_BACKTRACK_LIMIT, REGEX_CACHE_LIMIT, Value, decimal::excerpt,
    limits::REGEX_SIZE_LIMIT,
};

/// Compiled expressions, because the same few are used again and again. Nothing that a caller can see depends on it.
static CACHE: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);

/// Whether the whole text matches.
pub(super) fn is_match(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let (text, pattern) = (a.text(0)?, a.text(1)?);
    let regex = compiled(pattern, true)?;
    Ok(Value::Boolean(regex.is_match(text).map_err(|_| too_much_work(pattern))?))
}

/// Replaces the first so many matches by a text that is taken literally.
pub(super) fn replace(a: &Arguments<'_>, limit: usize) -> Result<Value, FunctionError> {
    let (text, pattern, replacement) = (a.text(0)?, a.text(1)?, a.text(2)?);
    let regex = compiled(pattern, false)?;
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for found in regex.find_iter(text).take(limit) {
        let found = found.map_err(|_| too_much_work(pattern))?;
        replaced.push_str(&text[end..found.start()]);
        replaced.push_str(replacement);
        check_length(replaced.len())?;
        end = found.end();
    }
    replaced.push_str(&text[end..]);
    Ok(replaced.into())
}

fn too_much_work(pattern: &str) -> FunctionError {
    FunctionError::limit(format!(
        "the expression `{}` needs more than {REGEX_BACKTRACK_LIMIT} steps back for this text; avoid repetitions within \
         repetitions, look-around and back-references",
        excerpt(pattern)
    ))
}

fn compiled(pattern: &str, whole: bool) -> Result<Arc<Regex>, FunctionError> {
    if pattern.len() > PATTERN_LENGTH_LIMIT {
        return Err(FunctionError::limit(format!(
            "the expression has {} bytes, more than {PATTERN_LENGTH_LIMIT}; use a shorter one",
            pattern.len()
        )));
    }
    let translated = translate(pattern).map_err(|problem| wrong(pattern, &problem))?;
    let source = if whole { format!(r"\A(?:{translated})\z") } else { translated };
    // A poisoned cache is as good as before: an entry is there or not.
    if let Some(regex) = CACHE.lock().unwrap_or_else(PoisonError::into_inner).get(&source) {
        return Ok(regex.clone());
    }
    let regex = RegexBuilder::new(&source)
        .backtrack_limit(REGEX_BACKTRACK_LIMIT)
        .delegate_size_limit(REGEX_SIZE_LIMIT)
        .build()
        .map_err(|error| wrong(pattern, &error.to_string()))?;
    let regex = Arc::new(regex);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= REGEX_CACHE_LIMIT {
        cache.clear();
    }
    cache.insert(source, regex.clone());
    Ok(regex)
}

fn wrong(pattern: &str, problem: &str) -> FunctionError {
    FunctionError::pattern(format!(
        "the regular expression `{}` is wrong: {problem}; put \\ before a character that stands for itself",
        excerpt(pattern)
    ))
}
