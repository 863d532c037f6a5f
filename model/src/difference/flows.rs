//! Microflows: what callers know of them, and whether they do the same.

use super::{Class, Differ, newcomers};
use crate::{Microflow, MicroflowId, MicroflowKind, Type};

impl Differ<'_> {
    pub(super) fn microflows(&mut self) {
        let (before, after) = (self.pairing.before, self.pairing.after);
        let pairs: Vec<_> = (0..).map(MicroflowId).zip(&before.microflows).collect();
        for (id, was) in pairs.iter().filter(|(_, one)| is_written(one)) {
            match self.pairing.microflow(*id).map(|now| after.microflow(now)).filter(|now| is_written(now)) {
                Some(now) => self.flow(was, now),
                None => self.say(Class::Breaking, format!("microflow {}", was.name), "is gone"),
            }
        }
        let paired = pairs.iter().map(|(id, _)| self.pairing.microflow(*id).map(MicroflowId::index));
        for one in newcomers(&after.microflows, paired).into_iter().filter(|one| is_written(one)) {
            self.say(Class::Interface, format!("microflow {}", one.name), "is new");
        }
    }

    fn flow(&mut self, was: &Microflow, now: &Microflow) {
        let subject = format!("microflow {}", now.name);
        self.say_renamed(&subject, &was.name, &now.name);
        let known = self.changes.len();
        self.parameters(&subject, was, now);
        if self.pairing.value_type(was.returns) != Some(now.returns) {
            let (before, after) = self.types(was.returns, now.returns);
            self.say(Class::Breaking, &subject, format!("returns {after}; it returned {before}"));
        }
        match (&was.unavailable, &now.unavailable) {
            (None, Some(why)) => self.say(Class::Breaking, &subject, format!("cannot run any more: {}", why.message)),
            (Some(_), None) => self.say(Class::Interface, &subject, "can run now"),
            _ => {}
        }
        let has_another_face = self.changes.len() > known;
        if !has_another_face && (was.body != now.body || was.body.is_empty()) {
            let what = if was.body.is_empty() || now.body.is_empty() {
                "may do something else: one of the versions does not say what it does"
            } else {
                "does something else"
            };
            self.say(Class::BodyOnly, &subject, what);
        }
        self.guards(&subject, was, now);
    }

    fn parameters(&mut self, subject: &str, was: &Microflow, now: &Microflow) {
        for parameter in &was.parameters {
            let name = &parameter.name;
            let Some(same) = now.parameters.iter().find(|one| one.name == *name) else {
                self.say(Class::Breaking, subject, format!("has no parameter {name} any more"));
                continue;
            };
            if self.pairing.value_type(parameter.kind) != Some(same.kind) {
                let (before, after) = self.types(parameter.kind, same.kind);
                self.say(Class::Breaking, subject, format!("takes {name} as {after}; it was {before}"));
            }
        }
        for parameter in &now.parameters {
            if was.parameters.iter().all(|one| one.name != parameter.name) {
                let kind = parameter.kind.name(self.pairing.after);
                let what = format!("has a new parameter {}: {kind}", parameter.name);
                self.say(Class::Interface, subject, what);
            }
        }
    }

    fn guards(&mut self, subject: &str, was: &Microflow, now: &Microflow) {
        if was.allowed_roles != now.allowed_roles {
            let roles = if now.allowed_roles.is_empty() { "nobody".to_owned() } else { now.allowed_roles.join(", ") };
            self.say(Class::Interface, subject, format!("may be called by others than before: {roles}"));
        }
        if was.applies_entity_access != now.applies_entity_access {
            let what = if now.applies_entity_access {
                "is held to the rights of its caller now"
            } else {
                "is not held to the rights of its caller any more"
            };
            self.say(Class::Interface, subject, what);
        }
        if was.disallow_concurrent != now.disallow_concurrent {
            let what = match (&was.disallow_concurrent, &now.disallow_concurrent) {
                (_, None) => "may run twice at once now",
                (None, Some(_)) => "may not run twice at once any more",
                _ => "does something else with a second caller",
            };
            self.say(Class::BodyOnly, subject, what);
        }
    }

    fn types(&self, before: Type, after: Type) -> (String, String) {
        (before.name(self.pairing.before), after.name(self.pairing.after))
    }
}

/// Whether it is part of the model, not generated for a rule or a test.
fn is_written(microflow: &Microflow) -> bool {
    matches!(microflow.kind, MicroflowKind::Microflow | MicroflowKind::Nanoflow)
}
