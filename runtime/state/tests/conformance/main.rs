//! One suite over all stores: each test is written once and runs in memory, on SQLite, on PostgreSQL and on Redis.
//!
//! A test asks for as many nodes as it needs: each has connections of its own to the same store.

// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used)]

#[macro_use]
mod harness;
mod failures;
mod limits;
mod lists;
mod outages;
mod races;
mod redis_server;
mod sessions;
mod timeouts;
mod urls;
mod users;
