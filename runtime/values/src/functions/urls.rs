//! Text in URLs: the form encoding of Java's `URLEncoder`, in UTF-8.

use std::fmt::Write as _;

use super::arguments::Arguments;
use crate::{FunctionError, Value, decimal::excerpt};

/// Letters, digits and `.-*_` stay, spaces become `+`, everything else becomes `%` and two hexadecimal digits per byte.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            other => {
                // Writing to a String can not fail.
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

/// The text that was encoded. Bytes that are not UTF-8 become U+FFFD, as in Java.
pub(super) fn decode(a: &Arguments<'_>) -> Result<Value, FunctionError> {
    let text = a.text(0)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |index: usize| char::from(*after.get(index)?).to_digit(16);
                let (Some(high), Some(low)) = (digit(0), digit(1)) else {
                    return Err(FunctionError::invalid(format!(
                        "`{}` has a % without two hexadecimal digits; encode % as %25",
                        excerpt(text)
                    )));
                };
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            other => bytes.push(other),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).as_ref().into())
}
