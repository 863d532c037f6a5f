//! Changes of a model, each a folder: the model before and after, the objects that were there, and what must come back.
//!
//! Each folder is a test on SQLite and one on PostgreSQL ([`story`]). The migrator is killed before every transaction of the
//! expansion and of the contraction ([`expansion`], [`contraction`]): another one finishes, or takes back. What a folder
//! holds is in `README.md`.

// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used)]

mod contraction;
mod database;
mod expansion;
mod expected;
mod folder;
mod migrators;
mod objects;
mod refusal;
mod story;
mod values;
mod writes;

use std::{collections::BTreeSet, path::Path, process::ExitCode};

use brooklet_test_support::{files_below, root};
use libtest_mimic::{Arguments, Trial};

use database::Server;

/// Kinds of change that have a folder at least.
const FOLDERS_MIN: usize = 20;

fn main() -> ExitCode {
    let place = root().join("tests/evolutions");
    let folders: BTreeSet<String> = files_below(&place, |path| path.parent() != Some(&place))
        .iter()
        .filter_map(|file| name(&place, file))
        .collect();
    let count = folders.len();
    let mut trials = vec![Trial::test("there are twenty kinds of change", move || match count {
        FOLDERS_MIN.. => Ok(()),
        _ => Err(format!("there are {count} folders in {}", place.display()).into()),
    })];
    for folder in folders {
        for server in [Server::Sqlite, Server::Postgres] {
            let folder = folder.clone();
            let test = format!("{server}::{folder}");
            trials.push(Trial::test(test, move || {
                story::check(&folder, server);
                Ok(())
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The folder that a file is in.
fn name(place: &Path, file: &Path) -> Option<String> {
    Some(file.strip_prefix(place).ok()?.components().next()?.as_os_str().to_str()?.to_owned())
}
