//! What the manifest says of former names: only of what is in it.

use std::collections::BTreeMap;

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
            for attribute in attributes() {
                let origin = entry.value.names.origin(attribute);
                if !former.attribute_origin(&entity.name, attribute).is(&origin) {
                    former.origins.attributes.insert(format!("{}.{attribute}", entity.name), origin);
                }
            }
        }
    }

    /// Where entities come from, as far as their former names do not tell.
    pub(super) fn entity_origins(&mut self, history: &History) {
        let former = &mut self.manifest.former;
        for name in self.manifest.entities.iter().map(|entity| &entity.name) {
            let origin = history.origin(name);
            if !former.entity_origin(name).is(&origin) {
                former.origins.entities.insert(name.clone(), origin);
            }
        }
    }

    /// The same for associations.
    pub(super) fn association_origins(&mut self, history: &History) {
        let former = &mut self.manifest.former;
        for name in self.manifest.associations.iter().map(|association| &association.name) {
            let origin = history.origin(name);
            if !former.association_origin(name).is(&origin) {
                former.origins.associations.insert(name.clone(), origin);
            }
        }
    }

    /// Former keys of an enumeration.
    pub(super) fn former_keys(&mut self, enumeration: &str, history: &History, keys: &[&str]) {
        for (key, names) in former(history, || keys.iter().copied()) {
            self.manifest.former.keys.insert(format!("{enumeration}.{key}"), names);
        }
        let former = &mut self.manifest.former;
        for key in keys {
            let origin = history.origin(key);
            if !former.key_origin(enumeration, key).is(&origin) {
                former.origins.keys.insert(format!("{enumeration}.{key}"), origin);
            }
        }
    }
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
