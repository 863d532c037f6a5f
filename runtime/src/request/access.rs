//! What the session may do with the objects of the request.
//!
//! # Who is held to rights
//!
//! Clients are: whatever they name, send and are shown goes through here. Microflows are not, unless their model says so:
//! then [`Request::apply_access`] holds what they do to the rights of whoever called, as it does for a client. *Applied* is
//! one state of the request; whoever turns it on turns it off again.
//!
//! # When rights are decided
//!
//! Which rules with a constraint hold for an object is *decided* when somebody first needs to know, from what the database
//! has then, and stays so for the request: a change that a rule allows does not take the right to the next one. For an
//! object that was new at any time during the request, all constraints count as true.
//!
//! Many objects are decided together, by one query per rule. Where nobody can wait for the database (a microflow reads a
//! member) what was not decided is what holds for every object, and no more.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use brooklet_model::EntityId;
use brooklet_store::{QueryParameter, limits::IDS_PER_STATEMENT_MAX};
use brooklet_values::{ObjectHandle, ObjectId};

use super::{Member, Model, Request, Session, transaction::store_error};
use crate::{
    access::{Grant, Rights},
    errors::{Interruption, MicroflowError, Outcome, ValidationMessage, codes},
    objects::State,
};

/// What the session may do, as far as it was decided.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) rights: Arc<Rights>,
    /// Whether what is done now is held to the rights.
    pub(super) applied: bool,
    /// What may be done with objects for which constraints matter.
    decided: HashMap<ObjectId, Arc<Grant>>,
    /// Objects that were new at some time.
    born: HashSet<ObjectId>,
    /// How many instances of the space were decided.
    examined: usize,
}

/// What somebody tried without the right to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Attempt {
    Create,
    Change,
    Delete,
}

impl Granted {
    pub(super) fn new(model: &Model, session: &Session) -> Self {
        let access = model.access();
        let rights = if session.is_system() { access.system() } else { access.rights(&session.user_roles) };
        Self { rights, applied: false, decided: HashMap::new(), born: HashSet::new(), examined: 0 }
    }

    /// An object is created.
    pub(super) fn note_birth(&mut self, id: ObjectId) {
        if !self.rights.is_unrestricted() {
            self.born.insert(id);
        }
    }

    /// Whether what is done now is held to rights that limit anything.
    pub(super) fn is_guarding(&self) -> bool {
        self.applied && !self.rights.is_unrestricted()
    }
}

impl Request {
    /// What the session may do.
    pub fn rights(&self) -> &Arc<Rights> {
        &self.granted.rights
    }

    /// From now on what the host does is held to the session's rights, or no longer.
    pub(crate) fn hold_to_rights(&mut self, applied: bool) {
        self.granted.applied = applied;
    }

    /// Whether what is done now is held to the session's rights.
    pub(super) fn is_held_to_rights(&self) -> bool {
        self.granted.applied
    }

    /// From now on what the guest does is held to the session's rights, or no longer. Answers whether it was before.
    pub async fn apply_access(&mut self, applied: bool) -> Outcome<bool> {
        let before = std::mem::replace(&mut self.granted.applied, applied);
        if applied && !self.granted.rights.is_unrestricted() {
            // Objects that came while rights did not matter; their members are read without waiting.
            let came = (self.granted.examined..self.space.len()).map(|index| ObjectHandle(index as u32 + 1));
            let came: Vec<_> = came.collect();
            self.granted.examined = self.space.len();
            self.decide(&came).await?;
        }
        Ok(before)
    }

    /// Decides what the session may do with objects, for those for which it is not decided yet.
    pub(crate) async fn decide(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        if self.granted.rights.is_unrestricted() {
            return Ok(());
        }
        let mut open: BTreeMap<EntityId, Vec<ObjectId>> = BTreeMap::new();
        for handle in objects {
            let object = self.space.peek(*handle)?;
            let (id, entity) = (object.id(), object.entity());
            if object.state() == State::New {
                self.granted.born.insert(id);
            } else if self.granted.rights.is_conditional(entity)
                && !object.is_transient()
                && !self.granted.born.contains(&id)
                && !self.granted.decided.contains_key(&id)
            {
                open.entry(entity).or_default().push(id);
            }
        }
        for (entity, mut ids) in open {
            ids.sort_unstable();
            ids.dedup();
            for part in ids.chunks(IDS_PER_STATEMENT_MAX) {
                self.decide_ids(entity, part).await?;
            }
        }
        Ok(())
    }

    /// Decides for objects of exactly one entity: one query per rule.
    async fn decide_ids(&mut self, entity: EntityId, ids: &[ObjectId]) -> Outcome<()> {
        let rules = self.model.access().rules(&self.granted.rights, entity).map_err(store_error)?;
        let mut holding: HashMap<ObjectId, Vec<usize>> = ids.iter().map(|id| (*id, Vec::new())).collect();
        for (place, rule) in &rules {
            let run = self.run_of(vec![QueryParameter::Objects(ids.to_vec())]);
            for id in self.transaction.identities(rule, &run.bindings()).await.map_err(store_error)? {
                if let Some(places) = holding.get_mut(&id) {
                    places.push(*place);
                }
            }
        }
        // Objects for which the same rules hold share what they grant.
        let mut grants: HashMap<Vec<usize>, Arc<Grant>> = HashMap::new();
        for (id, places) in holding {
            let rights = &self.granted.rights;
            let grant = grants.entry(places).or_insert_with_key(|places| rights.grant(entity, places)).clone();
            self.granted.decided.insert(id, grant);
        }
        Ok(())
    }

