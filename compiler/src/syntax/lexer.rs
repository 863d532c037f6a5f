//! From text to tokens.
//!
//! Keywords are not told from names here (nearly every keyword may be a name), and hyphenated names such as
//! `starts-with` stay three tokens, because only the parser knows whether a `-` is a minus. What the lexer does decide
//! is where a text ends, which depends on the language version: `\` escapes in version 0 and is a character in later ones.

use super::token::{LinePlace, Token, TokenKind};

/// The tokens of a text, the last one being [`TokenKind::End`], and what was not closed.
pub(super) struct Tokens {
    /// In order.
    pub(super) tokens: Vec<Token>,
    /// Texts, quoted names and comments that do not end.
    pub(super) unclosed: Vec<Unclosed>,
}

/// Something that does not end.
pub(super) struct Unclosed {
    /// What it is: `text`, `quoted name`, `comment`.
    pub(super) what: &'static str,
    /// Its first byte.
    pub(super) start: u32,
    /// Where it was taken to end.
    pub(super) end: u32,
}

/// Splits a text into tokens. The text is shorter than 4 GiB (see `MAX_SOURCE_BYTES`).
pub(super) fn tokenize(text: &str, version: u32) -> Tokens {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        line: LinePlace::ColumnOne,
        backslash_escapes: version == 0,
        lost: false,
        tokens: Vec::with_capacity(text.len() / 5 + 1),
        unclosed: Vec::new(),
    };
    lexer.run();
    Tokens { tokens: lexer.tokens, unclosed: lexer.unclosed }
}

/// The language version that the header `mdl N;` names; 0 without a header. It must be known before texts are read.
pub fn header_version(text: &str) -> u32 {
    let Tokens { tokens, .. } = tokenize(text.get(..first_tokens(text)).unwrap_or(""), 1);
    let mut rest = tokens.iter().filter(|token| token.kind != TokenKind::Documentation);
    let (Some(word), Some(number)) = (rest.next(), rest.next()) else { return 0 };
    let slice = |token: &Token| &text[token.start as usize..token.end as usize];
    if word.kind == TokenKind::Word && slice(word).eq_ignore_ascii_case("mdl") && number.kind == TokenKind::Number {
        slice(number).parse().unwrap_or(u32::MAX)
    } else {
        0
    }
}

