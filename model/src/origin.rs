//! Where things come from that have been renamed.
//!
//! A name tells little when names are exchanged, or given away to something new. What never changes is the name that a thing
//! had first, and whether others of that first name were there already. Two versions of a model that come from one history
//! have the same thing where they have the same origin.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::Former;

/// The name that a thing had first, and its number among the things that had it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The first name.
    pub name: String,
    /// From 1. A number is used again when its thing is dropped under its first name.
    pub number: u32,
}

/// Origins by present names, as in [`Former`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Origins {
    /// Of entities.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub entities: BTreeMap<String, Origin>,
    /// Of attributes: the first name within the entity.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Origin>,
    /// Of associations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub associations: BTreeMap<String, Origin>,
    /// Of keys of enumerations: the first key within the enumeration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Origin>,
}

impl Origin {
    /// The first thing of a name.
    pub fn first(name: &str) -> Self {
        Self { name: name.to_owned(), number: 1 }
    }

    /// Names ignore case.
    pub fn is(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    fn key(&self) -> (String, u32) {
        (self.name.to_lowercase(), self.number)
    }
}

impl Origins {
    /// Whether former names tell all.
    pub fn is_empty(&self) -> bool {
        let Self { entities, attributes, associations, keys } = self;
        [entities, attributes, associations, keys].iter().all(|origins| origins.is_empty())
    }
}

impl Former {
    /// The origin of an entity.
    pub fn entity_origin(&self, name: &str) -> Origin {
        origin(&self.origins.entities, &self.entities, name, name)
    }

    /// The origin of an attribute.
    pub fn attribute_origin(&self, entity: &str, name: &str) -> Origin {
        origin(&self.origins.attributes, &self.attributes, &format!("{entity}.{name}"), name)
    }

    /// The origin of an association.
    pub fn association_origin(&self, name: &str) -> Origin {
        origin(&self.origins.associations, &self.associations, name, name)
    }

    /// The origin of a key.
    pub fn key_origin(&self, enumeration: &str, key: &str) -> Origin {
        origin(&self.origins.keys, &self.keys, &format!("{enumeration}.{key}"), key)
    }
}

fn origin(
    origins: &BTreeMap<String, Origin>,
    former: &BTreeMap<String, Vec<String>>,
    place: &str,
    name: &str,
) -> Origin {
    let by_names = || Origin::first(former.get(place).and_then(|names| names.last()).map_or(name, String::as_str));
    origins.get(place).cloned().unwrap_or_else(by_names)
}

/// For each thing of a later version, the place of the same thing among those of an earlier one; each is given as its name
/// and its origin. None where origins do not tell.
pub fn same_origin(before: &[(&str, Origin)], after: &[(&str, Origin)]) -> Vec<Option<usize>> {
    let (known, wanted) = (by_origin(before), by_origin(after));
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let is_unknown = |origin: &Origin| !known.contains_key(&origin.key());
    let find = |(name, origin): &(&str, Origin)| {
        let key = origin.key();
        wanted.get(&key).copied().flatten()?;
        let at = known.get(&key).copied().flatten()?;
        let was = before[at].0;
        // The later version has its first name, the earlier one another: the renaming is taken back. Unless the later version
        // has something of that other name too, which came from nowhere: then its history was cut off.
        let is_taken_back = origin.is(&Origin::first(name)) && !same(was, name);
        let is_cut_off = is_taken_back && after.iter().any(|(other, origin)| same(other, was) && is_unknown(origin));
        (!is_cut_off).then_some(at)
    };
    after.iter().map(find).collect()
}

/// The place of the only thing of each origin; none where there are several.
fn by_origin(things: &[(&str, Origin)]) -> HashMap<(String, u32), Option<usize>> {
    let mut places = HashMap::new();
    for (index, (_, origin)) in things.iter().enumerate() {
        places.entry(origin.key()).and_modify(|place| *place = None).or_insert(Some(index));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Things as `name < number first-name`, or a name alone.
    fn things<'t>(all: &'t [&'t str]) -> Vec<(&'t str, Origin)> {
        let thing = |text: &&'t str| match text.split_once(" < ") {
            Some((name, origin)) => {
                let (number, first) = origin.split_once(' ').unwrap();
                (name, Origin { name: first.to_owned(), number: number.parse().unwrap() })
            }
            None => (*text, Origin::first(text)),
        };
        all.iter().map(thing).collect()
    }

    #[track_caller]
    fn check(before: &[&str], after: &[&str], expected: &[Option<usize>]) {
        assert_eq!(same_origin(&things(before), &things(after)), expected);
    }

    #[test]
    fn names_are_followed() {
        check(&["A", "B"], &["B", "Z < 1 a"], &[Some(1), Some(0)]);
        check(&["Z < 1 A"], &["A"], &[Some(0)]);
    }

    #[test]
    fn names_can_be_exchanged() {
        let exchanged = ["A < 1 B", "B < 1 A"];
        check(&["A", "B"], &exchanged, &[Some(1), Some(0)]);
        check(&exchanged, &["A", "B"], &[Some(1), Some(0)]);
        check(&exchanged, &exchanged, &[Some(0), Some(1)]);
    }

    #[test]
    fn names_can_be_given_away() {
        let given = ["Z < 1 A", "A < 2 A"];
        check(&["A"], &given, &[Some(0), None]);
        check(&given, &["A"], &[Some(0)]);
        check(&given, &["A < 2 A"], &[Some(1)]);
    }

    #[test]
    fn a_history_that_was_cut_off_tells_nothing() {
        check(&["Z < 1 A", "A < 2 A"], &["Z", "A"], &[None, None]);
        check(&["A"], &["Z < 1 A", "A"], &[None, None]);
    }
}
