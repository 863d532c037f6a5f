//! One request: everything that a microflow can do, and what becomes of it.
//!
//! A [`Request`] lives from the call of the outermost microflow until its answer. It has one method for each function of the
//! contract (`wit/model.wit`), of the same name in snake case; those of interface `lists` begin with `list_`. The methods are
//! `async` when they may have to ask the database. The engine calls them when the guest does; nobody else knows whether
//! a guest runs at all.
//!
//! # The way of a request
//!
//! 1. [`Request::new`], then arguments: [`Request::create_object`], [`Request::object_by_id`]; then
//!    [`Request::begin_microflow`].
//! 2. The guest runs. A method that answers [`Interruption::Microflow`](crate::errors::Interruption::Microflow) has an error that
//!    the model may handle: the engine passes it to [`Request::fail`], where it is *pending*, and the guest gets `err`. All other
//!    interruptions make the guest trap.
//! 3. [`Request::finish_ok`] makes the transaction durable, or [`Request::finish_err`] undoes it. What was not committed is
//!    forgotten with the request.
//!
//! # Event handlers
//!
//! Handlers are microflows, which only the guest can run. So commits, deletions and rollbacks are machines that stop when a
//! handler must run ([`operations`]): they answer true, the guest asks [`Request::next_handler`], runs it, and answers with
//! [`Request::handler_returned`], which goes on. Handlers may begin operations of their own, so the machines form a stack.

mod access;
mod associations;
mod clients;
mod create;
mod database;
mod editing;
mod effects;
mod errors;
mod exclusive;
mod functions;
mod lists;
mod members;
mod model;
pub mod operations;
mod outliving;
mod outside;
pub mod password;
mod references;
mod session;
mod system;
#[cfg(test)]
mod tests;
mod transaction;
mod types;

use std::sync::Arc;

use brooklet_store::{Store, Transaction};
use brooklet_values::{Context, ObjectHandle};

pub use effects::{Effect, Level, Severity};
pub use model::Model;
pub use outside::{ObjectSnapshot, ReferenceSnapshot};
pub use session::Session;
pub use types::{
    Aggregation, Arithmetic, Assignment, CatchMode, Combination, Handler, Member, Reason, SortKey, Target,
};

use self::{
    access::Granted, effects::Effects, errors::Errors, exclusive::Exclusive, operations::Operations,
    outliving::Outliving,
};
use crate::{
    clock::Clock,
    limits::RequestLimits,
    locks::Locks,
    objects::{Lists, Space},
    users::UserChanges,
};

/// One request. Dropping it without finishing it rolls back.
#[derive(Debug)]
pub struct Request {
    /// The version on which the request began, and on which it finishes.
    model: Arc<Model>,
    /// The objects.
    space: Space,
    /// The lists.
    lists: Lists,
    /// The database as this request sees it; begins in the database with the first write.
    transaction: Transaction,
    /// Locks that are held; given back when the transaction has ended.
    exclusive: Exclusive,
    /// Commits, deletions and rollbacks that are under way, innermost last.
    operations: Operations,
    /// The pending error, those being handled, and the savepoints.
    errors: Errors,
    /// What was said to the world.
    effects: Effects,
    /// Who asks.
    session: Arc<Session>,
    /// What they may do.
    granted: Granted,
    /// What functions of expressions know besides their arguments. Its time is that of the last look at the clock.
    context: Context,
    /// The current user's object, once it was asked for; none inside when there is no such object.
    user: Option<Option<ObjectHandle>>,
    /// The current session's object, once it was asked for.
    session_object: Option<ObjectHandle>,
    /// What of it all is the session's.
    outliving: Outliving,
    /// What was done to users.
    user_changes: UserChanges,
    clock: Clock,
    limits: RequestLimits,
}

impl Request {
    /// A request of a version, on behalf of a session. Touches no database.
    pub fn new(
        model: Arc<Model>,
        store: &Store,
        session: Session,
        clock: Clock,
        limits: RequestLimits,
        locks: Locks,
    ) -> Self {
        let random = {
            let clock = clock.clone();
            Arc::new(move || u64::from_le_bytes(clock.random_bytes()))
        };
        let mut context = Context::new(session.time_zone.clone(), session.language.clone(), clock.now_ms(), random);
        context.rounding = model.rounding();
        Self {
            transaction: store.begin(model.plan().clone()),
            granted: Granted::new(&model, &session),
            exclusive: Exclusive::new(locks),
            space: Space::new(limits.objects),
            lists: Lists::new(limits.lists, limits.list_elements),
            operations: Operations::default(),
            errors: Errors::default(),
            effects: Effects::default(),
            user: None,
            session_object: None,
            outliving: Outliving::default(),
            user_changes: UserChanges::default(),
            context,
            model,
            session: Arc::new(session),
            clock,
            limits,
        }
    }

    /// The version on which the request began.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Who asks.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The objects of the request.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The lists of the request.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// What the request may take.
    pub fn limits(&self) -> &RequestLimits {
        &self.limits
    }

    /// Where time and ids come from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
