//! Applications that other people wrote parse without a syntax error.
//!
//! The corpus is not part of the project: see `../shared/corpus`, or set `BROOKLET_CORPUS` to where it is. Without it the
//! test says so and passes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use brooklet_compiler::diagnostics::{Diagnostics, Renderer, Severity};
use brooklet_compiler::source::Source;
use brooklet_compiler::syntax;
use brooklet_model::SourceId;

/// What parsing one source took at most.
const BAR: Duration = Duration::from_millis(100);

#[test]
fn every_application_of_the_corpus_parses() {
    let (folder, required) = match std::env::var_os("BROOKLET_CORPUS") {
        Some(folder) => (PathBuf::from(folder), true),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), false),
    };
    if !folder.is_dir() {
        assert!(!required, "BROOKLET_CORPUS names no folder: {}", folder.display());
        eprintln!("corpus not present: {}", folder.display());
        return;
    }
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "the corpus has no .mdl file: {}", folder.display());

    let mut errors = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    for file in &files {
        let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        let sources = [Source { name: name.clone(), text: std::fs::read_to_string(file).expect("a readable file") }];
        let mut diagnostics = Diagnostics::default();
        let start = Instant::now();
        syntax::parse(SourceId(0), &sources[0], &mut diagnostics);
        slowest = slowest.max((start.elapsed(), name));
        let mut renderer = Renderer::new(&sources);
        let found = diagnostics.found().iter().filter(|one| one.severity == Severity::Error);
        errors.extend(found.map(|one| renderer.text(one)));
    }
    eprintln!("{} files, {} errors, slowest {:?}: {}", files.len(), errors.len(), slowest.0, slowest.1);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(slowest.0 < BAR, "{} took {:?}", slowest.1, slowest.0);
}

/// All scripts below a folder but those that must be refused.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".mdl") && !name.ends_with(".fail.mdl") {
            files.push(path);
        }
    }
}
