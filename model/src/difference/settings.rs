//! Constants and settings. Values are not shown: there are passwords among them.

use std::collections::BTreeMap;

use super::{Class, Differ};
use crate::{AttributeType, Constant};

impl Differ<'_> {
    pub(super) fn constants(&mut self) {
        let (was, now) = (&self.pairing.before.constants, &self.pairing.after.constants);
        for constant in was {
            let subject = format!("constant {}", constant.name);
            match now.iter().find(|one| one.name == constant.name) {
                None => self.say(Class::Interface, subject, "is gone"),
                Some(same) => self.constant(&subject, constant, same),
            }
        }
        for constant in now.iter().filter(|one| was.iter().all(|other| other.name != one.name)) {
            self.say(Class::Interface, format!("constant {}", constant.name), "is new");
        }
    }

    fn constant(&mut self, subject: &str, was: &Constant, now: &Constant) {
        let expected: Option<AttributeType> = self.pairing.attribute_type(&was.kind);
        if expected.as_ref() != Some(&now.kind) {
            let (before, after) = (was.kind.name(self.pairing.before), now.kind.name(self.pairing.after));
            self.say(Class::Interface, subject, format!("has another type: {after}; it was {before}"));
        }
        if was.value != now.value {
            self.say(Class::Interface, subject, "has another value");
        }
        if was.exposed != now.exposed {
            let what = if now.exposed { "can be read by clients now" } else { "cannot be read by clients any more" };
            self.say(Class::Interface, subject, what);
        }
    }

    pub(super) fn settings(&mut self) {
        let (was, now) = (&self.pairing.before.settings, &self.pairing.after.settings);
        let flat = |all: &BTreeMap<String, BTreeMap<String, String>>| -> BTreeMap<String, String> {
            let of = |(section, keys): (&String, &BTreeMap<String, String>)| {
                keys.iter().map(|(key, value)| (format!("{section}.{key}"), value.clone())).collect::<Vec<_>>()
            };
            all.iter().flat_map(of).collect()
        };
        let (was, now) = (flat(was), flat(now));
        for (key, value) in &now {
            match was.get(key) {
                None => self.say(Class::Interface, format!("setting {key}"), "is new"),
                Some(before) if before != value => {
                    self.say(Class::Interface, format!("setting {key}"), "has another value");
                }
                _ => {}
            }
        }
        for key in was.keys().filter(|key| !now.contains_key(*key)) {
            self.say(Class::Interface, format!("setting {key}"), "is gone");
        }
    }
}