    /// What may be done with an object, as far as it was decided; none when everything may.
    pub(super) fn grant(&self, of: ObjectHandle) -> Outcome<Option<&Arc<Grant>>> {
        if self.granted.rights.is_unrestricted() {
            return Ok(None);
        }
        let object = self.space.peek(of)?;
        let is_new = object.state() == State::New || object.is_transient();
        if !is_new && let Some(grant) = self.granted.decided.get(&object.id()) {
            return Ok(Some(grant));
        }
        let fully = is_new || self.granted.born.contains(&object.id());
        Ok(self.granted.rights.fixed(object.entity(), fully))
    }

    /// Whether the session may see an object at all.
    pub(crate) fn may_see(&self, of: ObjectHandle) -> Outcome<bool> {
        Ok(self.grant(of)?.is_none_or(|grant| grant.may_see()))
    }

    /// Whether the session may read a member.
    pub(crate) fn may_read(&self, of: ObjectHandle, member: Member) -> Outcome<bool> {
        Ok(self.grant(of)?.is_none_or(|grant| grant.may_read(member)))
    }

    /// Whether what is done now may read a member.
    pub(super) fn reads(&self, of: ObjectHandle, member: Member) -> Outcome<bool> {
        if self.granted.is_guarding() { self.may_read(of, member) } else { Ok(true) }
    }

    /// Those of the objects that what is done now may see.
    pub(super) async fn seen(&mut self, mut objects: Vec<ObjectHandle>) -> Outcome<Vec<ObjectHandle>> {
        if self.granted.is_guarding() {
            self.decide(&objects).await?;
            let mut seen = Vec::with_capacity(objects.len());
            for object in objects {
                if self.may_see(object)? {
                    seen.push(object);
                }
            }
            objects = seen;
        }
        Ok(objects)
    }

    /// An error when what is done now may not create objects of the entity.
    pub(crate) fn check_create(&self, entity: EntityId) -> Outcome<()> {
        if !self.granted.applied || self.granted.rights.may_create(entity) {
            return Ok(());
        }
        Err(self.denied(Attempt::Create, entity, None, None))
    }

    /// An error when what is done now may not change these members of an object.
    pub(super) async fn check_change(&mut self, of: ObjectHandle, members: &[Member]) -> Outcome<()> {
        if !self.granted.is_guarding() {
            return Ok(());
        }
        self.decide(&[of]).await?;
        let object = self.space.peek(of)?;
        let Some(grant) = self.grant(of)? else { return Ok(()) };
        // What the entity does not have is no question of rights.
        match members.iter().find(|member| grant.has(**member) && !grant.may_write(**member)) {
            Some(member) => Err(self.denied(Attempt::Change, object.entity(), Some(object.id()), Some(*member))),
            None => Ok(()),
        }
    }

    /// An error when the client may not commit an object: it has no right to create one, or to change anything of this one.
    /// Which members changed does not matter: that was checked when the client changed them, and microflows may change all.
    pub(crate) fn check_commit(&self, of: ObjectHandle) -> Outcome<()> {
        let object = self.space.peek(of)?;
        let (entity, id) = (object.entity(), Some(object.id()));
        match self.grant(of)? {
            Some(_) if object.state() == State::New => self.check_create(entity),
            Some(grant) if object.is_changed() && !grant.may_write_something() => {
                Err(self.denied(Attempt::Change, entity, id, None))
            }
            _ => Ok(()),
        }
    }

    /// An error when what is done now may not delete the objects.
    pub(super) async fn check_delete(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        if !self.granted.is_guarding() {
            return Ok(());
        }
        self.decide(objects).await?;
        for handle in objects {
            if self.grant(*handle)?.is_some_and(|grant| !grant.may_delete()) {
                let object = self.space.peek(*handle)?;
                return Err(self.denied(Attempt::Delete, object.entity(), Some(object.id()), None));
            }
        }
        Ok(())
    }

    /// The error for what the session has no right to; names entity and member.
    pub(super) fn denied(
        &self,
        attempt: Attempt,
        entity: EntityId,
        object: Option<ObjectId>,
        member: Option<Member>,
    ) -> Interruption {
        let manifest = self.model.manifest();
        let name = member.map(|member| match member {
            Member::Association(id) => manifest.association(id).name.clone(),
            Member::Attribute(slot) => {
                let slots = &self.model.entity(entity).slots;
                slots.get(slot as usize).map_or_else(|| format!("slot {slot}"), |slot| slot.name.clone())
            }
        });
        let entity = manifest.entity(entity).name.clone();
        let message = match (attempt, &name) {
            (Attempt::Create, _) => format!("You have no right to create objects of {entity}."),
            (Attempt::Delete, _) => format!("You have no right to delete this {entity}."),
            (Attempt::Change, Some(member)) => format!("You have no right to change {member} of this {entity}."),
            (Attempt::Change, None) => format!("You have no right to change this {entity}."),
        };
        let mut error = MicroflowError::new(codes::ACCESS_DENIED, message.clone());
        error.details.push(ValidationMessage { entity, object, member: name, message });
        error.into()
    }
}
