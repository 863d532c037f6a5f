//! Deleting objects.
//!
//! Deleting goes level by level. On each: before-handlers; an error if some object prevents it; then, one association after
//! another, the objects that go along are a level of their own, with their own handlers; then the rows; then after-handlers.
//! Objects that keep their references lose them: in the database with the row, in memory because what was deleted is
//! passed over wherever a reference leads to it.
//!
//! An object that is being deleted further up prevents nothing and is not deleted again, so circles end.

use std::collections::HashSet;

use brooklet_model::{AssociationId, DeleteBehavior, Moment, Operation};
use brooklet_values::{ObjectHandle, ObjectId};

use super::{super::transaction::store_error, Request, Step, events::Round};
use crate::errors::{MicroflowError, Outcome, ValidationMessage, codes};

#[derive(Debug)]
pub(super) struct Delete {
    /// Levels, the deepest last.
    levels: Vec<Level>,
    /// Objects of all levels, and those that are done.
    deleting: HashSet<ObjectId>,
}

#[derive(Debug)]
struct Level {
    objects: Vec<ObjectHandle>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Before(Round),
    /// Associations whose objects go along, still to be done.
    Cascade(Vec<AssociationId>),
    After(Round),
}

impl Delete {
    pub(super) fn new(request: &Request, objects: Vec<ObjectHandle>) -> Outcome<Self> {
        let mut machine = Self { levels: Vec::new(), deleting: HashSet::new() };
        machine.descend(request, objects)?;
        Ok(machine)
    }

    /// Begins a level with those objects that are not being deleted already.
    fn descend(&mut self, request: &Request, objects: Vec<ObjectHandle>) -> Outcome<()> {
        let mut fresh = Vec::with_capacity(objects.len());
        for object in objects {
            if self.deleting.insert(request.space.peek(object)?.id()) {
                fresh.push(object);
            }
        }
        let round = Round::new(Moment::Before, Operation::Delete, fresh.clone());
        self.levels.push(Level { objects: fresh, stage: Stage::Before(round) });
        Ok(())
    }

    pub(super) async fn advance(&mut self, request: &mut Request, answer: Option<bool>) -> Outcome<Step> {
        let mut answer = answer;
        while let Some(level) = self.levels.last_mut() {
            match &mut level.stage {
                Stage::Before(round) => {
                    if let Some(handler) = round.next(request, answer.take())? {
                        return Ok(Step::Run(handler));
                    }
                    let kept = round.take_kept();
                    let staying: HashSet<_> = kept.iter().collect();
                    for dropped in level.objects.iter().filter(|object| !staying.contains(object)) {
                        self.deleting.remove(&request.space.peek(*dropped)?.id());
                    }
                    level.objects = kept;
                    request.check_prevented(&level.objects, &self.deleting).await?;
                    level.stage = Stage::Cascade(request.referring(&level.objects, DeleteBehavior::Cascade)?);
                }
                Stage::Cascade(associations) if !associations.is_empty() => {
                    let association = associations.remove(0);
                    let objects = request.that_can_be_referred_to(&level.objects, association)?;
                    let children = request.neighbours(&objects, association, true).await?;
                    let children: Vec<_> = children.into_iter().map(|(_, child)| child).collect();
                    if !children.is_empty() {
                        self.descend(request, children)?;
                    }
                }
                Stage::Cascade(_) => {
                    request.delete_rows(&level.objects).await?;
                    let round = Round::new(Moment::After, Operation::Delete, level.objects.clone());
                    level.stage = Stage::After(round);
                }
                Stage::After(round) => {
                    if let Some(handler) = round.next(request, answer.take())? {
                        return Ok(Step::Run(handler));
                    }
                    for object in &level.objects {
                        request.space.bury(*object)?;
                    }
                    self.levels.pop();
                }
            }
        }
        Ok(Step::Done)
    }
}

impl Request {
    /// The associations that lead to some of the objects and behave like that, each once, in model order.
    fn referring(&self, objects: &[ObjectHandle], behavior: DeleteBehavior) -> Outcome<Vec<AssociationId>> {
        let entities = objects.iter().map(|object| Ok(self.space.peek(*object)?.entity()));
        let entities = entities.collect::<Outcome<HashSet<_>>>()?;
        let mut associations: Vec<_> =
            entities.into_iter().flat_map(|entity| self.model.referring_that(entity, behavior)).collect();
        associations.sort_unstable();
        associations.dedup();
        Ok(associations)
    }

    /// Those of the objects that are of the association's TO entity and still there.
    fn that_can_be_referred_to(
        &self,
        objects: &[ObjectHandle],
        association: AssociationId,
    ) -> Outcome<Vec<ObjectHandle>> {
        let manifest = self.model.manifest();
        let to = manifest.association(association).to;
        let mut found = Vec::with_capacity(objects.len());
        for object in objects {
            let instance = self.space.peek(*object)?;
            if !instance.is_gone() && manifest.is_a(instance.entity(), to) {
                found.push(*object);
            }
        }
        Ok(found)
    }

    /// An error when an object that stays refers to one that must not go then.
    async fn check_prevented(&mut self, objects: &[ObjectHandle], deleting: &HashSet<ObjectId>) -> Outcome<()> {
        for association in self.referring(objects, DeleteBehavior::Prevent)? {
            let referred = self.that_can_be_referred_to(objects, association)?;
            for (index, referrer) in self.neighbours(&referred, association, true).await? {
                if deleting.contains(&self.space.peek(referrer)?.id()) {
                    continue;
                }
                let object = self.space.peek(referred[index])?;
                let manifest = self.model.manifest();
                let definition = manifest.association(association);
                let entity = manifest.entity(object.entity()).name.clone();
                let message = definition.delete_message.clone().unwrap_or_else(|| {
                    format!("This {entity} cannot be deleted: {} refers to it.", manifest.entity(definition.from).name)
                });
                let mut error = MicroflowError::new(codes::DELETE_PREVENTED, message.clone());
                let (object, member) = (Some(object.id()), Some(definition.name.clone()));
                error.details.push(ValidationMessage { entity, object, member, message });
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Deletes the rows; the instances can be read by after-handlers only.
    async fn delete_rows(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        let mut rows = Vec::new();
        for object in objects {
            let instance = self.space.peek(*object)?;
            if instance.is_stored() && !instance.is_transient() {
                rows.push((instance.entity(), instance.id()));
            }
        }
        if !rows.is_empty() {
            self.note_deleted(&rows).await?;
            self.transaction.delete(&rows).await.map_err(store_error)?;
        }
        for object in objects {
            if !self.space.peek(*object)?.is_gone() {
                self.space.remove(*object)?;
            }
        }
        Ok(())
    }
}
