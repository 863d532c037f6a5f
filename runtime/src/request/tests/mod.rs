//! What a request does, over SQLite in memory and without a guest: the tests run event handlers themselves.

mod associations;
mod commit;
mod delete;
mod errors;
mod events;
mod exclusive;
mod identity;
mod lists;
mod members;
mod models;
mod rollback;
mod rules;
mod two_owners;
mod world;

use models::Models;
use world::World;

use crate::errors::{Interruption, MicroflowError, Outcome};

/// The microflow error that must be the outcome.
fn failure<T: std::fmt::Debug>(outcome: Outcome<T>) -> MicroflowError {
    match outcome {
        Err(Interruption::Microflow(error)) => *error,
        other => panic!("a microflow error was expected, not {other:?}"),
    }
}
