//! Every code that a user can meet has a page under `docs/errors/`, and every page is about such a code.

use std::{collections::BTreeSet, fs};

use brooklet_test_support::{files_below, root};

/// The page that all codes of old spellings share.
const OLD_SPELLINGS: &str = "MDL-DEPR";

/// The codes of the compiler, by the name of their page.
fn codes_of_the_compiler() -> BTreeSet<String> {
    let page = |code: &str| if code.starts_with(OLD_SPELLINGS) { OLD_SPELLINGS.to_owned() } else { code.to_owned() };
    brooklet_compiler::codes::all().map(|(code, _)| page(code)).collect()
}

/// The codes of the host: the constants of its modules of codes. There is no table of them to ask.
fn codes_of_the_host() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let sources = files_below(&root().join("runtime/src"), |path| path.extension().is_some_and(|one| one == "rs"));
    for path in sources {
        let text = fs::read_to_string(&path).expect("a readable source");
        let mut within = false;
        for line in text.lines().map(str::trim) {
            if line.contains("mod ") && line.ends_with("codes {") {
                within = true;
            } else if line == "}" {
                within = false;
            } else if let Some((_, code)) = line.split_once(": &str = \"").filter(|_| within) {
                codes.extend(code.strip_suffix("\";").map(str::to_owned));
            }
        }
    }
    codes
}

fn pages() -> BTreeSet<String> {
    let files = files_below(&root().join("docs/errors"), |path| path.extension().is_some_and(|one| one == "md"));
    let names = files.iter().filter_map(|path| path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    names.filter(|name| name != "README" && name != "index").collect()
}

#[test]
fn every_code_has_a_page() {
    let pages = pages();
    let missing = |codes: BTreeSet<String>| codes.difference(&pages).cloned().collect::<Vec<_>>().join(" ");
    let (compiler, host) = (missing(codes_of_the_compiler()), missing(codes_of_the_host()));
    assert!(compiler.is_empty() && host.is_empty(), "without a page: of the compiler {compiler}; of the host {host}");
}

#[test]
fn every_page_is_about_a_code() {
    let mut codes = codes_of_the_compiler();
    codes.extend(codes_of_the_host());
    let strays: Vec<_> = pages().difference(&codes).cloned().collect();
    assert!(strays.is_empty(), "{}", strays.join(" "));
}

#[test]
fn the_host_has_codes() {
    let codes = codes_of_the_host();
    for code in ["internal", "thrown", "cpu-time-limit", "validation-failed", "payload-too-large", "not-found"] {
        assert!(codes.contains(code), "{code} is not in {codes:?}");
    }
}
