//! Microflow errors: raising, catching and undoing.
//!
//! An error is *pending* from the moment it occurs until somebody catches it or the request ends with it. Caught, it is the
//! *latest* error until its handler is left, and the one before it is the latest again. A handler is left by
//! [`Request::caught`], also when another error, or its own by [`Request::rethrow`], leaves it.
//!
//! `catch` undoes work in memory and in the database alike: back to the begin of the request, also the callers' work, or to
//! the last savepoint. After going back to the begin, outer savepoints stay set, at that point.

use brooklet_store::Savepoint;
use brooklet_values::{ObjectHandle, Value};

use super::{CatchMode, Reason, Request, transaction::store_error};
use crate::{
    errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes},
    objects::Mark,
};

/// The error state of a request.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pending: Option<MicroflowError>,
    /// Errors whose handlers run, innermost last.
    handled: Vec<Handled>,
    savepoints: Vec<Point>,
    /// Where the microflow began in the database, if something was written before.
    begin: Option<Savepoint>,
    /// What had been done to users before.
    users: usize,
}

#[derive(Debug)]
struct Handled {
    error: MicroflowError,
    /// Its object of `System.Error`, once it was asked for.
    object: Option<ObjectHandle>,
}

/// A point to return to, in memory and in the database.
#[derive(Debug)]
struct Point {
    mark: Mark,
    savepoint: Savepoint,
    /// What had been done to users.
    users: usize,
}

impl Request {
    /// Makes an error pending: what the engine does with every microflow error before the guest learns of it.
    pub fn fail(&mut self, error: MicroflowError) {
        self.errors.pending = Some(error);
    }

    /// The pending error.
    pub fn pending(&self) -> Option<&MicroflowError> {
        self.errors.pending.as_ref()
    }

    /// The pending error, to add the frames that it passes.
    pub fn pending_mut(&mut self) -> Option<&mut MicroflowError> {
        self.errors.pending.as_mut()
    }

    /// Takes the pending error: what the outermost microflow failed with.
    pub fn take_pending(&mut self) -> Option<MicroflowError> {
        self.errors.pending.take()
    }

    /// The arguments are there and the microflow begins: this is what an error handler that undoes everything returns to.
    pub fn begin_microflow(&mut self) {
        self.space.begin_here();
        self.errors.savepoints.clear();
        self.errors.users = self.user_changes.mark();
        self.errors.begin = self.transaction.has_begun().then(|| self.transaction.savepoint());
    }

    /// WIT `errors.raise`.
    pub fn raise(&mut self, reason: Reason, message: String) -> Outcome<()> {
        let code = match reason {
            Reason::EmptyOperand => codes::EMPTY_OPERAND,
            Reason::EmptyObject => codes::EMPTY_OBJECT,
            Reason::IntegerOverflow => codes::INTEGER_OVERFLOW,
            Reason::DivisionByZero => codes::DIVISION_BY_ZERO,
            Reason::OutOfRange => codes::OUT_OF_RANGE,
            Reason::Unavailable => codes::UNAVAILABLE,
            Reason::Prevented => codes::PREVENTED,
            Reason::Thrown => codes::THROWN,
        };
        let message = match (message.is_empty(), reason) {
            (true, Reason::EmptyObject) => {
                "the object is empty, so that it has no members; compare it with empty first".to_owned()
            }
            (true, Reason::Thrown) => "an error without a message".to_owned(),
            _ => message,
        };
        self.fail(MicroflowError::new(code, message));
        Ok(())
    }

    /// WIT `errors.savepoint`. Costs nothing in the database until something is written after it.
    pub fn savepoint(&mut self) -> Outcome<()> {
        let bound = self.limits.savepoints;
        if self.errors.savepoints.len() >= bound {
            let exceeded = LimitExceeded { limit: "savepoints", bound: bound as u64, what: "open savepoints" };
            return Err(Interruption::Limit(exceeded));
        }
        let (savepoint, users) = (self.transaction.savepoint(), self.user_changes.mark());
        let point = Point { mark: self.space.mark(), savepoint, users };
        self.errors.savepoints.push(point);
        Ok(())
    }

