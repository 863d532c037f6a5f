//! A call, and its outcome.

use brooklet_store::Marker;
use brooklet_values::ObjectId;

use super::ObjectWork;
use crate::session::{Caller, Grant};

/// A call from outside.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What is to be done.
    pub work: Work<'a>,
    /// On whose behalf.
    pub caller: Caller,
    /// What makes it run.
    pub trigger: Trigger,
    /// Microflows without parameters that run before it, in the same transaction.
    pub setup: &'a [String],
    /// What becomes of its changes when it succeeds.
    pub ending: Ending,
    /// Committed with its changes: of all calls with the same, one is committed, and the others fail with `aborted`.
    pub marker: Option<Marker>,
}

/// What a call does.
#[derive(Clone, Debug)]
pub enum Work<'a> {
    /// It runs a microflow.
    Microflow {
        /// The qualified name.
        name: &'a str,
        /// The arguments: a JSON object, as text. Parameters that it does not name are empty.
        arguments: &'a str,
    },
    /// It reads or changes objects, as a client that shows and edits them does.
    Objects(ObjectWork<'a>),
}

/// What makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A client of the HTTP interface.
    Http,
    /// `brooklet run`.
    CommandLine,
    /// A test.
    Test,
    /// The start of a version.
    Startup,
    /// The end of the node.
    Shutdown,
    /// Somebody asks whether the application is well.
    Health,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result, as JSON.
    pub result: String,
    /// What the model said to the world: a JSON array, in order.
    pub effects: String,
    /// The object that the result is, when the call was about one.
    pub object: Option<Identified>,
    /// How many objects there are, when that was asked for.
    pub count: Option<u64>,
    /// The session that a visitor has from now on, because there was something to keep for it.
    pub grant: Option<Grant>,
    /// The version of the model that ran it: the hash that names it.
    pub version: String,
}

/// An object in a result, and the state in which it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The qualified name of its entity.
    pub entity: String,
    /// Its id.
    pub id: ObjectId,
    /// Changes with what the client may see of it.
    pub tag: String,
}

impl<'a> Call<'a> {
    /// A call of a microflow on nobody's behalf that commits.
    pub fn new(microflow: &'a str, arguments: &'a str, trigger: Trigger) -> Self {
        Self::of(Work::Microflow { name: microflow, arguments }, trigger)
    }

    /// A call on nobody's behalf that commits.
    pub fn of(work: Work<'a>, trigger: Trigger) -> Self {
        Self { work, caller: Caller::System, trigger, setup: &[], ending: Ending::Commit, marker: None }
    }

    /// The same call of the microflow that is called so by now.
    pub(super) fn renamed<'b>(self, name: &'b str) -> Call<'b>
    where
        'a: 'b,
    {
        match self.work {
            Work::Microflow { arguments, .. } => Call { work: Work::Microflow { name, arguments }, ..self },
            Work::Objects(_) => self,
        }
    }
}
