//! The database's side of a request: what its errors mean, and how the request ends.

use brooklet_store::StoreError;

use super::Request;
use crate::errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes};

impl Request {
    /// Ends the request: what was committed becomes durable and visible to others. Objects that were not committed are
    /// forgotten.
    pub async fn finish_ok(&mut self) -> Outcome<()> {
        self.transaction.commit().await.map_err(store_error)
    }

    /// Ends the request: what was committed is undone.
    pub async fn finish_err(&mut self) -> Outcome<()> {
        self.transaction.rollback().await.map_err(store_error)
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
        StoreError::Value { .. } => codes::INVALID_VALUE,
        StoreError::Query { .. } => codes::UNAVAILABLE,
        StoreError::Unreachable { .. } | StoreError::Exhausted | StoreError::OutcomeUnknown { .. } => {
            codes::STORE_UNAVAILABLE
        }
        _ => codes::STORE_FAILED,
    };
    MicroflowError::new(code, error.client_message()).caused_by(error).into()
}
