//! One suite over both databases: each test is written once and runs on SQLite and on PostgreSQL.

// Tests may unwrap: a panic is how they fail.
#![allow(clippy::unwrap_used)]

#[macro_use]
mod harness;
mod aggregates;
mod among;
mod aside;
mod change;
mod cluster_leases;
mod cluster_markers;
mod cluster_nodes;
mod coexistence;
mod conditions;
mod conversions;
mod evolution;
mod evolutions;
mod limits;
mod objects;
mod paths;
mod refusals;
mod sessions;
mod shop;
mod sorting;
mod text;
mod transactions;
mod values;