/// The length of a beginning of the text that holds its first two tokens, if these are words: comments and one line.
fn first_tokens(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    loop {
        match bytes.get(at..) {
            Some([b' ' | b'\t' | b'\r' | b'\n', ..]) => at += 1,
            Some([b'-', b'-', ..]) => at += find(&bytes[at..], b"\n").unwrap_or(bytes.len() - at),
            Some([b'/', b'*', ..]) => {
                at += find(&bytes[at + 2..], b"*/").map_or(bytes.len() - at, |length| length + 4);
            }
            _ => break,
        }
    }
    at + find(&bytes[at..], b"\n").unwrap_or(bytes.len() - at)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: LinePlace,
    backslash_escapes: bool,
    /// Whether a text did not end.
    lost: bool,
    tokens: Vec<Token>,
    unclosed: Vec<Unclosed>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line = LinePlace::ColumnOne;
                }
                b' ' | b'\t' | b'\r' | 0x0c => {
                    self.at += 1;
                    if self.line == LinePlace::ColumnOne {
                        self.line = LinePlace::First;
                    }
                }
                b'-' if self.next_is(b'-') => self.skip_line(),
                b'/' if self.next_is(b'*') => self.comment(),
                _ => {
                    let start = self.at;
                    let kind = self.token(byte);
                    self.push(kind, start);
                }
            }
        }
        self.push(TokenKind::End, self.at);
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token { kind, start: start as u32, end: self.at as u32, line: self.line });
        self.line = LinePlace::Inside;
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.at + 1) == Some(&byte)
    }

    fn skip_line(&mut self) {
        self.at = self.end_of_line(self.at);
    }

    fn comment(&mut self) {
        let start = self.at;
        let body = &self.bytes[start + 2..];
        match find(body, b"*/") {
            Some(length) => self.at = start + 2 + length + 2,
            None => {
                self.at = self.bytes.len();
                self.unclosed("comment", start);
            }
        }
        // `/**/` is an empty comment, not documentation.
        if body.first() == Some(&b'*') && self.at - start > 4 {
            self.push(TokenKind::Documentation, start);
        }
    }

    /// Reads a token and gives its kind.
    fn token(&mut self, byte: u8) -> TokenKind {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                self.word();
                TokenKind::Word
            }
            b'0'..=b'9' => {
                self.number();
                TokenKind::Number
            }
            b'\'' => self.string(),
            b'"' | b'`' => self.quoted_name(byte),
            b'$' => self.dollar(),
            b'[' if self.next_is(b'%') => self.placeholder(),
            b'/' if self.is_alone_on_line() => self.operator(1, TokenKind::Separator),
            b'!' if self.next_is(b'=') => self.operator(2, TokenKind::NotEqual),
            b'<' if self.next_is(b'>') => self.operator(2, TokenKind::NotEqual),
            b'<' if self.next_is(b'=') => self.operator(2, TokenKind::LessOrEqual),
            b'>' if self.next_is(b'=') => self.operator(2, TokenKind::GreaterOrEqual),
            b'-' if self.next_is(b'>') => self.operator(2, TokenKind::Arrow),
            b'(' => self.operator(1, TokenKind::LeftParenthesis),
            b')' => self.operator(1, TokenKind::RightParenthesis),
            b'{' => self.operator(1, TokenKind::LeftBrace),
            b'}' => self.operator(1, TokenKind::RightBrace),
            b'[' => self.operator(1, TokenKind::LeftBracket),
            b']' => self.operator(1, TokenKind::RightBracket),
            b',' => self.operator(1, TokenKind::Comma),
            b';' => self.operator(1, TokenKind::Semicolon),
            b':' => self.operator(1, TokenKind::Colon),
            b'.' => self.operator(1, TokenKind::Dot),
            b'/' => self.operator(1, TokenKind::Slash),
            b'*' => self.operator(1, TokenKind::Star),
            b'+' => self.operator(1, TokenKind::Plus),
            b'-' => self.operator(1, TokenKind::Minus),
            b'%' => self.operator(1, TokenKind::Percent),
            b'@' => self.operator(1, TokenKind::At),
            b'=' => self.operator(1, TokenKind::Equal),
            b'<' => self.operator(1, TokenKind::Less),
            b'>' => self.operator(1, TokenKind::Greater),
            _ => {
                let length = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                self.operator(length, TokenKind::Unknown)
            }
        }
    }

    fn operator(&mut self, length: usize, kind: TokenKind) -> TokenKind {
        self.at += length;
        kind
    }

    fn word(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            self.at += 1;
        }
    }

    fn digits(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn number(&mut self) {
        self.digits();
        if let Some([b'.', b'0'..=b'9', ..]) = self.bytes.get(self.at..) {
            self.at += 1;
            self.digits();
        }
        match self.bytes.get(self.at..) {
            Some([b'e' | b'E', b'0'..=b'9', ..]) => self.at += 1,
            Some([b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..]) => self.at += 2,
            _ => return,
        }
        self.digits();
    }

    fn string(&mut self) -> TokenKind {
        let start = self.at;
        let mut at = start + 1;
        // Once a text did not end, the quotes no longer pair up: further ones are taken to end with their lines.
        let bytes = if self.lost { &self.bytes[..self.end_of_line(start)] } else { self.bytes };
        loop {
            match bytes.get(at) {
                Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
                Some(b'\'') => {
                    self.at = at + 1;
                    return TokenKind::Text;
                }
                Some(b'\\') if self.backslash_escapes && at + 1 < bytes.len() => at += 2,
                Some(_) => at += 1,
                None => {
                    self.lost = true;
                    self.end_at_line("text", start);
                    return TokenKind::Text;
                }
            }
        }
    }

    fn quoted_name(&mut self, quote: u8) -> TokenKind {
        let start = self.at;
        match self.bytes[start + 1..].iter().position(|&byte| byte == quote || byte == b'\n') {
            Some(length) if self.bytes[start + 1 + length] == quote => self.at = start + length + 2,
            _ => self.end_at_line("quoted name", start),
        }
        TokenKind::Quoted
    }

    fn dollar(&mut self) -> TokenKind {
        let start = self.at;
        if self.next_is(b'$') {
            match find(&self.bytes[start + 2..], b"$$") {
                Some(length) => self.at = start + 2 + length + 2,
                None => {
                    self.at = self.bytes.len();
                    self.unclosed("text", start);
                }
            }
            return TokenKind::DollarText;
        }
        self.at += 1;
        if matches!(self.bytes.get(self.at), Some(b'A'..=b'Z' | b'a'..=b'z' | b'_')) {
            self.word();
            TokenKind::Variable
        } else {
            TokenKind::Unknown
        }
    }

    fn placeholder(&mut self) -> TokenKind {
        match find(&self.bytes[self.at..self.end_of_line(self.at)], b"%]") {
            Some(length) => self.operator(length + 2, TokenKind::Placeholder),
            None => self.operator(1, TokenKind::LeftBracket),
        }
    }

    /// Whether the `/` here separates statements, as in SQL*Plus: nothing else stands on its line.
    fn is_alone_on_line(&self) -> bool {
        if self.line == LinePlace::Inside {
            return false;
        }
        let rest = &self.bytes[self.at + 1..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        matches!(rest.get(blanks..), None | Some([] | [b'\n', ..] | [b'-', b'-', ..]))
    }

    fn end_of_line(&self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        start + find(rest, b"\n").unwrap_or(rest.len())
    }

    /// Takes what does not end to end with its line, so that the rest is still read.
    fn end_at_line(&mut self, what: &'static str, start: usize) {
        self.at = self.end_of_line(start);
        self.unclosed(what, start);
    }

    fn unclosed(&mut self, what: &'static str, start: usize) {
        self.unclosed.push(Unclosed { what, start: start as u32, end: self.at as u32 });
    }
}

/// The value of a `'…'` text: without its quotes, with its escapes resolved.
///
/// A doubled quote is a quote. In version 0, `\n`, `\r`, `\t`, `\\`, `\'` and `\"` mean what they do elsewhere; a `\`
/// in front of anything else stays (regular expressions such as `\d` and `\.` are written so).
pub(super) fn text_value(raw: &str, version: u32) -> String {
    let inner = raw.strip_prefix('\'').unwrap_or(raw);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    if !inner.contains(['\'', '\\']) {
        return inner.to_owned();
    }
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                characters.next_if_eq(&'\'');
                value.push('\'');
            }
            '\\' if version == 0 => {
                let escaped = match characters.peek() {
                    Some('n') => Some('\n'),
                    Some('r') => Some('\r'),
                    Some('t') => Some('\t'),
                    Some(itself @ ('\\' | '\'' | '"')) => Some(*itself),
                    _ => None,
                };
                if escaped.is_some() {
                    characters.next();
                }
                value.push(escaped.unwrap_or('\\'));
            }
            other => value.push(other),
        }
    }
    value
}
