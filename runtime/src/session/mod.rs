//! Sessions: who calls, and what stays between one call and the next.
//!
//! A node keeps no session. A call brings a token; the state store has the session that goes with it, and the objects that
//! live as long as it does. Both are read when the call begins and, when it changed the objects, written when it ends. In
//! between another node may have done the same: then the write is refused, what the call did is undone, and the call is run
//! again on what the other has left.
//!
//! # Parts
//!
//! - [`Caller`], [`Client`]: on whose behalf a call runs.
//! - [`Visit`]: a session during one run of a call.
//! - [`Sessions`]: the state store and everything that is done with it.
//! - `image`: objects as bytes. `envelope`: how objects and database change together, or not at all.
//!
//! A visitor who has never called before has no session in the store until there is something to keep: calls that leave
//! nothing cost the store nothing.

mod caller;
mod ending;
mod envelope;
mod fitting;
mod housekeeping;
mod image;
mod known;
mod sessions;
mod visit;

pub use caller::{Caller, Client, Grant};
pub(crate) use ending::Ended;
pub(crate) use housekeeping::Housekeeping;
pub use sessions::Sessions;
pub(crate) use sessions::{Guests, state_failure};
pub(crate) use visit::Visit;
