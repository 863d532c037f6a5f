//! The README's commands do what the README says.
//!
//! Each fenced block of commands (`sh`) has a comment right before it, which readers do not see:
//!
//! | comment | what is tested |
//! | --- | --- |
//! | `<!-- test: node -->` | the block's one command starts a node, which serves until the README ends |
//! | `<!-- test: run -->` | the block runs in a shell to its end without an error |
//! | `<!-- test: answer -->` | the block (`json` or `text`) is what the block before it printed |
//! | `<!-- test: no, REASON -->` | nothing, for that reason |
//!
//! In an answer, `…` stands for anything: as a whole text of JSON, or at the end of one, or as a line of text.
//! A block of commands without a comment fails the test. Commands run in a copy of the project's root, with the command
//! that this build made in the place of `cargo run --release --`, and with free ports in the place of 8080.

use std::{env, fs, os::unix::fs::symlink, path::Path, process::Command};

use brooklet_test_support::{Node, root};
use serde_json::Value;

/// A fenced block that somebody said something about.
#[derive(Debug, PartialEq)]
struct Block {
    line: usize,
    /// What stands behind `test:`; none when there is no comment.
    order: Option<String>,
    /// `sh`, `json`, …
    language: String,
    text: String,
}

#[test]
fn the_readme_is_true() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the project has a README.md");
    let blocks = blocks(&readme);
    let place = Place::new();
    let mut node: Option<Node> = None;
    let mut printed = String::new();
    let mut ran = 0;
    for block in blocks {
        let at = format!("README.md:{}", block.line);
        match block.order.as_deref() {
            Some("node") => {
                node = Some(place.start(&block.text).unwrap_or_else(|error| panic!("{at}: {error}")));
                ran += 1;
            }
            Some("run") => {
                let address = node.as_ref().map_or("127.0.0.1:8080", Node::address);
                printed = place.run(&block.text, address).unwrap_or_else(|error| panic!("{at}: {error}"));
                ran += 1;
            }
            Some("answer") => {
                let same = match block.language.as_str() {
                    "json" => same_json(&block.text, &printed),
                    _ => same_text(&block.text, &printed),
                };
                assert!(same, "{at}: it says\n{}\nbut what came is\n{printed}", block.text);
            }
            Some(other) if other.starts_with("no, ") => {}
            Some(other) => panic!("{at}: `test: {other}` is none of node, run, answer and `no, REASON`"),
            None => assert!(!is_commands(&block.language), "{at}: say `<!-- test: run -->`, or why not"),
        }
    }
    assert!(ran > 1, "the README starts a node and calls it");
}

fn is_commands(language: &str) -> bool {
    ["sh", "bash", "shell", "console"].contains(&language)
}

/// All fenced blocks, with the comments before them.
fn blocks(markdown: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut order: Option<String> = None;
    let mut lines = markdown.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(said) = line.trim().strip_prefix("<!-- test:").and_then(|rest| rest.strip_suffix("-->")) {
            order = Some(said.trim().to_owned());
        } else if let Some(language) = line.strip_prefix("```") {
            let text: Vec<_> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let language = language.trim().to_owned();
            found.push(Block { line: index + 1, order: order.take(), language, text: text.join("\n") });
        } else if !line.trim().is_empty() {
            order = None;
        }
    }
    found
}

/// A folder that looks like the project's root; what the commands leave behind goes away with it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(root()).expect("the project's root").flatten() {
            let name = entry.file_name();
            let is_left_out = ["target", "data", ".brooklet", ".git"].iter().any(|one| name == *one);
            if !is_left_out {
                symlink(entry.path(), folder.path().join(&name)).expect("a link");
            }
        }
        let programs = folder.path().join(".programs");
        fs::create_dir(&programs).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_brooklet"), programs.join("brooklet")).expect("a link");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the node of a block's one command.
    fn start(&self, text: &str) -> Result<Node, String> {
        let command = as_brooklet(text);
        let words = command.trim().strip_prefix("brooklet serve ").ok_or("it does not start with `brooklet serve`")?;
        let words: Vec<_> = words.split_whitespace().collect();
        let node = Node::start(env!("CARGO_BIN_EXE_brooklet"), words, |command| {
            command.current_dir(self.path());
        });
        node.map_err(|error| error.to_string())
    }

    /// Runs a block in a shell and answers what it printed.
    fn run(&self, text: &str, address: &str) -> Result<String, String> {
        let text = as_brooklet(text).replace("127.0.0.1:8080", address).replace("localhost:8080", address);
        let mut path = vec![self.path().join(".programs")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let path = env::join_paths(path).map_err(|error| error.to_string())?;
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &text]).current_dir(self.path()).env("PATH", path);
        let output = shell.output().map_err(|error| error.to_string())?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(out.into_owned()) } else { Err(format!("{}\n{out}\n{err}", output.status)) }
    }
}

fn as_brooklet(text: &str) -> String {
    text.replace("cargo run --release --", "brooklet").replace("./target/release/brooklet", "brooklet")
}

/// Whether JSON is what was promised; `…` stands for anything.
fn same_json(promised: &str, printed: &str) -> bool {
    let parsed = (serde_json::from_str::<Value>(promised), serde_json::from_str::<Value>(printed));
    matches!(parsed, (Ok(promised), Ok(printed)) if fits(&promised, &printed))
}

fn fits(promised: &Value, printed: &Value) -> bool {
    match (promised, printed) {
        (Value::String(anything), _) if anything == "…" => true,
        (Value::String(begin), Value::String(text)) => match begin.strip_suffix('…') {
            Some(begin) => text.starts_with(begin),
            None => begin == text,
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| fits(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Whether lines are what was promised; a line `…` stands for any number of lines, one within a line for any text.
fn same_text(promised: &str, printed: &str) -> bool {
    let lines = |text: &str| text.trim().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines_fit(&lines(promised), &lines(printed))
}

fn lines_fit(promised: &[String], printed: &[String]) -> bool {
    match promised.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => (0..=printed.len()).any(|skip| lines_fit(rest, &printed[skip..])),
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, others)| line_fits(first, line) && lines_fit(rest, others))
        }
    }
}

fn line_fits(promised: &str, printed: &str) -> bool {
    match promised.split_once('…') {
        None => promised == printed,
        Some((begin, rest)) => printed.strip_prefix(begin).is_some_and(|printed| {
            (0..=printed.len()).filter(|at| printed.is_char_boundary(*at)).any(|at| line_fits(rest, &printed[at..]))
        }),
    }
}

#[test]
fn comments_belong_to_the_block_that_follows() {
    let found = blocks(
        "<!-- test: run -->\n```sh\na\nb\n```\n\ntext\n```json\n{}\n```\n<!-- test: no, it is long -->\n\n```sh\nc\n```",
    );
    let orders: Vec<_> = found.iter().map(|block| (block.order.as_deref(), block.text.as_str())).collect();
    assert_eq!(orders, [(Some("run"), "a\nb"), (None, "{}"), (Some("no, it is long"), "c")]);
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(same_json(r#"{"a": "…", "b": ["x…"]}"#, r#"{"b": ["xyz"], "a": {"c": 1}}"#));
    assert!(!same_json(r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#));
    assert!(same_text("one\n…\nfour in … ms", "one\ntwo\nthree\nfour in 12 ms\n"));
    assert!(!same_text("one", "one\ntwo"));
}
