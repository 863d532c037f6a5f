//! What the manifest says of former names: only of what is in it.

use std::collections::BTreeMap;

use brooklet_model::Origin;

use super::Builder;
use crate::resolve::draft::EntityDraft;
use crate::resolve::history::History;
use crate::resolve::table::Entry;

impl Builder<'_, '_> {
    /// Former names of attributes, by entity and attribute as they are called now.
    pub(super) fn former_attributes(&mut self, entries: &[Entry<EntityDraft>]) {
        for (entry, entity) in entries.iter().zip(&self.manifest.entities) {
            let attributes = || entity.attributes.iter().map(|attribute| attribute.name.as_str());
            for (attribute, mut names) in former(&entry.value.names, attributes) {
                // Names of attributes ignore case, so that another may have the name in another spelling.
                let is_free =
                    |name: &String| attributes().all(|other| other == attribute || !other.eq_ignore_ascii_case(name));
                names.retain(is_free);
                if names.is_empty() {
                    continue;
                }
                self.manifest.former.attributes.insert(format!("{}.{attribute}", entity.name), names);
            }
            let former = &mut self.manifest.former;
            let place = |attribute: &str| format!("{}.{attribute}", entity.name);
            let untold = untold(&entry.value.names, attributes(), |name| former.attribute_origin(&entity.name, name));
            former.origins.attributes.extend(untold.into_iter().map(|(name, origin)| (place(name), origin)));
        }
    }

    /// Where entities come from, as far as their former names do not tell.
    pub(super) fn entity_origins(&mut self, history: &History) {
        let former = &mut self.manifest.former;
        let names = self.manifest.entities.iter().map(|entity| entity.name.as_str());
        let untold = untold(history, names, |name| former.entity_origin(name));
        former.origins.entities.extend(untold.into_iter().map(|(name, origin)| (name.to_owned(), origin)));
    }

    /// The same for associations.
    pub(super) fn association_origins(&mut self, history: &History) {
        let former = &mut self.manifest.former;
        let names = self.manifest.associations.iter().map(|association| association.name.as_str());
        let untold = untold(history, names, |name| former.association_origin(name));
        former.origins.associations.extend(untold.into_iter().map(|(name, origin)| (name.to_owned(), origin)));
    }

    /// Former keys of an enumeration.
    pub(super) fn former_keys(&mut self, enumeration: &str, history: &History, keys: &[&str]) {
        let place = |key: &str| format!("{enumeration}.{key}");
        for (key, names) in former(history, || keys.iter().copied()) {
            self.manifest.former.keys.insert(place(&key), names);
        }
        let former = &mut self.manifest.former;
        let untold = untold(history, keys.iter().copied(), |key| former.key_origin(enumeration, key));
        former.origins.keys.extend(untold.into_iter().map(|(key, origin)| (place(key), origin)));
    }
}

/// The origins of things that are others than those that their former names tell.
fn untold<'a>(
    history: &History,
    present: impl Iterator<Item = &'a str>,
    told: impl Fn(&str) -> Origin,
) -> Vec<(&'a str, Origin)> {
    let origins = present.map(|name| (name, history.origin(name)));
    origins.filter(|(name, origin)| !told(name).is(origin)).collect()
}

/// Former names of what is there now, by present names.
pub(super) fn former<'a, I: Iterator<Item = &'a str>>(
    history: &History,
    present: impl Fn() -> I,
) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for name in present() {
        let mut names = history.of(name).to_vec();
        if !names.is_empty() {
            names.retain(|former| present().all(|other| other != former));
        }
        if !names.is_empty() {
            all.insert(name.to_owned(), names);
        }
    }
    all
}
