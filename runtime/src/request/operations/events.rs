//! One round of event handlers over some objects.

use brooklet_model::{Moment, Operation};
use brooklet_values::ObjectHandle;

use super::{Handler, Request};
use crate::{
    errors::{MicroflowError, Outcome, codes},
    objects::State,
};

/// All handlers of one moment of an operation, over some objects, in order.
#[derive(Debug)]
pub(super) struct Round {
    moment: Moment,
    operation: Operation,
    objects: Vec<ObjectHandle>,
    /// The object whose handlers run.
    at: usize,
    /// How many of its handlers were run.
    run: usize,
    /// The objects that no handler dropped.
    kept: Vec<ObjectHandle>,
}

impl Round {
    pub(super) fn new(moment: Moment, operation: Operation, objects: Vec<ObjectHandle>) -> Self {
        Self { moment, operation, objects, at: 0, run: 0, kept: Vec::new() }
    }

    /// A round without handlers: every object is kept.
    pub(super) fn silent(moment: Moment, operation: Operation, objects: Vec<ObjectHandle>) -> Self {
        Self { moment, operation, objects: Vec::new(), at: 0, run: 0, kept: objects }
    }

    /// The next handler, given what the one before answered; none when all are done.
    pub(super) fn next(&mut self, request: &Request, answer: Option<bool>) -> Outcome<Option<Handler>> {
        if answer == Some(false) && self.moment == Moment::Before {
            self.refuse(request)?;
        }
        while let Some(object) = self.objects.get(self.at).copied() {
            let instance = request.space.peek(object)?;
            let readable = match self.moment {
                Moment::Before => !instance.is_gone(),
                Moment::After => !matches!(instance.state(), State::Deleted | State::Undone),
            };
            let handlers = request.model.entity(instance.entity()).handlers(self.moment, self.operation);
            match handlers.get(self.run).filter(|_| readable) {
                Some(handler) => {
                    self.run += 1;
                    let argument = handler.passes_object.then_some(object);
                    return Ok(Some(Handler { microflow: handler.microflow, object: argument }));
                }
                None => {
                    if readable {
                        self.kept.push(object);
                    }
                    (self.at, self.run) = (self.at + 1, 0);
                }
            }
        }
        Ok(None)
    }

    /// The objects that no handler dropped.
    pub(super) fn take_kept(&mut self) -> Vec<ObjectHandle> {
        std::mem::take(&mut self.kept)
    }

    /// The handler that ran last answered false: its object drops out, or there is an error.
    fn refuse(&mut self, request: &Request) -> Outcome<()> {
        let Some(object) = self.objects.get(self.at) else { return Ok(()) };
        let entity = request.space.peek(*object)?.entity();
        let handlers = request.model.entity(entity).handlers(self.moment, self.operation);
        let Some(handler) = self.run.checked_sub(1).and_then(|last| handlers.get(last)) else { return Ok(()) };
        if handler.raise_error {
            let verb = match self.operation {
                Operation::Create => "create",
                Operation::Commit => "commit",
                Operation::Delete => "delete",
                Operation::Rollback => "roll back",
            };
            let manifest = request.model.manifest();
            let (entity, by) = (&manifest.entity(entity).name, &manifest.microflow(handler.microflow).name);
            let message = format!("{by} does not allow to {verb} this {entity}.");
            return Err(MicroflowError::new(codes::PREVENTED, message).into());
        }
        (self.at, self.run) = (self.at + 1, 0);
        Ok(())
    }
}
