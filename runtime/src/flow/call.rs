//! A call of a microflow, and its outcome.

use crate::request::Session;

/// A call of a microflow from outside.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The microflow's qualified name.
    pub microflow: &'a str,
    /// Its arguments: a JSON object, as text. Parameters that it does not name are empty.
    pub arguments: &'a str,
    /// On whose behalf.
    pub session: Session,
    /// What makes it run.
    pub trigger: Trigger,
    /// Microflows without parameters that run before it, in the same transaction.
    pub setup: &'a [String],
    /// What becomes of its changes when it succeeds.
    pub ending: Ending,
}

/// What makes a microflow run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A client of the HTTP interface.
    Http,
    /// `brooklet run`.
    CommandLine,
    /// A test.
    Test,
    /// The start of the node.
    Startup,
}

/// What becomes of a successful call's changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// They are made durable.
    Commit,
    /// They are made durable if it answers true, and undone otherwise: the start of the node.
    CommitIfTrue,
    /// They are undone: the call was a test.
    Rollback,
}

/// What a call that succeeded leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The result, as JSON.
    pub result: String,
    /// What the microflow said to the world: a JSON array, in order.
    pub effects: String,
}

impl<'a> Call<'a> {
    /// A call on nobody's behalf that commits.
    pub fn new(microflow: &'a str, arguments: &'a str, trigger: Trigger) -> Self {
        Self { microflow, arguments, session: Session::system(), trigger, setup: &[], ending: Ending::Commit }
    }
}
