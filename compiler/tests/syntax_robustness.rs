//! No input makes the parser panic, hang, or overflow its stack.

use brooklet_compiler::diagnostics::{Diagnostics, render_text};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax::{self, Fragment, Place};
use brooklet_model::SourceId;

const SHOP: &str = include_str!("inputs/shop.mdl");
const TESTS: &str = include_str!("inputs/tests.test.mdl");
const CANONICAL: &str = include_str!("inputs/canonical.mdl");

/// Parses a text in every way, and renders what is found.
fn survive(name: &str, text: &str) {
    let sources = [Source { name: name.to_owned(), text: text.to_owned() }];
    let mut diagnostics = Diagnostics::default();
    syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
    for found in diagnostics.found().iter().take(3) {
        assert!(found.span.start <= found.span.end, "{found:?}");
        render_text(found, &sources);
    }
}

fn survive_as_fragment(text: &str) {
    let mut diagnostics = Diagnostics::default();
    for version in [0, 1] {
        let fragment = Fragment { text, place: Place::Offset { source: SourceId(0), base: u32::MAX - 3 }, version };
        syntax::parse_expression(fragment, &mut diagnostics);
        syntax::parse_xpath(fragment, syntax::Limits::MODEL, &mut diagnostics);
        syntax::parse_block(fragment, &mut diagnostics);
    }
}

#[test]
fn the_inputs_themselves_have_no_errors() {
    for (name, text) in [("shop.mdl", SHOP), ("tests.test.mdl", TESTS), ("canonical.mdl", CANONICAL)] {
        let sources = [Source { name: name.to_owned(), text: text.to_owned() }];
        let mut diagnostics = Diagnostics::default();
        syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
        let rendered: String = diagnostics.found().iter().map(|one| render_text(one, &sources)).collect();
        assert!(!diagnostics.has_errors(), "{rendered}");
    }
}

#[test]
fn every_prefix_is_survived() {
    for (name, text) in [("a.mdl", SHOP), ("a.test.mdl", TESTS), ("a.mdl", CANONICAL)] {
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            survive(name, &text[..end]);
        }
    }
}

#[test]
fn random_mutations_are_survived() {
    let mut random = Random(0x5eed_1234_abcd_0001);
    let pieces: Vec<&str> =
        SHOP.split_inclusive([' ', '\n', '(', ')', ';', '\'', '$', '"', '{', '}', '[', ']']).collect();
    for round in 0..6000 {
        let text = if round % 2 == 0 { SHOP } else { TESTS };
        let mut bytes: Vec<char> = text.chars().collect();
        for _ in 0..1 + random.below(8) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => {
                    bytes.remove(at);
                }
                1 => bytes.insert(
                    at,
                    *random.pick(&['\'', '"', '`', '(', ')', '{', '}', '$', '\\', '/', '%', 'é', '\u{0}', ';']),
                ),
                2 => {
                    let piece = *random.pick(&pieces);
                    bytes.splice(at..at, piece.chars());
                }
                _ => {
                    let end = (at + random.below(80)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        let mutated: String = bytes.into_iter().collect();
        survive(if round % 3 == 0 { "a.test.mdl" } else { "a.mdl" }, &mutated);
        if round % 20 == 0 {
            survive_as_fragment(&mutated);
        }
    }
}

#[test]
fn pieces_in_any_order_are_survived() {
    let mut random = Random(0xfeed_0042_0815_4711);
    let words: Vec<&str> = CANONICAL.split_inclusive(' ').chain(SHOP.split_inclusive(' ')).collect();
    for _ in 0..3000 {
        let text: String = (0..random.below(60)).map(|_| *random.pick(&words)).collect();
        survive("a.mdl", &text);
        survive_as_fragment(&text);
    }
}

#[test]
fn deep_nesting_and_endless_expressions_are_refused_with_a_small_stack() {
    let deep = [
        "create microflow M.F () begin set $x = ".to_owned() + &"(".repeat(100_000),
        "create microflow M.F () begin set $x = ".to_owned() + &"not(".repeat(100_000),
        "create microflow M.F () begin set $x = ".to_owned() + &"- ".repeat(100_000) + "1",
        "create microflow M.F () begin ".to_owned() + &"if true then ".repeat(100_000),
        "create microflow M.F () begin ".to_owned() + &"commit $x on error { ".repeat(100_000),
        "create microflow M.F () begin set $x = 1".to_owned() + &" + 1".repeat(100_000) + ";",
        "create microflow M.F () begin retrieve $x from M.E where ".to_owned() + &"[".repeat(100_000),
        "create microflow M.F () begin retrieve $x from M.E where A".to_owned() + &" and A".repeat(100_000),
        "create microflow M.F () begin retrieve $x from M.E where ".to_owned() + &"not ".repeat(100_000),
        "create page M.P ".to_owned() + &"({[".repeat(100_000),
        "[".repeat(100_000),
        ");".repeat(100_000),
        "'".repeat(100_001),
        "\\'\n".repeat(100_000),
        "/*".repeat(100_000),
        "@a ".repeat(100_000),
        "/** x */\n".repeat(100_000),
    ];
    let small = std::thread::Builder::new().stack_size(1024 * 1024).spawn(move || {
        for text in &deep {
            survive("a.mdl", text);
            survive("a.test.mdl", text);
        }
    });
    small.expect("a thread").join().expect("no panic");
}

/// A small generator of numbers that look random: the same ones in every run (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
