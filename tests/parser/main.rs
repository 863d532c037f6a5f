//! The fuzz targets, on inputs that are the same in every run: the project's own models, with pieces changed.

#[path = "../../fuzz/src/target.rs"]
mod target;

use std::{fs, panic};

use brooklet_test_support::{Random, files_below, root};

/// Changed inputs for the parser.
const PARSED: u64 = 6_000;

/// Changed inputs for the whole compiler, which takes longer.
const COMPILED: u64 = 1_500;

/// What is put into texts besides pieces of other texts.
const SPICE: [&str; 24] = [
    "'",
    "\"",
    "`",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    "$",
    "$x",
    "/",
    "--",
    "/*",
    "/**",
    "%",
    "[%",
    "@",
    "\\",
    "\0",
    "é",
    "😀",
    "99999999999999999999",
];

/// The models that the project itself has.
fn seeds() -> Vec<String> {
    let folders = ["compiler/tests/inputs", "examples", "tests/scenarios", "tests/conformance"];
    let files = folders.iter().flat_map(|folder| {
        files_below(&root().join(folder), |path| path.extension().is_some_and(|extension| extension == "mdl"))
    });
    let texts: Vec<_> = files.map(|file| fs::read_to_string(file).expect("a readable model")).collect();
    assert!(!texts.is_empty(), "there are models to begin with");
    texts
}

/// One of the texts with some of its tokens removed, doubled, swapped, or replaced by others'.
fn changed(seeds: &[String], random: &mut Random) -> String {
    let seed = random.pick(seeds);
    let mut pieces: Vec<&str> = seed.split_inclusive([' ', '\n', '(', ')', ';', ',', '\'', '$', '/', '=']).collect();
    // A window of a long text: small inputs reach as much, sooner.
    let start = random.below(pieces.len());
    let end = pieces.len().min(start + 40 + random.below(400));
    pieces = pieces[start..end].to_vec();
    for _ in 0..1 + random.below(6) {
        if pieces.is_empty() {
            break;
        }
        let at = random.below(pieces.len());
        match random.below(6) {
            0 => {
                pieces.remove(at);
            }
            1 => pieces.insert(at, pieces[at]),
            2 => {
                let other = random.below(pieces.len());
                pieces.swap(at, other);
            }
            3 => pieces.truncate(at),
            4 => pieces.insert(at, *random.pick::<&str>(&SPICE)),
            _ => {
                let other = random.pick(seeds);
                let donor: Vec<&str> = other.split_inclusive(['\n', ';']).collect();
                pieces.insert(at, *random.pick::<&str>(&donor));
            }
        }
    }
    pieces.concat()
}

/// Runs a target on changed inputs; a panic names the input that caused it.
fn survive(count: u64, target: fn(&[u8])) {
    let seeds = seeds();
    for seed in 0..count {
        let text = changed(&seeds, &mut Random::new(seed));
        if let Err(why) = panic::catch_unwind(|| target(text.as_bytes())) {
            eprintln!("seed {seed}:\n{text}");
            panic::resume_unwind(why);
        }
    }
}

#[test]
fn the_parser_survives_changed_models() {
    survive(PARSED, target::parse);
}

#[test]
fn the_compiler_survives_changed_models_and_gives_valid_components() {
    survive(COMPILED, target::compile);
}

#[test]
fn whole_models_are_survived_too() {
    for text in seeds() {
        target::parse(text.as_bytes());
        target::compile(text.as_bytes());
    }
}
