//! What a set of roles may do: the rules that apply to it, entity by entity.

use std::{collections::BTreeSet, sync::Arc};

use brooklet_model::{
    AccessRule, AttributeType, CompareOperator, Condition, EntityId, Manifest, MemberAccess, Operand, SecurityLevel,
};

use super::members::{MemberSet, Members};
use crate::request::Member;

/// What a set of user roles may do in one version of a model.
#[derive(Debug)]
pub struct Rights {
    /// Tells rights of one version apart.
    pub(super) number: u32,
    /// By entity; none when entity access is not enforced, so that everything is allowed.
    entities: Option<Vec<EntityRights>>,
}

/// What may be done with objects of exactly one entity.
#[derive(Debug)]
pub(super) struct EntityRights {
    /// Whether objects may be created.
    create: bool,
    /// What holds for every object.
    pub(super) always: Arc<Grant>,
    /// What holds for an object for which all constraints hold: a new one.
    pub(super) fully: Arc<Grant>,
    /// The rules with a constraint that give more than what always holds.
    pub(super) conditional: Vec<Rule>,
}

/// A rule with a constraint, as far as it gives more than others.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: RuleName,
    pub(super) condition: Condition,
    pub(super) grant: Grant,
}

/// What tells the rules of a version apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RuleName {
    /// A rule of the model, by its number.
    OfModel(usize),
    /// Users of that entity see themselves.
    Oneself(EntityId),
}

/// What may be done with an object.
#[derive(Clone, Debug)]
pub struct Grant {
    pub(super) members: Arc<Members>,
    /// Whether the object may be seen at all.
    pub(super) see: bool,
    pub(super) delete: bool,
    pub(super) read: MemberSet,
    pub(super) write: MemberSet,
}

impl Rights {
    /// The rights of user roles, given the members of each entity.
    pub(super) fn new(manifest: &Manifest, members: &[Arc<Members>], user_roles: &[String], number: u32) -> Self {
        let module_roles = super::module_roles(manifest, user_roles);
        let mut roles = manifest.security.user_roles.iter().filter(|role| user_roles.contains(&role.name));
        let manages_users = roles.any(|role| role.manage_all_roles);
        let user = manifest.entity_named("System.User");
        let entity = |(index, members): (usize, &Arc<Members>)| {
            let id = EntityId(index as u32);
            let mut draft = Draft::new(manifest, id, members);
            let rules = manifest.security.access.iter().enumerate();
            for (number, rule) in rules.filter(|(_, rule)| rule.entity == id && applies(rule, &module_roles)) {
                draft.add(number, rule);
            }
            if let Some(user) = user.filter(|user| manifest.is_a(id, *user)) {
                draft.add_rules_of_users(user, manages_users);
            }
            draft.finish()
        };
        Self { number, entities: Some(members.iter().enumerate().map(entity).collect()) }
    }

    /// All rights on entities.
    pub(super) fn unrestricted() -> Self {
        Self { number: 0, entities: None }
    }

    /// Whether entity access is not enforced at all.
    pub fn is_unrestricted(&self) -> bool {
        self.entities.is_none()
    }

    /// Whether objects of the entity may be created.
    pub fn may_create(&self, entity: EntityId) -> bool {
        self.of(entity).is_none_or(|rights| rights.create)
    }

    /// Whether it depends on the object what may be done with objects of the entity.
    pub(crate) fn is_conditional(&self, entity: EntityId) -> bool {
        self.of(entity).is_some_and(|rights| !rights.conditional.is_empty())
    }

    /// What may be done with an object of the entity, whichever it is; `fully` for one for which all constraints hold. None
    /// when everything may.
    pub(crate) fn fixed(&self, entity: EntityId, fully: bool) -> Option<&Arc<Grant>> {
        self.of(entity).map(|rights| if fully { &rights.fully } else { &rights.always })
    }

