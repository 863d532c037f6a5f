//! The one way in.
//!
//! Whatever makes a microflow run — a client's call, a command line, a test, a start-up — makes a [`Call`] of it and gives it to
//! [`Node::run`](crate::Node::run). There is no second way: the same limits, the same transaction, the same errors.
//!
//! The way is short: a place at the gate, the active version, a request, arguments, the microflow, the result as JSON
//! while its objects still exist, commit. Any failure rolls back. So does a client that goes away while it waits: the call is
//! dropped, and its transaction with it.

mod call;
mod failure;
mod gate;
mod node;
mod run;

pub use call::{Call, Ending, Outcome, Trigger};
pub use failure::{Failure, FailureKind, Place, failure_codes};
pub use node::{Node, NodeOptions, StartError};
