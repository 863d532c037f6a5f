//! Microflows that must not run twice at once: entering them, and proving at the end that nobody else did.
//!
//! A request that has entered such a microflow stays in until its transaction has ended, so that whoever comes next sees its
//! work. It may enter again as often as it likes.

use brooklet_model::{ConcurrencyRule, MicroflowId};

use super::{Request, transaction::store_error};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, codes},
    locks::{Hold, LockError, Locks},
};

/// The locks of a request.
#[derive(Debug)]
pub(super) struct Exclusive {
    locks: Locks,
    held: Vec<Hold>,
}

impl Exclusive {
    pub(super) fn new(locks: Locks) -> Self {
        Self { locks, held: Vec::new() }
    }

    /// Whether the request is in any of these microflows.
    pub(super) fn is_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// Gives back what is held: the transaction has ended.
    pub(super) async fn release(&mut self) {
        for hold in self.held.drain(..) {
            hold.release().await;
        }
    }
}

impl Request {
    /// WIT `begin-exclusive`: enters a microflow that must not run twice at once. False when somebody else is in and the
    /// model has another microflow for that case; an error when it has none.
    pub async fn begin_exclusive(&mut self, microflow: MicroflowId) -> Outcome<bool> {
        let model = self.model.clone();
        let Some(declared) = model.manifest().microflows.get(microflow.index()) else {
            return Err(Interruption::internal("the guest entered a microflow that does not exist"));
        };
        let Some(rule) = &declared.disallow_concurrent else {
            return Err(Interruption::internal("the guest locked a microflow that may run concurrently"));
        };
        if self.exclusive.held.iter().any(|hold| hold.microflow() == declared.name) {
            return Ok(true);
        }
        let acquired = self.exclusive.locks.acquire(&declared.name, &mut self.transaction).await;
        match acquired.map_err(lock_error)? {
            Some(hold) => {
                self.exclusive.held.push(hold);
                Ok(true)
            }
            None if rule.microflow.is_some() => Ok(false),
            None => Err(MicroflowError::new(codes::CONCURRENT_EXECUTION, refusal(&declared.name, rule)).into()),
        }
    }

    /// Makes sure that every lock is still the request's, and stays so until the transaction has ended.
    pub(super) async fn fence(&mut self) -> Outcome<()> {
        for hold in &self.exclusive.held {
            if !hold.fence(&mut self.transaction).await.map_err(store_error)? {
                let message = format!(
                    "`{}` was interrupted for so long that somebody else runs it now; nothing was stored: try again",
                    hold.microflow()
                );
                return Err(MicroflowError::new(codes::LEASE_LOST, message).into());
            }
        }
        Ok(())
    }
}

fn refusal(microflow: &str, rule: &ConcurrencyRule) -> String {
    match &rule.message {
        Some(message) => message.clone(),
        None => format!("`{microflow}` is running already, and must not run twice at once; try again later"),
    }
}

fn lock_error(error: LockError) -> Interruption {
    match error {
        LockError::Store(error) => store_error(error),
        LockError::Task(error) => Interruption::internal(error.to_string()),
    }
}
