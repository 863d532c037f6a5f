//! What tests and benchmarks share: servers that they start for themselves, folders, and chance that repeats itself.
//!
//! PostgreSQL and Redis listen on a free port of the loopback interface, keep their data in a folder of their own, give
//! durability up for speed, and are gone with their folder when the handle is dropped or the test process ends, however it
//! ends. They can be stopped and started again on the same port, and paused. A missing program fails the test and says what to install; nothing is ever skipped. A [`Node`] is the command
//! itself, on a free port; it ends when the handle is dropped. A [`Cluster`] is several of them behind a front.
//!
//! ```no_run
//! use brooklet_test_support::Postgres;
//!
//! let url = Postgres::shared().database(); // a new, empty database in this process's one server
//! ```

mod client;
mod cluster;
mod error;
mod folders;
mod node;
mod postgres;
mod programs;
mod random;
mod redis;
mod supervised;

pub use client::{Client, Reply};
pub use cluster::{Cluster, ClusterNode, Signal};
pub use error::SetupError;
pub use folders::{corpus, files_below, root};
pub use node::{Answer, Node, NotStarted};
pub use postgres::{Locked, Postgres};
pub use random::Random;
pub use redis::Redis;
pub use supervised::Supervised;
