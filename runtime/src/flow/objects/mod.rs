//! What a client does with objects: create, read, change, associate, commit, roll back, delete and retrieve.
//!
//! A client edits objects in its session: what it creates or changes stays there, uncommitted, until it is committed, rolled
//! back or deleted, on whichever node that is. Everything is held to the client's rights; event handlers, which the host runs
//! here as a microflow would, have all rights.
//!
//! An object is shown as the session sees it: members that the client did not change are what the database has now. With it
//! comes a *tag*, which changes when anything that the client may see of it changes. Who sends it back with a change or a
//! commit learns of a change that came between.

mod committing;
mod editing;
mod reading;

use std::collections::{BTreeMap, HashMap};

use brooklet_model::{EntityId, Manifest, MicroflowId, Moment, Operation, Query, Type};
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{
    Failure, FailureKind, Identified, Outcome, failure_codes,
    run::{Broken, Run},
};
use crate::{
    errors::{self, Interruption},
    json,
    request::Target,
};

/// What a client does with objects.
#[derive(Clone, Debug)]
pub enum ObjectWork<'a> {
    /// Makes an object of an entity.
    Create {
        /// The qualified name of the entity.
        entity: &'a str,
        /// Its members, as JSON.
        body: &'a str,
    },
    /// Finds objects of an entity in the database.
    Retrieve(Retrieve<'a>),
    /// Reads an object.
    Read(ObjectName<'a>),
    /// Sets members of an object.
    Change {
        /// The object.
        of: ObjectName<'a>,
        /// The members, as JSON.
        body: &'a str,
    },
    /// Changes where an association leads.
    Associate {
        /// The object.
        of: ObjectName<'a>,
        /// The association's name.
        association: &'a str,
        /// What is added and removed, as JSON.
        body: &'a str,
    },
    /// Writes an object to the database.
    Commit(ObjectName<'a>),
    /// Writes several objects to the database, or none of them.
    CommitAll {
        /// Which, as JSON.
        body: &'a str,
    },
    /// Undoes what was not committed.
    Rollback(ObjectName<'a>),
    /// Deletes an object.
    Delete(ObjectName<'a>),
}

/// An object that a client names.
#[derive(Clone, Debug)]
pub struct ObjectName<'a> {
    /// The qualified name of the entity, or of one that it specializes.
    pub entity: &'a str,
    /// The id, as text.
    pub id: &'a str,
    /// What the client expects.
    pub expected: Expected,
}

/// An object that a client names, looked up as far as the model goes.
#[derive(Clone, Debug)]
struct Name {
    entity: EntityId,
    id: ObjectId,
    expected: Expected,
}

/// In which state a client expects an object to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// In any.
    #[default]
    Any,
    /// In one of those with these tags.
    Tags(Vec<String>),
}

/// What a client looks for.
#[derive(Clone, Debug, Default)]
pub struct Retrieve<'a> {
    /// The qualified name of the entity; specializations are found too.
    pub entity: &'a str,
    /// An XPath constraint; empty for all objects.
    pub constraint: &'a str,
    /// Paths to attributes, most significant first, and whether from high to low.
    pub sort: Vec<(String, bool)>,
    /// How many objects at most.
    pub limit: Option<u64>,
    /// How many are passed over.
    pub offset: u64,
    /// Whether to say how many there are.
    pub count: bool,
}

/// Reads a client's XPath constraint and sort order, given the model, the entity, the constraint (empty for none), and
/// attributes with whether they are sorted from high to low. The error says what is wrong, for the client.
pub type XPath = fn(&Manifest, EntityId, &str, &[(String, bool)]) -> Result<Query, String>;

/// What a node without a reader of XPath does: it finds all objects, in no order.
pub(super) fn no_xpath(
    _: &Manifest,
    entity: EntityId,
    constraint: &str,
    sort: &[(String, bool)],
) -> Result<Query, String> {
    if constraint.is_empty() && sort.is_empty() {
        return Ok(Query::all(entity));
    }
    Err("this node reads no XPath constraints".to_owned())
}

impl Run<'_> {
    /// Does what a client asks for, all but making it durable.
    pub(super) async fn objects(&mut self, work: &ObjectWork<'_>, xpath: XPath) -> Result<Outcome, Broken> {
        self.entered.request().begin_microflow();
        self.entered.request().hold_to_rights(true);
        match work {
            ObjectWork::Create { entity, body } => self.create_object(entity, body).await,
            ObjectWork::Retrieve(retrieve) => self.retrieve_objects(retrieve, xpath).await,
            ObjectWork::Read(of) => self.read_object(of).await,
            ObjectWork::Change { of, body } => self.change_object(of, body).await,
            ObjectWork::Associate { of, association, body } => self.associate_object(of, association, body).await,
            ObjectWork::Commit(of) => self.commit_object(of).await,
            ObjectWork::CommitAll { body } => self.commit_objects(body).await,
            ObjectWork::Rollback(of) => self.roll_back_object(of).await,
            ObjectWork::Delete(of) => self.delete_object(of).await,
        }
    }

    fn entity(&self, name: &str) -> Result<EntityId, Failure> {
        // What a client knows by a former name is found: the name is nobody else's.
        self.manifest.entity_formerly(name).ok_or_else(|| {
            let names = self.manifest.entities.iter().map(|entity| entity.name.as_str());
            let hint = json::nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let what = format!("there is no entity `{name}`{hint}");
            Failure::new(FailureKind::NotFound, failure_codes::ENTITY_NOT_FOUND, what)
        })
    }

    fn name(&self, of: &ObjectName<'_>) -> Result<Name, Failure> {
        let entity = self.entity(of.entity)?;
        Ok(Name { entity, id: self.id(entity, of.id)?, expected: of.expected.clone() })
    }

    /// The objects that a client names, if it may see them: their changes stand on what the database has now, and they are
    /// in the states in which the client expects them.
    async fn as_expected(&mut self, names: &[Name]) -> Result<Vec<ObjectHandle>, Broken> {
        let mut ids: BTreeMap<EntityId, Vec<ObjectId>> = BTreeMap::new();
        names.iter().for_each(|name| ids.entry(name.entity).or_default().push(name.id));
        let mut found = HashMap::new();
        for (entity, ids) in ids {
            let seen = self.step(async |request| request.objects_for_client(entity, &ids).await).await?;
            found.extend(seen.into_iter().map(|(id, object)| ((entity, id), object)));
        }
        let mut objects = Vec::with_capacity(names.len());
        for name in names {
            let missing = || self.no_object(name.entity, name.id.0);
            let object = *found.get(&(name.entity, name.id)).ok_or_else(missing)?;
            if !self.step(async |request| request.rebase(object).await).await? {
                return Err(self.no_object(name.entity, name.id.0).into());
            }
            self.check_expected(object, &name.expected)?;
            objects.push(object);
        }
        Ok(objects)
    }

    /// What is no number is no object's id.
    fn id(&self, entity: EntityId, id: &str) -> Result<ObjectId, Failure> {
        id.parse().map(ObjectId).map_err(|_| self.no_object(entity, id))
    }

    fn no_object(&self, entity: EntityId, id: impl std::fmt::Display) -> Failure {
        let what = format!("There is no {} with id {id}.", self.manifest.entity(entity).name);
        Failure::new(FailureKind::NotFound, errors::codes::NOT_FOUND, what)
    }

    /// An error when the object is in none of the states in which the client expects it. What the instance knows of the
    /// database is what the database has.
    fn check_expected(&mut self, of: ObjectHandle, expected: &Expected) -> Result<(), Broken> {
        let Expected::Tags(tags) = expected else { return Ok(()) };
        let tag = self.entered.request().tag(of);
        let tag = tag.map_err(|cause| client_failure(cause, self.manifest))?;
        if tags.contains(&tag) {
            return Ok(());
        }
        let what = "the object is not what it was when it was read: read it again, and decide then";
        Err(Failure::new(FailureKind::Precondition, failure_codes::PRECONDITION_FAILED, what).into())
    }

    /// Runs event handlers until an operation is done.
    async fn drive(&mut self, more: Result<bool, Interruption>) -> Result<(), Broken> {
        let mut more = more.map_err(|cause| client_failure(cause, self.manifest))?;
        while more {
            let handler = self.entered.request().next_handler();
            let handler = handler.map_err(|cause| client_failure(cause, self.manifest))?;
            let answer = self.run_handler(handler.microflow, handler.object).await?;
            more = self.step(async |request| request.handler_returned(answer).await).await?;
        }
        Ok(())
    }

    /// Runs the handlers of a creation; an error when one of them refuses it.
    async fn created(&mut self, entity: EntityId, object: Option<ObjectHandle>) -> Result<(), Broken> {
        let moment = if object.is_some() { Moment::After } else { Moment::Before };
        let model = self.entered.request().model().clone();
        for handler in model.handlers(entity, moment, Operation::Create) {
            let answer = self.run_handler(handler.microflow, object.filter(|_| handler.passes_object)).await?;
            if moment == Moment::Before && !answer {
                let (by, of) = (&self.manifest.microflow(handler.microflow).name, &self.manifest.entity(entity).name);
                let what = format!("{by} does not allow to create this {of}.");
                return Err(Failure::new(FailureKind::Refused, errors::codes::PREVENTED, what).into());
            }
        }
        Ok(())
    }

    /// Runs a handler as a guest does: it gets the object where it takes one. True unless it answers false.
    async fn run_handler(&mut self, microflow: MicroflowId, object: Option<ObjectHandle>) -> Result<bool, Broken> {
        let argument = |kind| match (kind, object) {
            (Type::Object(_), Some(object)) => Value::Object(object),
            _ => Value::Empty,
        };
        let parameters = &self.manifest.microflow(microflow).parameters;
        let arguments: Vec<_> = parameters.iter().map(|parameter| argument(parameter.kind)).collect();
        self.entered.request().hold_to_rights(false);
        let answer = self.invoke(microflow, &arguments).await?;
        self.entered.request().hold_to_rights(true);
        Ok(answer != Value::Boolean(false))
    }

    /// A step of the request, on the client's behalf.
    async fn step<T>(
        &mut self,
        step: impl AsyncFnOnce(&mut crate::request::Request) -> Result<T, Interruption>,
    ) -> Result<T, Broken> {
        let outcome = step(self.entered.request()).await;
        outcome.map_err(|cause| client_failure(cause, self.manifest).into())
    }

    /// The outcome that is an object as the session sees it now; none when there is none (any more).
    async fn showing(&mut self, of: Option<ObjectHandle>) -> Result<Outcome, Broken> {
        let present = match of {
            Some(of) => self.step(async |request| request.present(of).await).await?,
            None => None,
        };
        let Some(present) = present else { return self.outcome(&Value::Empty, Type::Nothing).await };
        let (entity, id, tag) = self
            .step(async |request| {
                request.complete(present).await?;
                let object = request.space().peek(present)?;
                Ok((object.entity(), object.id(), request.tag(present)?))
            })
            .await?;
        self.entered.request().hold_to_rights(false);
        let outcome = self.outcome(&Value::Object(present), Type::Object(entity)).await?;
        let object = Identified { entity: self.manifest.entity(entity).name.clone(), id, tag };
        Ok(Outcome { object: Some(object), ..outcome })
    }

    /// Whether the session has uncommitted changes of an object that the database has.
    fn is_edited(&mut self, of: ObjectHandle) -> bool {
        let object = self.entered.request().space().peek(of);
        object.is_ok_and(|object| object.is_stored() && !object.is_transient() && object.is_changed())
    }
}

/// What an interruption means when a client, not the model, is at work.
fn client_failure(cause: Interruption, manifest: &Manifest) -> Failure {
    use errors::codes;
    let failure = Failure::of_interruption(cause, manifest);
    if !failure.frames.is_empty() {
        return failure;
    }
    let kind = match failure.code {
        codes::NOT_FOUND | codes::OBJECT_GONE => FailureKind::NotFound,
        codes::INVALID_VALUE | codes::OUT_OF_RANGE | codes::MEMBER_UNAVAILABLE => FailureKind::Invalid,
        _ => failure.kind,
    };
    Failure { kind, ..failure }
}

/// What a commit, a deletion or a rollback is done to.
fn target(of: ObjectHandle) -> Target {
    Target::Object(Some(of))
}
