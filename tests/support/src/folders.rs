//! Where the project keeps what tests read.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The project's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The models that other people wrote, which are no part of the project: the folder that `BROOKLET_CORPUS` names, or
/// `../shared/corpus`. None when neither is there.
///
/// # Panics
/// When `BROOKLET_CORPUS` names no folder: whoever set it wants the corpus to be used.
pub fn corpus() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("BROOKLET_CORPUS") {
        let folder = PathBuf::from(folder);
        assert!(folder.is_dir(), "BROOKLET_CORPUS names no folder: {}", folder.display());
        return Some(folder);
    }
    let folder = root().join("../shared/corpus");
    folder.canonicalize().ok().filter(|folder| folder.is_dir())
}

/// All files below a folder of which `wanted` says so, by path. A folder that is not there has none.
pub fn files_below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
