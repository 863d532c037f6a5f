//! Where sessions live: in memory, in the application's database, in Redis.
//!
//! A node keeps no session. Each request reads its session's record and *image* from here in one round trip, and writes the
//! image back, when it changed, in one more. What an image contains is its caller's business: to a store it is bytes.
//!
//! # Concepts
//!
//! - A [`SessionToken`] is the secret that a client holds. A [`SessionId`] is derived from it by hashing, and is all that is
//!   stored: whoever can read the store cannot act as anybody.
//! - A [`SessionRecord`] says whose session it is. It changes only when the user's roles do ([`State::assign`]).
//! - [`Seen`] says when, from where and on which node the session was last used, which decides when it times out.
//! - The *revision* counts the images of a session. Saving one names the revision that it follows, so that of two requests
//!   of one session at once, one wins and the other learns of it.
//!
//! [`State`] is the contract of all stores, [`connect`] chooses one by its URL, and one conformance suite runs over all of
//! them.
//!
//! # What is left to others
//!
//! Who may have a session and for how long requests wait after failed logins, what the images mean, how large they may be,
//! and when to call [`State::touch`] and [`State::sweep`]: the runtime does that. No store here asks a clock what
//! time it is, or for chance.
//!
//! ```
//! # async fn example() -> Result<(), brooklet_state::StateError> {
//! use brooklet_state::{Memory, Opened, Saved, Seen, SessionRecord, SessionToken, State, StateOptions};
//!
//! let state = Memory::new(StateOptions::default());
//! let token = SessionToken::from_bytes([7; 32]);
//! let seen = Seen { at_ms: 1_700_000_000_000, ..Seen::default() };
//! assert_eq!(state.open(token.id(), &SessionRecord::default(), &seen, b"").await?, Opened::Done);
//!
//! let loaded = state.load(token.id(), seen.at_ms + 1).await?.expect("it was just opened");
//! let later = Seen { at_ms: seen.at_ms + 2, ..seen };
//! assert_eq!(state.save(token.id(), loaded.revision, b"objects", &later).await?, Saved::Done { revision: 2 });
//! assert_eq!(state.save(token.id(), loaded.revision, b"others", &later).await?, Saved::Changed);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```

mod connect;
mod error;
pub mod limits;
mod memory;
mod options;
mod record;
mod redis;
mod sql;
mod state;
mod token;

pub use connect::connect;
pub use error::StateError;
pub use memory::Memory;
pub use options::StateOptions;
pub use record::{Entry, Failures, Loaded, Opened, Saved, Seen, SessionRecord};
pub use state::State;
pub use token::{InvalidSessionId, SessionId, SessionToken};
