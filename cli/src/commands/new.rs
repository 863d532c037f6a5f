//! `brooklet new`: a model to begin with, which builds, has tests, and serves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use crate::{
    failure::{Exit, Usage},
    output::{self, Format},
};

/// The files of a new model. Their module is called [`MODULE`], and gets the name that is asked for.
const FILES: [(&str, &str); 3] = [
    ("model.mdl", include_str!("../../templates/model/model.mdl")),
    ("model.test.mdl", include_str!("../../templates/model/model.test.mdl")),
    (".gitignore", include_str!("../../templates/model/gitignore")),
];

/// The module's name in the files.
const MODULE: &str = "Starter";

/// Names of modules are bounded by what databases call their tables.
const NAME_CHARACTERS: usize = 40;

/// Starts a model in a new folder: an entity, three microflows and their tests.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet new chores             a folder chores with a module Chores
  brooklet new apps/time-sheet    a folder apps/time-sheet with a module TimeSheet

Then:
  brooklet test chores            runs its tests
  brooklet serve chores           serves it, and each change that is saved")]
pub(crate) struct New {
    /// The folder; its last part gives the module its name.
    #[arg(value_name = "NAME")]
    path: PathBuf,
}

impl New {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let module = module_of(&self.path)?;
        create(&self.path)?;
        for (name, text) in FILES {
            let file = self.path.join(name);
            fs::write(&file, text.replace(MODULE, &module))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        let path = self.path.display();
        match format {
            Format::Json => output::json(&json!({ "folder": path.to_string(), "module": module })),
            Format::Text => {
                output::line(&format!("{path} has a module {module} with tests; try"));
                output::line(&format!("  brooklet test {path}\n  brooklet serve {path}"));
            }
        }
        Ok(Exit::Clean)
    }
}

/// Makes the folder. One that is there is left alone, unless it is empty.
fn create(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
    match fs::read_dir(path)?.next() {
        None => Ok(()),
        Some(_) => Err(Usage(format!("{} has something in it already; give another name", path.display())).into()),
    }
}

/// `time-sheet` becomes `TimeSheet`.
fn module_of(path: &Path) -> Result<String, Usage> {
    let wrong = |what: &str| {
        let example = "brooklet new time-sheet";
        Usage(format!("`{}` {what}: letters, digits, - and _, such as {example}", path.display()))
    };
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| wrong("has no name"))?;
    let is_fit = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.chars().all(is_fit) {
        return Err(wrong("cannot be the name of a module"));
    }
    if name.len() > NAME_CHARACTERS {
        return Err(wrong(&format!("has more than {NAME_CHARACTERS} characters")));
    }
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    Ok(words.map(capital).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_modules_their_names() {
        let module = |path: &str| module_of(Path::new(path)).ok();
        assert_eq!(module("chores").as_deref(), Some("Chores"));
        assert_eq!(module("apps/time-sheet_2").as_deref(), Some("TimeSheet2"));
        for wrong in ["", "..", "7up", "größe", "a b", "-x", &"a".repeat(41)] {
            assert_eq!(module(wrong), None, "{wrong}");
        }
    }
}
