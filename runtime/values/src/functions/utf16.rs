//! Positions in texts, counted as in Java: in UTF-16 code units, of which characters beyond the basic plane have two.

/// The number of code units.
pub(super) fn length(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.encode_utf16().count() as i64 }
}

/// Where a number of code units ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// At this byte, between two characters.
    Byte(usize),
    /// In the middle of the character that begins at this byte.
    Inside(usize),
    /// Behind the end of the text.
    Beyond,
}

/// The position after that many code units.
pub(super) fn position(text: &str, units: usize) -> Position {
    if text.is_ascii() {
        return if units <= text.len() { Position::Byte(units) } else { Position::Beyond };
    }
    let mut left = units;
    for (byte, character) in text.char_indices() {
        match left {
            0 => return Position::Byte(byte),
            1 if character.len_utf16() == 2 => return Position::Inside(byte),
            _ => left -= character.len_utf16(),
        }
    }
    if left == 0 { Position::Byte(text.len()) } else { Position::Beyond }
}
