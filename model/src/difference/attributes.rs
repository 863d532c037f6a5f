//! Attributes: what they are called, and what values they can have.

use super::{Class, Differ};
use crate::{Attribute, AttributeRef, AttributeType, DefaultValue, Entity, EntityId};

impl Differ<'_> {
    pub(super) fn attributes(&mut self, (id, was): (EntityId, &Entity), (now_id, now): (EntityId, &Entity)) {
        let mut kept = Vec::new();
        for (index, attribute) in (0..).zip(&was.attributes) {
            let found = self.pairing.attribute(AttributeRef { entity: id, index });
            // An attribute of a generalization is another one: it has another column.
            match found.filter(|at| at.entity == now_id) {
                Some(at) => {
                    kept.push(at.index);
                    self.attribute(attribute, now, at.index);
                }
                None => {
                    let what = if was.persistable && now.persistable && attribute.calculated.is_none() {
                        "is gone; its values stay in the database, out of reach"
                    } else {
                        "is gone"
                    };
                    self.say(Class::Breaking, format!("attribute {}.{}", now.name, attribute.name), what);
                }
            }
        }
        for (_, attribute) in (0..).zip(&now.attributes).filter(|(index, _)| !kept.contains(index)) {
            let kind = attribute.kind.name(self.pairing.after);
            self.say(Class::Additive, format!("attribute {}.{}", now.name, attribute.name), format!("is new: {kind}"));
        }
    }

    fn attribute(&mut self, was: &Attribute, entity: &Entity, index: u32) {
        let now = &entity.attributes[index as usize];
        let subject = format!("attribute {}.{}", entity.name, now.name);
        self.say_renamed(&subject, &was.name, &now.name);
        self.attribute_type(&subject, was, now);
        self.calculation(&subject, was, now);
        if self.default_now(was) != now.default {
            let what = match &now.default {
                Some(value) => format!("has another default: {value}"),
                None => "has no default any more".to_owned(),
            };
            self.say(Class::Interface, subject, what);
        }
    }

    fn attribute_type(&mut self, subject: &str, was: &Attribute, now: &Attribute) {
        let expected = self.pairing.attribute_type(&was.kind);
        if expected.as_ref() == Some(&now.kind) {
            return;
        }
        let (before, after) = (was.kind.name(self.pairing.before), now.kind.name(self.pairing.after));
        let (class, what) = match width(&was.kind, &now.kind) {
            Some(true) => (Class::Additive, format!("is wider: {after}; it was {before}")),
            Some(false) => (Class::Breaking, format!("is narrower: {after}; it was {before}")),
            None => (Class::Breaking, format!("has another type: {after}; it was {before}")),
        };
        self.say(class, subject, what);
    }

    fn calculation(&mut self, subject: &str, was: &Attribute, now: &Attribute) {
        match (was.calculated, now.calculated) {
            (None, Some(_)) => self.say(Class::Breaking, subject, "is calculated now; it was stored"),
            (Some(_), None) => self.say(Class::Additive, subject, "is stored now; it was calculated"),
            (Some(before), Some(after)) if self.pairing.microflow(before) != Some(after) => {
                let name = &self.pairing.after.microflow(after).name;
                self.say(Class::BodyOnly, subject, format!("is calculated by {name} now"));
            }
            _ => {}
        }
    }

    /// A default of the earlier version as the later one spells it.
    fn default_now(&self, attribute: &Attribute) -> Option<DefaultValue> {
        match (&attribute.default, &attribute.kind) {
            (Some(DefaultValue::Enumeration(key)), AttributeType::Enumeration(id)) => {
                let key = self.pairing.key(*id, key).unwrap_or(key);
                Some(DefaultValue::Enumeration(key.to_owned()))
            }
            (default, _) => default.clone(),
        }
    }
}

/// Whether a type has all values of another and more, or fewer; nothing when its values are others.
fn width(before: &AttributeType, after: &AttributeType) -> Option<bool> {
    use AttributeType as Kind;
    match (before, after) {
        (Kind::String { length: before }, Kind::String { length: after }) => {
            Some(after.is_none_or(|after| before.is_some_and(|before| after > before)))
        }
        (Kind::Integer, Kind::Long) => Some(true),
        (Kind::Long, Kind::Integer) => Some(false),
        _ => None,
    }
}
