//! The one way in.
//!
//! Whatever makes a microflow run, or reads and changes objects — a client, a command line, a test, a start-up — makes a
//! [`Call`] of it and gives it to [`Node::run`](crate::Node::run). There is no second way: the same limits, the same
//! transaction, the same errors.
//!
//! The way is short: a place at the gate, the active version, a request, arguments, the microflow, the result as JSON
//! while its objects still exist, commit. Any failure rolls back. So does a client that goes away while it waits: the call is
//! dropped, and its transaction with it.

mod acquainted;
mod announcement;
mod call;
mod dependencies;
mod failure;
mod gate;
mod known;
mod maintenance;
mod node;
mod objects;
mod outage;
mod permit;
mod run;
mod visits;

pub use announcement::Announcement;
pub use call::{Call, Ending, Identified, Outcome, Trigger, Work};
pub use failure::{Failure, FailureKind, Outdated, Place, Within, failure_codes};
pub(crate) use gate::Gate;
pub use known::{KnownVersion, KnownVersions};
pub(crate) use maintenance::Notices;
pub use maintenance::{Maintenance, MaintenanceMode};
pub use node::{Node, NodeOptions, StartError};
pub use objects::{Expected, ObjectName, ObjectWork, Retrieve, XPath};
pub use visits::Who;
