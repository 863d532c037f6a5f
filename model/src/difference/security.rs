//! Roles, users and rights.

use super::{Class, Differ, without};
use crate::{AccessRule, DemoUser, EntityId, Manifest, MemberAccess};

impl Differ<'_> {
    pub(super) fn security(&mut self) {
        let (was, now) = (&self.pairing.before.security, &self.pairing.after.security);
        if was.level != now.level {
            self.say(Class::Interface, "security", format!("has the level {}; it was {}", now.level, was.level));
        }
        if was.guest_role != now.guest_role {
            let role = now.guest_role.as_deref().unwrap_or("none");
            self.say(Class::Interface, "security", format!("has another role for visitors: {role}"));
        }
        let names = |manifest: &Manifest| -> Vec<String> {
            manifest.security.module_roles.iter().map(|role| role.name.clone()).collect()
        };
        self.come_and_gone("module role", &names(self.pairing.before), &names(self.pairing.after));
        self.user_roles();
        self.demo_users();
        self.grants();
    }

    fn come_and_gone(&mut self, kind: &str, before: &[String], after: &[String]) {
        for name in without(after, before) {
            self.say(Class::Interface, format!("{kind} {name}"), "is new");
        }
        for name in without(before, after) {
            self.say(Class::Interface, format!("{kind} {name}"), "is gone");
        }
    }

    fn user_roles(&mut self) {
        let (was, now) = (&self.pairing.before.security.user_roles, &self.pairing.after.security.user_roles);
        let names = |roles: &[crate::UserRole]| -> Vec<String> { roles.iter().map(|role| role.name.clone()).collect() };
        self.come_and_gone("user role", &names(was), &names(now));
        for role in now {
            let Some(before) = was.iter().find(|one| one.name == role.name) else { continue };
            let subject = format!("user role {}", role.name);
            for module_role in without(&role.module_roles, &before.module_roles) {
                self.say(Class::Interface, &subject, format!("brings {module_role} now"));
            }
            for module_role in without(&before.module_roles, &role.module_roles) {
                self.say(Class::Interface, &subject, format!("does not bring {module_role} any more"));
            }
            if before.manage_all_roles != role.manage_all_roles {
                let what =
                    if role.manage_all_roles { "manages all roles now" } else { "does not manage all roles any more" };
                self.say(Class::Interface, subject, what);
            }
        }
    }

    /// Passwords are compared, and never shown.
    fn demo_users(&mut self) {
        let (was, now) = (&self.pairing.before.security, &self.pairing.after.security);
        let names = |users: &[DemoUser]| -> Vec<String> { users.iter().map(|user| user.name.clone()).collect() };
        self.come_and_gone("demo user", &names(&was.demo_users), &names(&now.demo_users));
        for user in &now.demo_users {
            if was.demo_users.iter().any(|one| one.name == user.name && one != user) {
                self.say(Class::Interface, format!("demo user {}", user.name), "is another");
            }
        }
        if was.demo_users_enabled != now.demo_users_enabled {
            let what =
                if now.demo_users_enabled { "lets demo users in" } else { "does not let demo users in any more" };
            self.say(Class::Interface, "security", what);
        }
    }

    fn grants(&mut self) {
        let (was, now) = (&self.pairing.before.security.access, &self.pairing.after.security.access);
        let before: Vec<(EntityId, String)> =
            was.iter().filter_map(|rule| Some((self.pairing.entity(rule.entity)?, self.grant(rule, true)))).collect();
        let after: Vec<(EntityId, String)> = now.iter().map(|rule| (rule.entity, self.grant(rule, false))).collect();
        for (entity, grant) in without(&after, &before) {
            let subject = format!("entity {}", self.pairing.after.entity(*entity).name);
            self.say(Class::Additive, subject, format!("may be used in a new way: {grant}"));
        }
        for (entity, grant) in without(&before, &after) {
            let subject = format!("entity {}", self.pairing.after.entity(*entity).name);
            self.say(Class::Interface, subject, format!("may not be used in this way any more: {grant}"));
        }
    }

    /// A rule in the words of the later version.
    fn grant(&self, rule: &AccessRule, earlier: bool) -> String {
        let members = |access: &MemberAccess| match access {
            MemberAccess::None => "nothing".to_owned(),
            MemberAccess::All => "all members".to_owned(),
            MemberAccess::Some(names) => {
                let names = names.iter().map(|name| if earlier { self.member_now(rule.entity, name) } else { name });
                names.map(String::as_str).collect::<Vec<_>>().join(", ")
            }
        };
        let mut text =
            format!("{} read {}, write {}", rule.roles.join(", "), members(&rule.read), members(&rule.write));
        for (is_allowed, what) in [(rule.create, ", create"), (rule.delete, ", delete")] {
            if is_allowed {
                text.push_str(what);
            }
        }
        if let Some(constraint) = &rule.constraint {
            text.push_str(" where ");
            text.push_str(constraint);
        }
        text
    }

    /// What a member of the earlier version is called in the later one.
    fn member_now<'a>(&'a self, entity: EntityId, name: &'a String) -> &'a String {
        let (pairing, before) = (&self.pairing, self.pairing.before);
        let attribute = before.attribute_named(entity, name).and_then(|at| pairing.attribute(at));
        if let Some(at) = attribute {
            return &pairing.after.attribute(at).name;
        }
        let position = before.associations.iter().position(|one| one.name == *name && one.system.is_none());
        let association = position.and_then(|at| pairing.association(crate::AssociationId(at as u32)));
        association.map_or(name, |id| &pairing.after.association(id).name)
    }
}
