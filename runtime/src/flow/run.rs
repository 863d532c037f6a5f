//! The steps of a call inside an instance: set-up, arguments, the microflow, and what its caller is shown.

use std::{collections::HashMap, sync::Arc};

use brooklet_model::{EntityId, Manifest, MicroflowId};
use brooklet_values::{ObjectHandle, Value};

use super::{Failure, Outcome};
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

/// A request in an instance.
pub(super) struct Run<'v> {
    entered: Entered<'v>,
    manifest: &'v Arc<Manifest>,
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
    pub(super) async fn steps(
        &mut self,
        microflow: MicroflowId,
        setup: &[MicroflowId],
        arguments: &str,
    ) -> Result<Outcome, Broken> {
        for before in setup {
            self.invoke(*before, &[]).await?;
        }
        let arguments = json::read_arguments(arguments, microflow, self.manifest, self.entered.request()).await?;
        self.entered.request().begin_microflow();
        let result = self.invoke(microflow, &arguments).await?;
        let effects = self.entered.request().take_effects();
        let shown = json::objects_shown(&result, &effects, self.entered.request());
        // On the heap, because most calls show no objects and every call would carry the room for it.
        let snapshots = if shown.is_empty() { Snapshots::new() } else { Box::pin(self.snapshots(&shown)).await? };
        let writer = json::Writer { manifest: self.manifest, request: self.entered.request(), snapshots: &snapshots };
        let kind = self.manifest.microflow(microflow).returns;
        Ok(Outcome { result: writer.result(&result, kind), effects: writer.effects(&effects) })
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
                let takes_object = !self.manifest.microflow(microflow).parameters.is_empty();
                let arguments: &[Value] = if takes_object { &[Value::Object(*object)] } else { &[] };
                let value = self.invoke(microflow, arguments).await?;
                if let Some(attribute) = snapshot.attributes.iter_mut().find(|(known, _)| *known == name) {
                    attribute.1 = value;
                }
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

    async fn invoke(&mut self, microflow: MicroflowId, arguments: &[Value]) -> Result<Value, Broken> {
        self.entered.invoke(microflow, arguments).await.map_err(|ended| match ended {
            Ended::Failed(error) => Broken::Failed(Failure::of_microflow_error(error, self.manifest)),
            Ended::Stopped(stopped) => Broken::Stopped(Failure::of_stopped(stopped, self.manifest)),
        })
    }
}