    /// What may be done with an object for which the rules at these places hold.
    pub(crate) fn grant(&self, entity: EntityId, places: &[usize]) -> Arc<Grant> {
        self.of(entity).map_or_else(Grant::none, |rights| Arc::new(rights.grant(places.iter().copied())))
    }

    /// What may be done with objects of the entity; none when everything may.
    pub(super) fn of(&self, entity: EntityId) -> Option<&EntityRights> {
        self.entities.as_ref().and_then(|entities| entities.get(entity.index()))
    }
}

impl EntityRights {
    /// What may be done with an object for which the rules with these places in `conditional` hold.
    pub(super) fn grant(&self, holds: impl Iterator<Item = usize>) -> Grant {
        let mut grant = (*self.always).clone();
        holds.for_each(|place| grant.add(&self.conditional[place].grant));
        grant
    }
}

impl Grant {
    /// Nothing at all.
    fn none() -> Arc<Self> {
        Arc::new(Self::nothing(&Arc::new(Members::none())))
    }

    fn nothing(members: &Arc<Members>) -> Self {
        let none = MemberSet::default;
        Self { members: members.clone(), see: false, delete: false, read: none(), write: none() }
    }

    fn add(&mut self, other: &Self) {
        self.see |= other.see;
        self.delete |= other.delete;
        self.read.add(&other.read);
        self.write.add(&other.write);
    }

    fn covers(&self, other: &Self) -> bool {
        (self.see || !other.see)
            && (self.delete || !other.delete)
            && self.read.covers(&other.read)
            && self.write.covers(&other.write)
    }

    /// Whether the object may be seen at all.
    pub fn may_see(&self) -> bool {
        self.see
    }

    /// Whether the object may be deleted.
    pub fn may_delete(&self) -> bool {
        self.delete
    }

    /// Whether it is a member that the entity has.
    pub fn has(&self, member: Member) -> bool {
        self.members.position(member).is_some()
    }

    /// Whether a member may be read.
    pub fn may_read(&self, member: Member) -> bool {
        self.members.position(member).is_some_and(|position| self.read.contains(position))
    }

    /// Whether a member may be changed.
    pub fn may_write(&self, member: Member) -> bool {
        self.members.position(member).is_some_and(|position| self.write.contains(position))
    }

    /// Whether some member may be changed.
    pub fn may_write_something(&self) -> bool {
        !MemberSet::default().covers(&self.write)
    }
}

fn applies(rule: &AccessRule, module_roles: &BTreeSet<String>) -> bool {
    rule.roles.iter().any(|role| module_roles.contains(role))
}

/// The rights on an entity in the making.
struct Draft<'m> {
    manifest: &'m Manifest,
    entity: EntityId,
    members: &'m Arc<Members>,
    create: bool,
    always: Grant,
    conditional: Vec<Rule>,
    /// Members that nobody reads, whatever the rules say, and those that nobody sets.
    unreadable: MemberSet,
    unwritable: MemberSet,
}

impl<'m> Draft<'m> {
    fn new(manifest: &'m Manifest, entity: EntityId, members: &'m Arc<Members>) -> Self {
        let (mut unreadable, mut unwritable) = (MemberSet::default(), MemberSet::default());
        for (slot, at) in manifest.slots(entity).into_iter().enumerate() {
            let attribute = manifest.attribute(at);
            if attribute.kind == AttributeType::HashedString {
                unreadable.insert(slot);
            }
            if attribute.calculated.is_some()
                || attribute.system.is_some()
                || attribute.kind == AttributeType::AutoNumber
            {
                unwritable.insert(slot);
            }
        }
        for (index, id) in members.associations().iter().enumerate() {
            if manifest.association(*id).system.is_some() {
                unwritable.insert(members.slots() + index);
            }
        }
        let always = Grant::nothing(members);
        Self { manifest, entity, members, create: false, always, conditional: Vec::new(), unreadable, unwritable }
    }

