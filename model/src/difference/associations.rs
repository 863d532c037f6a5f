//! Associations.

use super::{Class, Differ, newcomers};
use crate::{Association, AssociationId, AssociationKind, AssociationOwner, DeleteBehavior};

impl Differ<'_> {
    pub(super) fn associations(&mut self) {
        let (before, after) = (self.pairing.before, self.pairing.after);
        let pairs: Vec<_> = (0..).map(AssociationId).zip(&before.associations).collect();
        for (id, was) in &pairs {
            match self.pairing.association(*id) {
                Some(now) => self.association(was, after.association(now)),
                // With an entity that is gone goes what the runtime keeps about its objects.
                None if was.system.is_some() && self.pairing.entity(was.from).is_none() => {}
                None => {
                    let subject = self.association_subject(was, true);
                    self.say(Class::Breaking, subject, "is gone");
                }
            }
        }
        let paired = pairs.iter().map(|(id, _)| self.pairing.association(*id).map(AssociationId::index));
        for one in newcomers(&after.associations, paired) {
            let subject = self.association_subject(one, false);
            self.say(Class::Additive, subject, "is new");
        }
    }

    fn association(&mut self, was: &Association, now: &Association) {
        let subject = self.association_subject(now, false);
        self.say_renamed(&subject, &was.name, &now.name);
        let manifest = self.pairing.after;
        let ends = (self.pairing.entity(was.from), self.pairing.entity(was.to));
        if ends != (Some(now.from), Some(now.to)) {
            let (from, to) = (&manifest.entity(now.from).name, &manifest.entity(now.to).name);
            self.say(Class::Breaking, &subject, format!("leads from {from} to {to} now"));
        }
        if was.kind != now.kind {
            let what = match now.kind {
                AssociationKind::Reference => "leads to one object; it led to many",
                AssociationKind::ReferenceSet => "leads to many objects; it led to one",
            };
            self.say(Class::Breaking, &subject, what);
        }
        if was.owner != now.owner {
            let what = match now.owner {
                AssociationOwner::Default => "can be set from one side only",
                AssociationOwner::Both => "can be set from both sides",
            };
            self.say(Class::Breaking, &subject, what);
        }
        if was.on_delete != now.on_delete {
            let what = match now.on_delete {
                DeleteBehavior::KeepReferences => "lets objects stay when what they refer to is deleted",
                DeleteBehavior::Cascade => "deletes objects along with what they refer to",
                DeleteBehavior::Prevent => "keeps what is referred to from being deleted",
            };
            self.say(Class::Interface, &subject, what);
        }
        if was.delete_message != now.delete_message {
            self.say(Class::Interface, subject, "has another message for a deletion that it prevents");
        }
    }

    /// The runtime's own associations have one name for many.
    fn association_subject(&self, one: &Association, earlier: bool) -> String {
        let manifest = if earlier { self.pairing.before } else { self.pairing.after };
        match one.system {
            Some(_) => format!("association {} of {}", one.name, manifest.entity(one.from).name),
            None => format!("association {}", one.name),
        }
    }
}
