//! Values of microflows as JSON, in both directions.
//!
//! | type | JSON | also read |
//! | --- | --- | --- |
//! | Boolean | `true` | |
//! | Integer | `42`, all 64 bits: read it with a parser that keeps them | `"42"`, `42.0` |
//! | Decimal | `"12.50"` without superfluous zeros, so that nothing is lost | `12.5`, exactly as written |
//! | DateTime | `"2024-02-29T12:30:00.000Z"` | any offset; `"2024-02-29"` for midnight UTC |
//! | String | `"text"` | |
//! | enumeration | the key | |
//! | object | `{"id": "…", "entity": "M.E", "members": {…}}` | `{"id": "…"}` for one in the database; the members alone for a new one |
//! | list | an array | |
//! | empty | `null` | a missing argument |
//!
//! Members of an object are its attributes by name and its references by the qualified name of their associations, as
//! `{"id": "…"}` or arrays of such. Hashed strings are never written.
//!
//! Numbers are read from their text, never through a floating point number.

mod bodies;
mod form;
mod named;
mod names;
mod read;
mod scalar;
mod write;

pub(crate) use bodies::{Sent, association, read_links, read_named_objects};
pub(crate) use named::{NamedMembers, named_entities, named_members, named_within_arguments};
pub(crate) use names::nearest;
pub use names::{signature, type_name};
pub(crate) use read::read_arguments;
pub(crate) use write::{Snapshots, Writer, objects_shown};
