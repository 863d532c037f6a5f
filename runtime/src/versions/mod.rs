//! Which versions of the model serve: in this node, and in the cluster.
//!
//! What is to serve is said by the *release* that holds in the database ([`release`]): the active version, and beside it a
//! canary, the version that older sessions stay on, or versions that groups of nodes have for themselves. A node follows it ([`follower`]): it fetches the components that it lacks,
//! checks their hashes, compiles them, and makes its [`Routing`] equal to the release. A call takes its version from the routing
//! once and keeps it to its end.
//!
//! A release comes about by a *deployment* ([`deployment`]), a row in the database that any node can carry on ([`driver`]):
//!
//! | phase | what happens | who |
//! | --- | --- | --- |
//! | preparing | component fetched, verified, compiled, linked | every node |
//! | expanding | tables, columns and indexes of the new version are added, the old one goes on | the driver, under a fencing token |
//! | starting | users and roles are written, the after-startup microflow runs | the driver, then every node |
//! | activating | the release is written | the driver |
//! | spreading | every node takes new calls to the new version | every node |
//! | watching | a canary has its share; it is taken back when it does worse than the other version | the driver |
//! | done, or taken back with a reason | | |
//!
//! A failure before the release is written takes the deployment back: what was expanded is removed, and nothing has changed for
//! anybody. What the new version does not need any more is put aside with the *next* deployment, or after a while, so that
//! a rollback finds everything, with the data that were written since.

mod canary;
mod control;
mod deployment;
mod driver;
mod follower;
mod groups;
mod library;
mod lifecycle;
mod planning;
mod release;
mod report;
mod retiring;
mod router;
mod routing;
mod tally;

pub use control::{Control, ControlError, DeployOptions, Generation, KnownVersion, Planned};
pub use deployment::{Deployment, Line, Phase, Thresholds};
pub use follower::{FollowError, start};
pub use lifecycle::{Scope, before_shutdown};
pub use planning::Plan;
pub use release::{Audience, Canary, Origin, Release, Staying};
pub(crate) use router::Router;
pub(crate) use routing::{Asking, Routing};
pub(crate) use tally::Tally;
