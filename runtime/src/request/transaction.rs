//! The database's side of a request: what its errors mean, and how the request ends.

use brooklet_store::{Marker, StoreError, Transaction};

use super::Request;
use crate::{
    errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes},
    users::UserChanges,
};

impl Request {
    /// Ends the request: what was committed becomes durable and visible to others. Objects that were not committed are
    /// forgotten. When it fails, nothing is durable, unless the connection broke at the last moment.
    pub async fn finish_ok(&mut self) -> Outcome<()> {
        let ended = match self.fence().await {
            Ok(()) => self.transaction.commit().await.map_err(store_error),
            Err(cause) => Err(cause),
        };
        if ended.is_err() {
            self.give_up().await;
        }
        self.exclusive.release().await;
        ended
    }

    /// Whether the database has a say in how [`Request::finish_ok`] ends: there is something to make durable, or a lock to prove.
    pub(crate) fn has_written(&self) -> bool {
        self.transaction.has_begun() || self.exclusive.is_held()
    }

    /// Whether it has begun a transaction in the database: to change something, or to lock it.
    pub(crate) fn has_changed_database(&self) -> bool {
        self.transaction.has_begun()
    }

    /// Ends the request like [`Request::finish_ok`], and leaves a marker in the database if it succeeds, by which others
    /// can tell.
    pub(crate) async fn finish_marked(&mut self, marker: Marker) -> Outcome<()> {
        if let Err(error) = self.transaction.mark(marker, self.clock.now_ms()).await {
            self.give_up().await;
            self.exclusive.release().await;
            return Err(store_error(error));
        }
        self.finish_ok().await
    }

    /// The database as the request sees it.
    pub(crate) fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// What was done to users and not undone.
    pub(crate) fn user_changes(&self) -> &UserChanges {
        &self.user_changes
    }

    /// Ends the request: what was committed is undone.
    pub async fn finish_err(&mut self) -> Outcome<()> {
        let ended = self.transaction.rollback().await.map_err(store_error);
        self.exclusive.release().await;
        ended
    }

    /// Undoes what could not be made durable, so that nobody has to wait for it.
    async fn give_up(&mut self) {
        if let Err(error) = self.transaction.rollback().await {
            tracing::warn!(%error, "the transaction could not be rolled back; the database will do it");
        }
    }
}

/// What an error of the store means to the model and the client. What was really said stays with it.
pub(super) fn store_error(error: StoreError) -> Interruption {
    let code = match &error {
        StoreError::TooManyRows { limit } => {
            let (limit, bound) = ("rows_per_retrieve", *limit as u64);
            return Interruption::Limit(LimitExceeded { limit, bound, what: "objects per retrieve" });
        }
        StoreError::Unique { .. } => codes::UNIQUE_VIOLATION,
        StoreError::Foreign { .. } => codes::NOT_FOUND,
        StoreError::Conflict { .. } => codes::CONFLICT,
        StoreError::Aborted => codes::ABORTED,
        StoreError::Value { .. } => codes::INVALID_VALUE,
        StoreError::Query { .. } => codes::UNAVAILABLE,
        StoreError::Unreachable { .. } | StoreError::Exhausted | StoreError::OutcomeUnknown { .. } => {
            codes::STORE_UNAVAILABLE
        }
        _ => codes::STORE_FAILED,
    };
    MicroflowError::new(code, error.client_message()).caused_by(error).into()
}
