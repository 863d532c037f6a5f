//! Every code that a client can meet has a page, and every page a code.

use std::{collections::BTreeSet, fs, path::Path};

/// The files in which codes are defined, each as `pub const NAME: &str = "code";`.
const DEFINED_IN: [&str; 3] =
    [include_str!("../src/errors.rs"), include_str!("../src/flow/failure.rs"), include_str!("../src/http/problem.rs")];

#[test]
fn codes_and_pages_belong_together() {
    let lines = DEFINED_IN.iter().flat_map(|file| file.lines());
    let codes: BTreeSet<String> = lines
        .filter_map(|line| line.split_once("const ")?.1.split_once(": &str = \"")?.1.strip_suffix("\";"))
        .map(str::to_owned)
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let pages: BTreeSet<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".md").map(str::to_owned))
        // Pages of the compiler's codes are checked where those are defined.
        .filter(|name| !name.starts_with("MDL"))
        .collect();
    assert_eq!(codes, pages);
}
