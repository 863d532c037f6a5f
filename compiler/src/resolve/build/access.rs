//! Access rules of entities: what was granted and revoked, in order.

use brooklet_model::{AccessRule, EntityId, MemberAccess};

use super::Builder;
use super::security::Roles;
use crate::resolve::draft::EntityAccess;
use crate::resolve::{AccessConstraint, Member};
use crate::syntax::ast::QualifiedName;
use crate::syntax::document::{AccessRights, Constraint};

impl Builder<'_, '_> {
    pub(super) fn entity_access(&mut self, roles: &Roles, statements: Vec<EntityAccess>) {
        for statement in statements {
            let Some(entity) = self.names.scope("").entity(&statement.entity, self.diagnostics) else { continue };
            let mut written = self.module_roles(roles, &statement.roles);
            written.sort_unstable();
            written.dedup();
            if written.is_empty() {
                continue;
            }
            let mut rights = statement.rights;
            rights.read = self.members(entity, rights.read, &statement.entity);
            rights.write = self.members(entity, rights.write, &statement.entity);
            if statement.grant {
                let text = statement.constraint.as_ref().map(|constraint| constraint.text.clone());
                self.constrain(entity, &statement.entity, statement.constraint);
                self.grant(entity, written, rights, text);
            } else {
                self.revoke(entity, &written, &rights);
            }
        }
    }

    /// Adds rights to the rule of the same entity, roles and constraint, or makes one.
    fn grant(&mut self, entity: EntityId, roles: Vec<String>, rights: AccessRights, constraint: Option<String>) {
        let constraint = constraint.filter(|text| !text.trim().is_empty());
        let rules = &mut self.manifest.security.access;
        let same =
            rules.iter_mut().find(|rule| rule.entity == entity && rule.roles == roles && rule.constraint == constraint);
        let rule = match same {
            Some(rule) => rule,
            None => {
                rules.push(AccessRule {
                    entity,
                    roles,
                    create: false,
                    delete: false,
                    read: MemberAccess::None,
                    write: MemberAccess::None,
                    constraint,
                    condition: None,
                });
                let Some(last) = rules.last_mut() else { return };
                last
            }
        };
        rule.create |= rights.create;
        rule.delete |= rights.delete;
        // What may be written may be read: there is no right to write only.
        rule.read = union(std::mem::take(&mut rule.read), &rights.read);
        rule.read = union(std::mem::take(&mut rule.read), &rights.write);
        rule.write = union(std::mem::take(&mut rule.write), &rights.write);
    }

    /// Keeps a constraint to be resolved, once per entity and text.
    fn constrain(&mut self, entity: EntityId, written: &QualifiedName, constraint: Option<Constraint>) {
        let Some(constraint) = constraint else { return };
        let known = |known: &AccessConstraint| known.entity == entity && known.constraint.text == constraint.text;
        if !self.constraints.iter().any(known) {
            let module = written.parts.first().cloned().unwrap_or_default();
            self.constraints.push(AccessConstraint { entity, module, constraint });
        }
    }

    /// Takes rights from some roles. A rule that other roles share is split, so that they keep theirs.
    fn revoke(&mut self, entity: EntityId, roles: &[String], rights: &AccessRights) {
        let all = self.all_members(entity);
        let rules = std::mem::take(&mut self.manifest.security.access);
        for mut rule in rules {
            let (taken, kept): (Vec<String>, Vec<String>) =
                std::mem::take(&mut rule.roles).into_iter().partition(|role| roles.contains(role));
            if rule.entity != entity || taken.is_empty() {
                rule.roles = kept.into_iter().chain(taken).collect();
                rule.roles.sort_unstable();
                self.manifest.security.access.push(rule);
                continue;
            }
            let reduced = (!rights.everything).then(|| reduced(&rule, taken, rights, &all));
            if !kept.is_empty() {
                rule.roles = kept;
                self.manifest.security.access.push(rule);
            }
            self.manifest.security.access.extend(reduced.filter(gives_something));
        }
    }

    /// Members by their present names, without those that are not there (which are reported).
    fn members(&mut self, entity: EntityId, members: MemberAccess, written: &QualifiedName) -> MemberAccess {
        let MemberAccess::Some(names) = members else { return members };
        let module = written.parts.first().map_or("", String::as_str);
        let names = names.into_iter().filter_map(|name| {
            let name = QualifiedName { parts: name.split('.').map(str::to_owned).collect(), span: written.span };
            match self.names.scope(module).member(entity, &name, self.diagnostics)? {
                Member::Attribute(at) => Some(self.manifest.attribute(at).name.clone()),
                Member::Association(id, _) => Some(self.manifest.association(id).name.clone()),
            }
        });
        MemberAccess::Some(names.collect())
    }

    /// What `*` means at present.
    fn all_members(&self, entity: EntityId) -> Vec<String> {
        let attributes = self.manifest.slots(entity).into_iter().map(|at| self.manifest.attribute(at).name.clone());
        let associations = self
            .manifest
            .associations_of(entity)
            .filter(|(_, association)| self.manifest.is_a(entity, association.from))
            .map(|(_, association)| association.name.clone());
        attributes.chain(associations).collect()
    }
}

fn reduced(rule: &AccessRule, roles: Vec<String>, revoked: &AccessRights, all: &[String]) -> AccessRule {
    let write = difference(&rule.write, &revoked.write, all);
    AccessRule {
        roles,
        create: rule.create && !revoked.create,
        delete: rule.delete && !revoked.delete,
        read: difference(&rule.read, &revoked.read, all),
        // What cannot be read cannot be written.
        write: difference(&write, &revoked.read, all),
        ..rule.clone()
    }
}

fn gives_something(rule: &AccessRule) -> bool {
    rule.create || rule.delete || rule.read != MemberAccess::None || rule.write != MemberAccess::None
}

fn union(members: MemberAccess, more: &MemberAccess) -> MemberAccess {
    match (members, more) {
        (MemberAccess::All, _) | (_, MemberAccess::All) => MemberAccess::All,
        (members, MemberAccess::None) => members,
        (MemberAccess::None, MemberAccess::Some(more)) => {
            union(MemberAccess::Some(Vec::new()), &MemberAccess::Some(more.clone()))
        }
        (MemberAccess::Some(mut names), MemberAccess::Some(more)) => {
            for name in more {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            MemberAccess::Some(names)
        }
    }
}

fn difference(members: &MemberAccess, less: &MemberAccess, all: &[String]) -> MemberAccess {
    let less = match less {
        MemberAccess::None => return members.clone(),
        MemberAccess::All => return MemberAccess::None,
        MemberAccess::Some(less) => less,
    };
    let present = match members {
        MemberAccess::None => return MemberAccess::None,
        MemberAccess::All => all,
        MemberAccess::Some(names) => names,
    };
    let left: Vec<String> = present.iter().filter(|name| !less.contains(name)).cloned().collect();
    if left.is_empty() { MemberAccess::None } else { MemberAccess::Some(left) }
}
