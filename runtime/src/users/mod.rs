//! Users: who may log in, and what becomes of their sessions when they change.
//!
//! Users are objects of the model, of `System.User` and its specializations, in the application's database. Sessions are in the
//! state store and name their user; the roles of a session are a copy of the user's. What is here keeps the two together.
//!
//! # Parts
//!
//! - [`UserTable`]: where users are in a model. [`Directory`]: finding them by name. [`Account`]: one of them.
//! - [`seed`]: what must be there for anybody to log in.
//! - [`login`], and [`delay`]: who is let in, and how long guessers wait.
//! - [`changes`]: a request that changes users, and their sessions.
//!
//! Who may call what is decided in [`crate::flow`] by a session's roles; where a session's token comes from is known to
//! [`crate::http`].

mod account;
mod changes;
mod delay;
mod directory;
mod login;
mod notices;
mod seed;
mod table;

pub(crate) use account::{Account, Standing};
pub(crate) use changes::{UserChange, UserChanges};
pub(crate) use directory::Directory;
pub(crate) use login::Door;
pub use login::Login;
pub(crate) use notices::notices;
pub(crate) use seed::Seeding;
pub use seed::{FirstAdministrator, SeedError};
pub(crate) use table::UserTable;
