//! Enumerations and their keys.

use super::{Class, Differ, newcomers};
use crate::{Enumeration, EnumerationId};

impl Differ<'_> {
    pub(super) fn enumerations(&mut self) {
        let (before, after) = (self.pairing.before, self.pairing.after);
        let pairs: Vec<_> = (0..).map(EnumerationId).zip(&before.enumerations).collect();
        for (id, was) in &pairs {
            match self.pairing.enumeration(*id) {
                Some(now) => self.enumeration(*id, was, after.enumeration(now)),
                None => self.say(Class::Breaking, format!("enumeration {}", was.name), "is gone"),
            }
        }
        let paired = pairs.iter().map(|(id, _)| self.pairing.enumeration(*id).map(EnumerationId::index));
        for one in newcomers(&after.enumerations, paired) {
            self.say(Class::Additive, format!("enumeration {}", one.name), "is new");
        }
    }

    fn enumeration(&mut self, id: EnumerationId, was: &Enumeration, now: &Enumeration) {
        let subject = format!("enumeration {}", now.name);
        self.say_renamed(&subject, &was.name, &now.name);
        let key_name = |key: &str| format!("key {}.{key}", now.name);
        let mut kept = Vec::new();
        for value in &was.values {
            let Some(key) = self.pairing.key(id, &value.key) else {
                self.say(Class::Breaking, key_name(&value.key), "is gone; data that has it keeps it");
                continue;
            };
            kept.push(key);
            self.say_renamed(&key_name(key), &value.key, key);
            let caption = now.values.iter().find(|one| one.key == key).map(|one| one.caption.as_str());
            if let Some(caption) = caption.filter(|caption| *caption != value.caption) {
                self.say(Class::Interface, key_name(key), format!("has another caption: '{caption}'"));
            }
        }
        for value in now.values.iter().filter(|value| !kept.contains(&value.key.as_str())) {
            self.say(Class::Additive, key_name(&value.key), "is new");
        }
        let order: Vec<_> = now.values.iter().map(|one| one.key.as_str()).filter(|key| kept.contains(key)).collect();
        if order != kept {
            self.say(Class::Interface, subject, "has its values in another order");
        }
    }
}
