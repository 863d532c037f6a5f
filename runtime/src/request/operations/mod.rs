//! Commits, deletions and rollbacks: machines that stop whenever an event handler must run.
//!
//! # The protocol
//!
//! The guest begins with [`Request::commit`], [`Request::delete`] or [`Request::rollback`]. Each goes as far as it can. False
//! means done. True means that the guest must run the microflow that [`Request::next_handler`] names, and answer with
//! [`Request::handler_returned`], which goes on and answers in the same way, or with [`Request::handler_failed`].
//!
//! A handler may begin operations of its own, so the machines that wait form a stack. One that ends, well or with an
//! error, is not on it any more; one whose handler failed is taken off by `handler_failed`. So an error that passes through
//! nested handlers unwinds the stack step by step, and an error handler anywhere in between finds it as it should be.
//!
//! # The order of things
//!
//! A list is worked on as a whole: first all before-handlers of all objects, then the work, then all after-handlers. Handlers
//! of one object run in model order, those of the most general entity first. A before-handler that answers false raises an
//! error, or its object silently drops out, whichever the model says.
//!
//! Handlers run with all rights, even where the operation is held to those of the session.

mod commit;
mod delete;
mod events;
mod rollback;
mod rows;
mod rules;
mod users;
mod write;

use std::collections::HashSet;

use brooklet_values::ObjectHandle;

use self::{commit::Commit, delete::Delete, rollback::Rollback};
use super::{Handler, Request, Target};
use crate::{
    errors::{Interruption, LimitExceeded, Outcome},
    objects::State,
};

/// Operations that wait for a handler, innermost last.
#[derive(Debug, Default)]
pub(super) struct Operations {
    waiting: Vec<Waiting>,
}

/// An operation that waits for a handler.
#[derive(Debug)]
struct Waiting {
    machine: Machine,
    handler: Handler,
    /// Whether the operation is held to the session's rights. Its handlers are not.
    applied: bool,
}

#[derive(Debug)]
enum Machine {
    Commit(Commit),
    Delete(Delete),
    Rollback(Rollback),
}

/// How far a machine came.
enum Step {
    /// This must run first.
    Run(Handler),
    /// To its end.
    Done,
}

impl Request {
    /// WIT `objects.commit`. True when an event handler must run.
    pub async fn commit(&mut self, of: Target, events: bool) -> Outcome<bool> {
        let objects = self.operands(of)?;
        self.begin(Machine::Commit(Commit::new(objects, events))).await
    }

    /// WIT `objects.delete`. True when an event handler must run.
    pub async fn delete(&mut self, of: Target) -> Outcome<bool> {
        let objects = self.operands(of)?;
        self.check_delete(&objects).await?;
        let machine = Delete::new(self, objects)?;
        self.begin(Machine::Delete(machine)).await
    }

    /// WIT `objects.rollback`. True when an event handler must run.
    pub async fn rollback(&mut self, of: Target) -> Outcome<bool> {
        let objects = self.operands(of)?;
        self.begin(Machine::Rollback(Rollback::new(objects))).await
    }

    /// WIT `objects.next-handler`: the microflow that must run now.
    pub fn next_handler(&self) -> Outcome<Handler> {
        let waiting = self.operations.waiting.last();
        waiting.map(|waiting| waiting.handler).ok_or_else(|| Interruption::internal("no event handler is to run"))
    }

    /// WIT `objects.handler-returned`. True when a further event handler must run.
    pub async fn handler_returned(&mut self, answer: bool) -> Outcome<bool> {
        let machine = self.handled()?;
        self.drive(machine, Some(answer)).await
    }

    /// WIT `objects.handler-failed`: its error ends the operation.
    pub fn handler_failed(&mut self) -> Outcome<()> {
        self.handled().map(drop)
    }

    /// The machine whose handler has ended, well or not.
    fn handled(&mut self) -> Outcome<Machine> {
        let waiting = self.operations.waiting.pop();
        let Waiting { machine, applied, .. } =
            waiting.ok_or_else(|| Interruption::internal("no event handler was to run"))?;
        self.hold_to_rights(applied);
        Ok(machine)
    }

    async fn begin(&mut self, machine: Machine) -> Outcome<bool> {
        let bound = self.limits.operations_nested;
        if self.operations.waiting.len() >= bound {
            let what = "commits, deletions and rollbacks inside one another's event handlers";
            return Err(Interruption::Limit(LimitExceeded { limit: "operations_nested", bound: bound as u64, what }));
        }
        self.drive(machine, None).await
    }

    /// Lets a machine go on with a handler's answer. An error ends it.
    async fn drive(&mut self, mut machine: Machine, answer: Option<bool>) -> Outcome<bool> {
        let step = match &mut machine {
            Machine::Commit(commit) => commit.advance(self, answer).await?,
            Machine::Delete(delete) => delete.advance(self, answer).await?,
            Machine::Rollback(rollback) => rollback.advance(self, answer).await?,
        };
        match step {
            Step::Run(handler) => {
                let applied = self.is_held_to_rights();
                self.operations.waiting.push(Waiting { machine, handler, applied });
                self.hold_to_rights(false);
                Ok(true)
            }
            Step::Done => Ok(false),
        }
    }

    /// The instances to work on, each once. What was deleted drops out; what was undone is an error.
    fn operands(&self, of: Target) -> Outcome<Vec<ObjectHandle>> {
        let single;
        let elements = match of {
            Target::Object(object) => {
                single = [self.required(object)?];
                &single
            }
            Target::List(list) => self.lists.elements(list)?,
        };
        let mut seen = HashSet::new();
        let mut objects = Vec::with_capacity(elements.len());
        for element in elements {
            let state = self.space.peek(*element)?.state();
            if matches!(state, State::Deleted | State::Going) {
                continue;
            }
            self.space.get(*element)?;
            if seen.insert(*element) {
                objects.push(*element);
            }
        }
        Ok(objects)
    }
}
