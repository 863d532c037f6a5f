//! Lines and columns of a text.

/// A place as people count: lines and characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Looks the text's lines up once.
    pub fn new(text: &str) -> Self {
        let behind = |(at, _): (usize, &str)| at as u32 + 1;
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(behind)).collect();
        LineIndex { starts }
    }

    /// The place of a byte. A byte behind the text's end is at its end.
    pub fn position(&self, text: &str, byte: u32) -> Position {
        let byte = (byte as usize).min(text.len()) as u32;
        let line = self.starts.partition_point(|&start| start <= byte).saturating_sub(1);
        let start = self.starts[line] as usize;
        let before = text.as_bytes().get(start..byte as usize).unwrap_or_default();
        // The first byte of every character, so that a place inside of one counts as its begin.
        let characters = before.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        Position { line: line as u32 + 1, column: characters as u32 + 1 }
    }

    /// The text of a line (from 1), without its end.
    pub fn line<'a>(&self, text: &'a str, line: u32) -> &'a str {
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).map_or(text.len(), |&next| next as usize - 1);
        text.get(start as usize..end).unwrap_or("").trim_end_matches('\r')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_characters_count_from_one() {
        let text = "a\r\näb\n\nc";
        let lines = LineIndex::new(text);
        let at = |byte| {
            let Position { line, column } = lines.position(text, byte);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(5), (2, 2), "the letter before it takes two bytes");
        assert_eq!(at(7), (3, 1));
        assert_eq!(at(8), (4, 1));
        assert_eq!(at(99), (4, 2), "behind the end is the end");
        assert_eq!(lines.line(text, 1), "a");
        assert_eq!(lines.line(text, 2), "äb");
        assert_eq!(lines.line(text, 3), "");
        assert_eq!(lines.line(text, 9), "");
    }
}
