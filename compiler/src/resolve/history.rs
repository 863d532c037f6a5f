//! What things of one kind were called before.

use std::collections::{BTreeMap, HashMap};

use brooklet_model::Origin;

/// Names that were given up by renames and moves, by the names that the same things have now.
///
/// A name belongs to one thing at a time, and as a former name to the thing that gave it up last: whatever takes a name,
/// takes it away from the history of others.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// The latest first.
    former: BTreeMap<String, Vec<String>>,
    /// Where things come from that are no first things of their names, by present names. It outlives what others take.
    origins: BTreeMap<String, Origin>,
    /// Those of things that are no more, which nothing else may take for its own.
    gone: Vec<Origin>,
}

impl History {
    /// A thing is called something else from here on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if from == to {
            return;
        }
        let mut names = self.former.remove(from).unwrap_or_default();
        names.insert(0, from.to_owned());
        self.free(to);
        let origin = self.origins.remove(from).unwrap_or_else(|| Origin::first(from));
        self.origins.insert(to.to_owned(), origin);
        names.retain(|name| name != to);
        self.former.insert(to.to_owned(), names);
    }

    /// Something new has the name.
    pub(super) fn take(&mut self, name: &str) {
        self.free(name);
        let is_taken = |origin: &Origin| self.origins.values().chain(&self.gone).any(|known| known.is(origin));
        let mut numbered = (1..).map(|number| Origin { name: name.to_owned(), number });
        if let Some(origin) = numbered.find(|origin| !is_taken(origin)) {
            self.origins.insert(name.to_owned(), origin);
        }
    }

    fn free(&mut self, name: &str) {
        self.former.remove(name);
        self.origins.remove(name);
        for names in self.former.values_mut() {
            names.retain(|former| former != name);
        }
    }

    /// The thing of that name is no more.
    ///
    /// One that is dropped under its first name makes place for another of that name. One that was renamed before does not: what comes
    /// is not what it was.
    pub(super) fn forget(&mut self, name: &str) {
        self.former.remove(name);
        self.gone.extend(self.origins.remove(name).filter(|origin| !origin.name.eq_ignore_ascii_case(name)));
    }

    /// Where a thing comes from, by its present name.
    pub(super) fn origin(&self, present: &str) -> Origin {
        self.origins.get(present).cloned().unwrap_or_else(|| Origin::first(present))
    }

    /// What a thing is called now, by a name that it had before.
    pub(super) fn present(&self, former: &str) -> Option<&str> {
        let (present, _) = self.former.iter().find(|(_, names)| names.iter().any(|name| name == former))?;
        Some(present)
    }

    /// Former names of a thing, by its present one; the latest first.
    pub(super) fn of(&self, present: &str) -> &[String] {
        self.former.get(present).map_or(&[], Vec::as_slice)
    }

    /// Each former name with the present one.
    pub(super) fn aliases(&self) -> HashMap<String, String> {
        let pairs = self.former.iter().flat_map(|(present, names)| names.iter().map(move |name| (name, present)));
        pairs.map(|(former, present)| (former.clone(), present.clone())).collect()
    }
}
