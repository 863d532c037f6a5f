//! The host from outside: real engines, databases and servers. One program, because each further one would compile and link all
//! of the host again.

// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used)]

mod club;
mod desk;
mod guests;

mod engine_calls;
mod engine_limits;
mod flow_models;
mod guards;
mod http_api;
mod http_sessions;
mod logins;
mod objects;
mod session_objects;
mod session_versions;
mod user_changes;
mod user_seeding;
mod users_on_two_nodes;
mod versions;