    fn add(&mut self, number: usize, rule: &AccessRule) {
        self.create |= rule.create;
        let (mut read, mut write) = (self.set(&rule.read), self.set(&rule.write));
        // There is no right to write only, except for what nobody reads.
        read.add(&write);
        without(&mut read, &self.unreadable);
        without(&mut write, &self.unwritable);
        let gives = |members: &MemberAccess| match members {
            MemberAccess::None => false,
            MemberAccess::All => true,
            MemberAccess::Some(names) => !names.is_empty(),
        };
        let see = gives(&rule.read) || gives(&rule.write);
        let grant = Grant { members: self.members.clone(), see, delete: rule.delete, read, write };
        // What could not be resolved limits the rule to nothing.
        let unresolved = rule.constraint.as_ref().map(|_| Condition::Constant(false));
        match rule.condition.clone().or(unresolved) {
            None => self.always.add(&grant),
            Some(condition) => self.conditional.push(Rule { name: RuleName::OfModel(number), condition, grant }),
        }
    }

    /// Everybody sees himself, and who manages all roles sees everybody: what `System.User` declares. Nobody but the latter
    /// changes passwords or the roles of users, whatever the rules of specializations say.
    fn add_rules_of_users(&mut self, user: EntityId, manages_users: bool) {
        let declared = Members::of(self.manifest, user);
        let mut read = MemberSet::default();
        (0..declared.slots()).for_each(|slot| read.insert(slot));
        let associations = declared.associations().iter();
        associations
            .filter_map(|id| self.members.position(Member::Association(*id)))
            .for_each(|member| read.insert(member));
        without(&mut read, &self.unreadable);
        let write = MemberSet::default();
        let grant = Grant { members: self.members.clone(), see: true, delete: false, read, write };
        if manages_users {
            self.always.add(&grant);
            return;
        }
        let condition = Condition::Compare {
            left: Operand::Identity(Vec::new()),
            operator: CompareOperator::Equal,
            right: Operand::CurrentUser,
        };
        self.conditional.push(Rule { name: RuleName::Oneself(self.entity), condition, grant });
        for name in ["Password", "System.UserRoles"] {
            let position = self.position(name);
            position.into_iter().for_each(|member| self.unwritable.insert(member));
        }
        without(&mut self.always.write, &self.unwritable);
        self.conditional.iter_mut().for_each(|rule| without(&mut rule.grant.write, &self.unwritable));
    }

    /// The members that a rule names.
    fn set(&self, access: &MemberAccess) -> MemberSet {
        let mut set = MemberSet::default();
        match access {
            MemberAccess::None => {}
            MemberAccess::All => {
                (0..self.members.slots() + self.members.associations().len()).for_each(|member| set.insert(member));
            }
            MemberAccess::Some(names) => {
                names.iter().filter_map(|name| self.position(name)).for_each(|member| set.insert(member));
            }
        }
        set
    }

    /// An attribute by name, or an association by qualified name.
    fn position(&self, name: &str) -> Option<usize> {
        if let Some(attribute) = self.manifest.attribute_named(self.entity, name) {
            return Some(self.manifest.slot(attribute) as usize);
        }
        let associations = self.members.associations();
        let named = associations.iter().position(|id| self.manifest.association(*id).name == name);
        named.map(|index| self.members.slots() + index)
    }

    fn finish(self) -> EntityRights {
        let mut fully = self.always.clone();
        self.conditional.iter().for_each(|rule| fully.add(&rule.grant));
        // Objects in memory only have no constraints: nothing could check them in the database.
        let mut always = self.always;
        let mut conditional = self.conditional;
        if !self.manifest.entity(self.entity).persistable {
            conditional.clear();
            always = fully.clone();
        }
        conditional.retain(|rule| !always.covers(&rule.grant) && rule.condition != Condition::Constant(false));
        EntityRights { create: self.create, always: Arc::new(always), fully: Arc::new(fully), conditional }
    }
}

fn without(set: &mut MemberSet, less: &MemberSet) {
    less.members().for_each(|member| set.remove(member));
}

/// Whether the level holds entities to their rules.
pub(super) fn is_enforced(level: SecurityLevel) -> bool {
    level == SecurityLevel::Production
}
