//! Definitions by name, in the order in which they were first made, with the names that they had before.

use std::collections::{HashMap, HashSet};

use super::history::History;
use crate::source::Span;

/// Definitions of one kind.
#[derive(Debug)]
pub(super) struct Table<T> {
    entries: Vec<Option<Entry<T>>>,
    by_name: HashMap<String, usize>,
    /// Names that were given up by a rename or a move.
    history: History,
    /// Names whose definitions were taken out.
    removed: HashSet<String>,
}

/// One definition.
#[derive(Debug)]
pub(super) struct Entry<T> {
    /// Its full name.
    pub(super) name: String,
    /// Where it was last defined as a whole.
    pub(super) span: Span,
    /// What it says.
    pub(super) value: T,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), by_name: HashMap::new(), history: History::default(), removed: HashSet::new() }
    }
}

impl<T> Table<T> {
    /// The name under which a definition is known now.
    pub(super) fn canonical<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let known = |name: &str| self.by_name.get_key_value(name).map(|(known, _)| known.as_str());
        known(name).or_else(|| known(self.history.present(name)?))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry<T>> {
        let at = *self.by_name.get(self.canonical(name)?)?;
        self.entries[at].as_ref()
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Entry<T>> {
        let at = *self.by_name.get(self.canonical(name)?)?;
        self.entries[at].as_mut()
    }

    /// Whether the name itself, not one that it had before, is defined.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Defines a name, in the place of a former definition of the same name.
    pub(super) fn insert(&mut self, name: String, span: Span, value: T) {
        let entry = Entry { name: name.clone(), span, value };
        match self.by_name.get(&name) {
            Some(&at) => self.entries[at] = Some(entry),
            None => {
                self.history.take(&name);
                self.by_name.insert(name, self.entries.len());
                self.entries.push(Some(entry));
            }
        }
    }

    /// Takes a definition out.
    pub(super) fn remove(&mut self, name: &str) -> Option<Entry<T>> {
        let known = self.canonical(name)?.to_owned();
        let at = self.by_name.remove(&known)?;
        self.history.forget(&known);
        self.removed.insert(known);
        self.entries[at].take()
    }

    /// Whether a definition of the name was taken out and none was made since.
    pub(super) fn was_removed(&self, name: &str) -> bool {
        self.canonical(name).is_none() && self.removed.contains(name)
    }

    /// Gives a definition another name; the present one goes on to work. The new name must not be defined.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let Some(known) = self.canonical(from).map(str::to_owned) else { return };
        let Some(at) = self.by_name.remove(&known) else { return };
        self.by_name.insert(to.to_owned(), at);
        if let Some(entry) = &mut self.entries[at] {
            entry.name = to.to_owned();
        }
        self.history.rename(&known, to);
    }

    /// Moves all definitions whose names have a prefix to another module, unless their names are taken there; how many.
    pub(super) fn rename_prefix(&mut self, prefix: &str, module: &str) -> usize {
        let moved: Vec<(String, String)> = self
            .names()
            .filter_map(|name| Some((name.to_owned(), format!("{module}.{}", name.strip_prefix(prefix)?))))
            .collect();
        for (from, to) in &moved {
            if !self.defines(to) {
                self.rename(from, to);
            }
        }
        moved.len()
    }

    /// Takes all definitions out whose names have a prefix; how many.
    pub(super) fn remove_prefix(&mut self, prefix: &str) -> usize {
        let names: Vec<String> = self.names().filter(|name| name.starts_with(prefix)).map(str::to_owned).collect();
        for name in &names {
            self.remove(name);
        }
        names.len()
    }

    /// Takes all definitions out that do not satisfy the condition.
    pub(super) fn retain(&mut self, mut condition: impl FnMut(&T) -> bool) {
        let dropped: Vec<String> =
            self.iter().filter(|entry| !condition(&entry.value)).map(|entry| entry.name.clone()).collect();
        for name in dropped {
            self.remove(&name);
        }
    }

    /// All definitions, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter().flatten()
    }

    /// All definitions, in order, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().flatten().map(|entry| &mut entry.value)
    }

    /// All names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|entry| entry.name.as_str())
    }

    /// What definitions were called before.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// The definitions in order, and what they were called before.
    pub(super) fn into_parts(self) -> (Vec<Entry<T>>, History) {
        (self.entries.into_iter().flatten().collect(), self.history)
    }
}
