//! This node among others: it joins, beats, learns what is wanted of it, and leaves.
//!
//! Nodes know one another through the application's database alone (`brooklet_store::cluster`). A [`Member`] is this node's side:
//! its number, which goes into the ids that it draws, what an administrator wants of it, and whether it is *ready*.
//!
//! A node is ready when it is a member, serves a version, its database and its state store answer, nobody wants it to drain,
//! and it does not stop. A node that is not ready still answers what reaches it, as well as it can: being ready is
//! for those who choose a node.
//!
//! A node that was stopped for so long that its number may be another's draws no more ids under it ([`crate::clock`]), is
//! not ready, and joins again under another number.

mod beat;
mod member;

pub use brooklet_store::NodeDescription;
pub use member::Member;

/// The log of the process, whose filter an administrator may change on all nodes at once.
pub trait LogControl: Send + Sync {
    /// Whether a text is a filter. The error says what is wrong with it.
    fn check(&self, filter: &str) -> Result<(), String>;
    /// From now on, what the filter says; without one, what the process started with.
    fn set(&self, filter: Option<&str>) -> Result<(), String>;
    /// The filter with which the process started.
    fn own(&self) -> String;
}

/// The cluster's setting that has the filter of all nodes' logs.
pub(crate) const LOG_SETTING: &str = "log";

/// The cluster's setting that says what clients may do at the moment.
pub(crate) const MAINTENANCE_SETTING: &str = "maintenance";
