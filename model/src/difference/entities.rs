//! Entities, all but their members and rules.

use super::{Class, Differ, newcomers};
use crate::{Entity, EntityId};

impl Differ<'_> {
    pub(super) fn entities(&mut self) {
        let (before, after) = (self.pairing.before, self.pairing.after);
        let pairs: Vec<_> = (0..).map(EntityId).zip(&before.entities).collect();
        for (id, was) in &pairs {
            match self.pairing.entity(*id) {
                Some(now) => self.entity((*id, was), (now, after.entity(now))),
                None => self.say(Class::Breaking, format!("entity {}", was.name), gone(was)),
            }
        }
        let paired = pairs.iter().map(|(id, _)| self.pairing.entity(*id).map(EntityId::index));
        for one in newcomers(&after.entities, paired) {
            self.say(Class::Additive, format!("entity {}", one.name), "is new");
        }
    }

    fn entity(&mut self, (id, was): (EntityId, &Entity), (now_id, now): (EntityId, &Entity)) {
        let subject = format!("entity {}", now.name);
        self.say_renamed(&subject, &was.name, &now.name);
        if was.persistable != now.persistable {
            let what = if now.persistable {
                "is persistent now; it was in memory only"
            } else {
                "is in memory only; it was persistent"
            };
            self.say(Class::Breaking, &subject, what);
        }
        if was.generalization.and_then(|general| self.pairing.entity(general)) != now.generalization {
            let name = |general: Option<&Entity>| general.map_or_else(|| "nothing".to_owned(), |one| one.name.clone());
            let general = name(now.generalization.map(|general| self.pairing.after.entity(general)));
            let before = name(was.generalization.map(|general| self.pairing.before.entity(general)));
            self.say(Class::Breaking, &subject, format!("specializes {general}; it specialized {before}"));
        }
        match (&was.unavailable, &now.unavailable) {
            (None, Some(why)) => self.say(Class::Breaking, &subject, format!("cannot be filled any more: {why}")),
            (Some(_), None) => self.say(Class::Additive, &subject, "can be filled now"),
            _ => {}
        }
        self.attributes((id, was), (now_id, now));
        self.rules(was, now);
        self.indexes(was, now);
        self.handlers(was, now);
    }
}

fn gone(entity: &Entity) -> &'static str {
    if entity.persistable { "is gone; its objects stay in the database, out of reach" } else { "is gone" }
}
