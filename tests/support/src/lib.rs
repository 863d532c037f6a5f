//! What tests and benchmarks share: servers that they start for themselves, folders, and chance that repeats itself.
//!
//! The servers are PostgreSQL, Redis, and a [`Node`] of the command itself.
//!
//! Each listens on a free port of the loopback interface, keeps its data in a folder of its own, gives durability up
//! for speed, and is gone with its folder when the handle is dropped or the test process ends, however it ends. A missing
//! program fails the test and says what to install; nothing is ever skipped.
//!
//! ```no_run
//! use brooklet_test_support::Postgres;
//!
//! let url = Postgres::shared().database(); // a new, empty database in this process's one server
//! ```

mod error;
mod folders;
mod node;
mod postgres;
mod programs;
mod random;
mod redis;
mod supervised;

pub use error::SetupError;
pub use folders::{corpus, files_below, root};
pub use node::{Answer, Node, NotStarted};
pub use postgres::Postgres;
pub use random::Random;
pub use redis::Redis;
