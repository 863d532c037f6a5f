//! The steps of a call inside an instance: set-up, arguments, the microflow, and what its caller is shown.

use std::{collections::HashMap, sync::Arc};

use brooklet_model::{EntityId, Manifest, MicroflowId, Type};
use brooklet_values::{ObjectHandle, Value};

use super::{Failure, ObjectWork, Outcome, XPath};
use crate::{
    engine::{Ended, Entered},
    errors::Interruption,
    json::{self, Snapshots},
    request::Request,
};

/// Why a run did not come to its end, and what its instance is good for.
pub(super) enum Broken {
    /// The guest is well: roll back, and use the instance again.
    Failed(Failure),
    /// The guest was stopped: drop everything.
    Stopped(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a call comes to in a version.
pub(super) struct Task<'a> {
    /// Microflows that run before it.
    pub(super) setup: Vec<MicroflowId>,
    pub(super) kind: TaskKind<'a>,
}

/// What is done.
pub(super) enum TaskKind<'a> {
    /// A microflow runs with arguments.
    Microflow(MicroflowId, &'a str),
    /// A client reads or changes objects.
    Objects(&'a ObjectWork<'a>, XPath),
}

/// A request in an instance.
pub(super) struct Run<'v> {
    pub(super) entered: Entered<'v>,
    pub(super) manifest: &'v Arc<Manifest>,
}

impl<'v> Run<'v> {
    pub(super) fn new(entered: Entered<'v>, manifest: &'v Arc<Manifest>) -> Self {
        Self { entered, manifest }
    }

    /// The request back, and the instance to whoever comes next.
    pub(super) fn leave(self) -> Box<Request> {
        self.entered.leave()
    }

    /// All steps but the last, which makes the changes durable or undoes them.
    pub(super) async fn steps(&mut self, task: &Task<'_>) -> Result<Outcome, Broken> {
        for before in &task.setup {
            self.invoke(*before, &[]).await?;
        }
        match task.kind {
            // On the heap, because most calls run a microflow and every call would carry the room for it.
            TaskKind::Objects(work, xpath) => Box::pin(self.objects(work, xpath)).await,
            TaskKind::Microflow(microflow, arguments) => self.microflow(microflow, arguments).await,
        }
    }

    async fn microflow(&mut self, microflow: MicroflowId, arguments: &str) -> Result<Outcome, Broken> {
        let arguments = self.arguments(arguments, microflow).await?;
        self.entered.request().begin_microflow();
        let result = self.invoke(microflow, &arguments).await?;
        self.outcome(&result, self.manifest.microflow(microflow).returns).await
    }

    /// What the caller is shown of a result of that type, and of what was said on the way.
    pub(super) async fn outcome(&mut self, result: &Value, kind: Type) -> Result<Outcome, Broken> {
        let effects = self.entered.request().take_effects();
        let shown = json::objects_shown(result, &effects, self.entered.request());
        let shown = if shown.is_empty() { shown } else { self.may_be_shown(shown).await? };
        // On the heap, because most calls show no objects and every call would carry the room for it.
        let snapshots = if shown.is_empty() { Snapshots::new() } else { Box::pin(self.snapshots(&shown)).await? };
        let writer = json::Writer { manifest: self.manifest, request: self.entered.request(), snapshots: &snapshots };
        Ok(Outcome { result: writer.result(result, kind), effects: writer.effects(&effects), ..Outcome::default() })
    }

    /// The arguments. What the caller names, creates and changes is held to the caller's rights.
    async fn arguments(&mut self, text: &str, microflow: MicroflowId) -> Result<Vec<Value>, Broken> {
        self.entered.request().hold_to_rights(true);
        let arguments = json::read_arguments(text, microflow, self.manifest, self.entered.request()).await?;
        self.entered.request().hold_to_rights(false);
        Ok(arguments)
    }

    /// Those of the objects that the caller may see.
    async fn may_be_shown(&mut self, objects: Vec<ObjectHandle>) -> Result<Vec<ObjectHandle>, Broken> {
        let shown = self.entered.request().shown_to_client(objects).await;
        shown.map_err(|cause| Failure::of_interruption(cause, self.manifest).into())
    }

    /// What the objects are now, calculated attributes included. Objects that are gone are left out.
    async fn snapshots(&mut self, objects: &[ObjectHandle]) -> Result<Snapshots, Broken> {
        let mut snapshots = Snapshots::with_capacity(objects.len());
        let mut calculated: HashMap<EntityId, Vec<(String, MicroflowId)>> = HashMap::new();
        for object in objects {
            let mut snapshot = match self.entered.request().snapshot(*object) {
                Ok(snapshot) => snapshot,
                Err(Interruption::Microflow(_)) => continue,
                Err(cause) => return Err(Failure::of_interruption(cause, self.manifest).into()),
            };
            let entity = snapshot.entity;
            let attributes = calculated.entry(entity).or_insert_with(|| self.manifest_calculated(entity)).clone();
            for (name, microflow) in attributes {
                let Some(place) = snapshot.attributes.iter().position(|(known, _)| *known == name) else { continue };
                let takes_object = !self.manifest.microflow(microflow).parameters.is_empty();
                let arguments: &[Value] = if takes_object { &[Value::Object(*object)] } else { &[] };
                snapshot.attributes[place].1 = self.invoke(microflow, arguments).await?;
            }
            snapshots.insert(*object, snapshot);
        }
        Ok(snapshots)
    }

    /// The calculated attributes of an entity, and the microflows that compute them.
    fn manifest_calculated(&self, entity: EntityId) -> Vec<(String, MicroflowId)> {
        let attributes = self.manifest.slots(entity).into_iter().map(|slot| self.manifest.attribute(slot));
        attributes.filter_map(|attribute| Some((attribute.name.clone(), attribute.calculated?))).collect()
    }

    pub(super) async fn invoke(&mut self, microflow: MicroflowId, arguments: &[Value]) -> Result<Value, Broken> {
        self.entered.invoke(microflow, arguments).await.map_err(|ended| match ended {
            Ended::Failed(error) => Broken::Failed(Failure::of_microflow_error(error, self.manifest)),
            Ended::Stopped(stopped) => Broken::Stopped(Failure::of_stopped(stopped, self.manifest)),
        })
    }
}
