//! From Java's regular expressions to those of the engine.
//!
//! They are nearly the same language. The differences that are translated: quotes `\Q…\E`; `\d`, `\w`, `\s` and POSIX classes,
//! which mean ASCII in Java; `\h`, `\v` and escapes of characters that need none; `.`, which stops at more line ends in Java;
//! and `~` and `--`, which mean set operations to the engine. What stays different: `$` matches before a final line end
//! only in Java, and `(?i)` and `\b` know all letters here.

/// Space, tab, line feed, vertical tab, form feed, carriage return.
const SPACE: &str = r" \t\n\x0B\x0C\r";

/// Translates an expression, or says what is wrong with it.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    Translator { rest: pattern, depth: 0, dot_matches_all: has_dot_all_flag(pattern), text: String::new() }.run()
}

struct Translator<'p> {
    rest: &'p str,
    /// How many classes `[…]` are open.
    depth: usize,
    dot_matches_all: bool,
    text: String,
}

/// Whether a group such as `(?s)` or `(?is:…)` lets the dot match line ends.
fn has_dot_all_flag(pattern: &str) -> bool {
    pattern.split("(?").skip(1).any(|group| {
        let flags = group.split([')', ':', '-', '<', '=', '!']).next().unwrap_or_default();
        flags.contains('s') && flags.bytes().all(|flag| flag.is_ascii_alphabetic())
    })
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, String> {
        while let Some(character) = self.next() {
            match character {
                '\\' => self.escape()?,
                '[' => {
                    self.depth += 1;
                    self.text.push('[');
                    if self.rest.starts_with('^') {
                        self.next();
                        self.text.push('^');
                    }
                    // A bracket right at the begin stands for itself.
                    if self.rest.starts_with(']') {
                        self.next();
                        self.text.push_str(r"\]");
                    }
                }
                ']' => {
                    // A bracket that closes nothing stands for itself.
                    self.text.push_str(if self.depth > 0 { "]" } else { r"\]" });
                    self.depth = self.depth.saturating_sub(1);
                }
                '~' if self.depth > 0 => self.text.push_str(r"\~"),
                '-' if self.depth > 0 && self.text.ends_with('-') && !self.text.ends_with(r"\-") => {
                    self.text.push_str(r"\-")
                }
                '.' if self.depth == 0 && !self.dot_matches_all => {
                    self.text.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]");
                }
                other => self.text.push(other),
            }
        }
        Ok(self.text)
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// Translates what follows a backslash.
    fn escape(&mut self) -> Result<(), String> {
        let Some(escaped) = self.next() else { return Err("it ends with a single \\".to_owned()) };
        match escaped {
            'Q' => {
                let (quoted, after) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                self.text.push_str(&escape_all(quoted));
                self.rest = after;
            }
            'E' => {}
            'd' => self.text.push_str("[0-9]"),
            'D' => self.text.push_str("[^0-9]"),
            'w' => self.text.push_str("[a-zA-Z0-9_]"),
            'W' => self.text.push_str("[^a-zA-Z0-9_]"),
            's' => self.class("", SPACE),
            'S' => self.class("^", SPACE),
            'h' => self.class("", r" \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"),
            'H' => self.class("^", r" \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"),
            'v' => self.class("", r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}"),
            'V' => self.class("^", r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}"),
            'Z' => self.text.push_str(r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)"),
            'p' | 'P' => self.property(escaped == 'P')?,
            '0' => {
                let digits = self.rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let code = u32::from_str_radix(&self.rest[..digits], 8).map_err(|_| r"\0 needs octal digits")?;
                self.text.push_str(&format!(r"\x{{{code:x}}}"));
                self.rest = &self.rest[digits..];
            }
            other if !other.is_alphanumeric() => self.text.push_str(&escape_all(other.encode_utf8(&mut [0; 4]))),
            other => self.text.extend(['\\', other]),
        }
        Ok(())
    }

    fn class(&mut self, negation: &str, members: &str) {
        self.text.extend(["[", negation, members, "]"]);
    }

    /// Translates `\p{…}`: POSIX names mean ASCII, `java…` and `Is…` names are those of Unicode.
    fn property(&mut self, negated: bool) -> Result<(), String> {
        let Some((name, after)) = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            // One letter: \pL.
            self.text.push_str(if negated { r"\P" } else { r"\p" });
            return Ok(());
        };
        self.rest = after;
        let members = match name {
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => r"\x00-\x7F",
            "Alpha" => "a-zA-Z",
            "Digit" => "0-9",
            "Alnum" => "a-zA-Z0-9",
            "Punct" => r"!-/:-@\[-`{-\~",
            "Graph" => r"!-\~",
            "Print" => r"\x20-\~",
            "Blank" => r" \t",
            "Cntrl" => r"\x00-\x1F\x7F",
            "XDigit" => "0-9a-fA-F",
            "Space" => SPACE,
            other => {
                let known = match other {
                    "javaLowerCase" => "Lowercase",
                    "javaUpperCase" => "Uppercase",
                    "javaLetter" | "javaAlphabetic" => "Alphabetic",
                    "javaDigit" => "Nd",
                    "javaWhitespace" => "White_Space",
                    other => other.strip_prefix("Is").unwrap_or(other),
                };
                self.text.push_str(&format!(r"\{}{{{known}}}", if negated { 'P' } else { 'p' }));
                return Ok(());
            }
        };
        self.class(if negated { "^" } else { "" }, members);
        Ok(())
    }
}

/// Makes every character stand for itself, within classes, too.
fn escape_all(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '<' | '>' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
