//! Functions of texts that need no patterns.

use super::{
    arguments::Arguments,
    utf16::{self, Position},
};
use crate::{FunctionError, TEXT_LENGTH_LIMIT, Value};

/// An empty text has no characters.
pub(super) fn length(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    if a.is_empty(0) {
        return Ok(Value::Integer(0));
    }
    Ok(Value::Integer(utf16::length(a.text(0)?)))
}

/// Everything, even no text at all, contains the empty text.
pub(super) fn contains(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    if a.is_empty(1) || a.text(1)?.is_empty() {
        return Ok(Value::Boolean(true));
    }
    Ok(Value::Boolean(a.text(0)?.contains(a.text(1)?)))
}

/// Java's `indexOf`: a start before the text is its begin, and behind the text nothing is found.
pub(super) fn find(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let (text, part) = (a.text(0)?, a.text(1)?);
    let from = if a.has(2) { usize::try_from(a.integer(2)?).unwrap_or(0) } else { 0 };
    let start = match utf16::position(text, from) {
        Position::Byte(start) => Some(start),
        // No text begins in the middle of a character.
        Position::Inside(before) => Some(next_character(text, before)),
        Position::Beyond => part.is_empty().then_some(text.len()),
    };
    let found = start.and_then(|start| Some(start + text[start..].find(part)?));
    Ok(Value::Integer(found.map_or(-1, |byte| utf16::length(&text[..byte]))))
}

/// Java's `lastIndexOf`: what is found begins at the given position at the latest.
pub(super) fn find_last(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let (text, part) = (a.text(0)?, a.text(1)?);
    let latest = if a.has(2) { a.integer(2)? } else { i64::MAX };
    let Ok(latest) = usize::try_from(latest) else { return Ok(Value::Integer(-1)) };
    let latest = match utf16::position(text, latest) {
        Position::Byte(byte) | Position::Inside(byte) => byte,
        Position::Beyond => text.len(),
    };
    let end = ceil_character(text, latest.saturating_add(part.len()));
    let found = text[..end].rfind(part);
    Ok(Value::Integer(found.map_or(-1, |byte| utf16::length(&text[..byte]))))
}

pub(super) fn substring(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let text = a.text(0)?;
    let start = a.integer(1)?;
    let end = if a.has(2) {
        let length = a.integer(2)?;
        if length < 0 {
            return Err(FunctionError::out_of_range(format!("the length {length} is negative; use 0 or more")));
        }
        start.saturating_add(length)
    } else {
        utf16::length(text).max(start)
    };
    Ok(text[byte_at(text, start)?..byte_at(text, end)?].into())
}

fn byte_at(text: &str, units: i64) -> Result<usize, FunctionError> {
    let position = usize::try_from(units).map_or(Position::Beyond, |units| utf16::position(text, units));
    match position {
        Position::Byte(byte) => Ok(byte),
        Position::Inside(_) => Err(FunctionError::invalid(format!(
            "position {units} is in the middle of a character that counts twice, such as an emoji; choose another position"
        ))),
        Position::Beyond => Err(FunctionError::out_of_range(format!(
            "position {units} is not in a text of length {}; compare it with length(…) first",
            utf16::length(text)
        ))),
    }
}

/// Takes white space and control characters away from both ends. An empty text becomes one without characters.
pub(super) fn trim(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    if a.is_empty(0) {
        return Ok("".into());
    }
    Ok(a.text(0)?.trim_matches(|character: char| character <= ' ' || character.is_whitespace()).into())
}

/// Replaces a literal text everywhere.
pub(super) fn replace(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let (text, old, new) = (a.text(0)?, a.text(1)?, a.text(2)?);
    let count = text.matches(old).count();
    check_length(text.len().saturating_add(count.saturating_mul(new.len())))?;
    Ok(text.replace(old, new).into())
}

/// Refuses a text that would be too long.
pub(super) fn check_length(length: usize) -> Result<(), FunctionError> {
    if length > TEXT_LENGTH_LIMIT {
        return Err(FunctionError::limit(format!(
            "the text would be longer than {TEXT_LENGTH_LIMIT} bytes; shorten it"
        )));
    }
    Ok(())
}

/// The begin of the character behind the one at that byte.
fn next_character(text: &str, byte: usize) -> usize {
    byte + text[byte..].chars().next().map_or(0, char::len_utf8)
}

/// The first byte from that one on at which a character begins, or the end.
fn ceil_character(text: &str, byte: usize) -> usize {
    (byte..text.len()).find(|&byte| text.is_char_boundary(byte)).unwrap_or(text.len())
}