    /// WIT `errors.release`: the activity succeeded.
    pub async fn release(&mut self) -> Outcome<()> {
        let Some(point) = self.errors.savepoints.pop() else {
            return Err(Interruption::internal("the guest released a savepoint that it had not set"));
        };
        self.space.release(point.mark);
        self.transaction.release(point.savepoint).await.map_err(store_error)
    }

    /// WIT `errors.catch`.
    pub async fn catch(&mut self, mode: CatchMode) -> Outcome<()> {
        let Some(error) = self.errors.pending.take() else {
            return Err(Interruption::internal("the guest caught an error when there was none"));
        };
        let bound = self.limits.errors_handled;
        if self.errors.handled.len() >= bound {
            let exceeded =
                LimitExceeded { limit: "errors_handled", bound: bound as u64, what: "errors handled at once" };
            return Err(Interruption::Limit(exceeded));
        }
        tracing::debug!(%error, ?mode, "an error handler catches an error");
        self.errors.handled.push(Handled { error, object: None });
        match mode {
            CatchMode::Rollback => self.undo_everything().await,
            CatchMode::Keep => self.undo_to_savepoint().await,
        }
    }

    async fn undo_everything(&mut self) -> Outcome<()> {
        self.space.roll_back_to_begin();
        self.user_changes.forget_since(self.errors.users);
        match self.errors.begin {
            Some(begin) => self.transaction.rollback_to(begin).await.map_err(store_error)?,
            None => self.transaction.rollback().await.map_err(store_error)?,
        }
        for point in &mut self.errors.savepoints {
            point.savepoint = self.transaction.savepoint();
            point.users = self.errors.users;
        }
        Ok(())
    }

    async fn undo_to_savepoint(&mut self) -> Outcome<()> {
        let Some(point) = self.errors.savepoints.pop() else {
            return Err(Interruption::internal("the guest returned to a savepoint that it had not set"));
        };
        self.space.roll_back_to(point.mark);
        self.user_changes.forget_since(point.users);
        self.space.release(point.mark);
        self.transaction.rollback_to(point.savepoint).await.map_err(store_error)?;
        self.transaction.release(point.savepoint).await.map_err(store_error)
    }

    /// WIT `errors.caught`: the handler is left.
    pub fn caught(&mut self) -> Outcome<()> {
        match self.errors.handled.pop() {
            Some(_) => Ok(()),
            None => Err(Interruption::internal("the guest left an error handler that it had not entered")),
        }
    }

    /// WIT `errors.rethrow`: the error is pending again. Its handler is left like any other that fails, by `caught`.
    pub fn rethrow(&mut self) -> Outcome<()> {
        match self.errors.handled.last() {
            Some(handled) => {
                let error = handled.error.clone();
                self.fail(error);
                Ok(())
            }
            None => Err(Interruption::internal("the guest rethrew an error outside an error handler")),
        }
    }

    /// WIT `errors.latest`: an object of `System.Error`; none outside a handler, or when the model has no such entity.
    pub fn latest(&mut self) -> Outcome<Option<ObjectHandle>> {
        let (Some(entity), Some(handled)) = (self.model.system.error, self.errors.handled.last()) else {
            return Ok(None);
        };
        // A handler may undo the creation of this object too; then there is a new one.
        if let Some(object) = handled.object
            && !self.space.peek(object)?.is_gone()
        {
            return Ok(Some(object));
        }
        let error = &handled.error;
        let members = [
            ("ErrorType", error.code.to_owned()),
            ("Message", error.message.clone()),
            ("Stacktrace", error.stack_trace()),
        ];
        let object = self.instantiate(entity)?;
        for (name, text) in members {
            self.fill(object, name, Value::from(text))?;
        }
        if let Some(handled) = self.errors.handled.last_mut() {
            handled.object = Some(object);
        }
        Ok(Some(object))
    }
}
