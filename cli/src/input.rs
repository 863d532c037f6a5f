//! What the arguments of a command stand for: files, folders, or a component.

use std::{
    fs,
    path::{Path, PathBuf},
};

use brooklet_compiler::source::Source;

use crate::failure::Usage;

/// What a model is made from.
#[derive(Debug)]
pub(crate) enum Input {
    /// Text to compile.
    Sources(Vec<Source>),
    /// A component that was built before.
    Component(Vec<u8>),
}

/// Whether a file is a test file, and of which of the two formats.
pub(crate) fn test_format(path: &Path) -> Option<TestFormat> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(".test.mdl") {
        Some(TestFormat::Mdl)
    } else if name.ends_with(".test.md") {
        Some(TestFormat::Markdown)
    } else {
        None
    }
}

/// The two formats of test files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestFormat {
    Mdl,
    Markdown,
}

/// Reads files, folders of `.mdl` files in name order, or one component.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Input, Usage> {
    if let Some(component) = paths.iter().find(|path| has_extension(path, "wasm")) {
        if paths.len() > 1 {
            return Err(Usage(format!("{} is a whole model; give it alone", component.display())));
        }
        return Ok(Input::Component(read_bytes(component)?));
    }
    let mut sources = Vec::new();
    for path in files(paths)? {
        sources.push(read_source(&path)?);
    }
    Ok(Input::Sources(sources))
}

/// The `.mdl` files that the paths stand for; test files only when they are named.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Usage> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            collect(path, &mut files, &|file| has_extension(file, "mdl") && test_format(file).is_none())?;
            if files.len() == before {
                return Err(Usage(format!("there is no .mdl file in {}", path.display())));
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The test files in a folder, in name order.
pub(crate) fn test_files(folder: &Path) -> Result<Vec<PathBuf>, Usage> {
    let mut files = Vec::new();
    collect(folder, &mut files, &|file| test_format(file).is_some())?;
    Ok(files)
}

/// Files of a folder and its folders, by path. Hidden ones are left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>, wanted: &dyn Fn(&Path) -> bool) -> Result<(), Usage> {
    let unreadable = |error: std::io::Error| Usage(format!("{} cannot be read: {error}", folder.display()));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files, wanted)?;
        } else if wanted(&entry) {
            files.push(entry);
        }
    }
    Ok(())
}

/// Reads one file as text.
pub(crate) fn read_source(path: &Path) -> Result<Source, Usage> {
    let bytes = read_bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        Usage(format!("{} is not UTF-8 text (line {line}); save it as UTF-8", path.display()))
    })?;
    // A byte order mark is no part of the text.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Source { name: name_of(path), text })
}

/// How messages call a file: as the user named it, with forward slashes.
fn name_of(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Usage> {
    fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Usage(format!("there is no file or folder {}", path.display())),
        _ => Usage(format!("{} cannot be read: {error}", path.display())),
    })
}

pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}
