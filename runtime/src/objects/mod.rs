//! The object space: every object that a request holds, and what has become of it.
//!
//! # Concepts
//!
//! - A **handle** names an *instance*: one copy of an object in this request's memory. An **id** names the object itself,
//!   everywhere and for ever. A retrieve from the database makes a new instance each time, so two instances of one row can
//!   coexist, and changes to one are invisible in the other.
//! - A **tracked** instance is the one that a retrieve by association or by id finds: instances of non-persistable objects,
//!   of new objects, and of changed ones. A commit or a rollback ends the tracking of a persistable object. When two
//!   instances of one row are changed, the one that was changed last is tracked.
//! - A **reference** belongs to the FROM object of an association. An instance knows its references to one object; those to
//!   many it learns when somebody changes them. What a reference was before it changed tells a commit what to write.
//! - The **journal** knows what every instance was at each mark ([`Space::mark`]), so that an error handler can go back.
//!
//! # What has its place here, and what has not
//!
//! **Architecture invariant:** this module computes in memory and waits for nobody. It knows neither the database nor the
//! rules of commits; [`crate::request`] brings both.
//!
//! **Architecture invariant:** whatever changes an instance goes through `Space::touch`, which journals first.
//!
//! Lists are variables, not objects: going back does not change them. Elements whose creation was undone, or that were
//! deleted, stay in their lists; operations that read attributes pass over them, and using one is an error.

mod journal;
mod list_operations;
mod lists;
mod object;
mod order;
mod rebase;
mod remembered;
mod space;

pub use journal::Mark;
pub use lists::Lists;
pub use object::{Object, State};
pub use space::Space;

pub(crate) use list_operations::aggregate;
pub(crate) use object::Targets;
pub(crate) use order::{compare, equal};
pub(crate) use rebase::Present;
pub(crate) use remembered::{Remembered, RememberedReference};
