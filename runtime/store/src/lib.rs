//! Persistent entities on SQLite and PostgreSQL.
//!
//! This is the only crate that knows SQL. One dialect-neutral layer builds every statement with `sea-query`; what the two
//! databases do not share is a handful of functions in one module, `dialect`, and one conformance suite runs over both.
//!
//! # Concepts
//!
//! - A [`Store`] is a pool of connections to one database. It is cheap to clone.
//! - A [`Plan`] is one version of a model, prepared for one kind of database: tables, columns, and the model's queries.
//!   It is built once per version, without touching the database, by [`Store::plan_with`].
//! - A [`Naming`] says what a version's things are called in the database. It is part of the version: what was renamed keeps its
//!   place, what changed its kind gets a second one.
//! - An [`Evolution`] is the way from one version to the next, as data: [`Store::evolve`] plans it, [`Store::expand`] adds what the
//!   new version needs while the old one serves, [`Store::contract`] parks what nobody uses after it has retired, and
//!   [`Store::take_back`] gives it up. A node that serves alone does all at once: [`Store::migrate`].
//! - A [`Transaction`] is the database as one request sees it. Making one costs nothing ([`Store::begin`]); it takes a
//!   connection and begins when something is written first, or when [`Transaction::start`] asks for it. Until then each
//!   read goes to any free connection.
//! - A [`CompiledQuery`] is a query of the model, or one that the caller put together ([`Plan::compile`]). Its SQL is
//!   rendered once per combination of empty parameters, never per run.
//! - A [`Cluster`] is what nodes share besides the model's objects: who is there, leases with fencing tokens, outcomes of
//!   transactions, and settings. [`Sessions`] is what they share of users.
//!
//! # How objects are stored
//!
//! One table per entity, `module$entity`; a specialization's table has the same `id` as its generalization's, which names
//! the concrete entity in its column `$entity`. A reference is a column `module$association` of the FROM entity's table,
//! a reference set a table of pairs; both have foreign keys that are checked when the transaction commits, so that
//! new objects may refer to one another in any order. Deleting an object clears the references to it. Decimals are exact and text
//! compares by code point on both databases.
//!
//! # What is left to others
//!
//! Validation, events, access, delete behaviour, default values and time zones: the object space does them and asks the
//! store for what it needs.
//!
//! ```no_run
//! # async fn example(manifest: std::sync::Arc<brooklet_model::Manifest>) -> Result<(), brooklet_store::StoreError> {
//! use brooklet_model::QueryId;
//! use brooklet_store::{Bindings, Options, Range, Store};
//!
//! let store = Store::connect("sqlite:data/orders.sqlite", Options::default()).await?;
//! let plan = store.plan(manifest)?;
//! let plan = store.migrate(&plan, 1_700_000_000_000).await?.plan;
//!
//! let mut transaction = store.begin(plan.clone());
//! let orders = transaction.retrieve(plan.query(QueryId(0))?, &Bindings::none(), Range::ALL).await?;
//! transaction.delete(&[(orders[0].entity, orders[0].id)]).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```

mod binding;
mod cluster;
mod compile;
mod database;
mod dialect;
mod error;
mod evolution;
mod failure;
pub mod ids;
mod kind;
pub mod limits;
mod migrate;
mod naming;
mod options;
mod plan;
mod row;
mod schema;
mod sessions;
mod sqlite;
mod store;
mod transaction;

pub use binding::{Bindings, QueryParameter, TokenClock};
pub use cluster::{
    AuditEntry, Beat, Cluster, ComponentEntry, DeploymentRow, FencingToken, LeaseEntry, Marker, Membership,
    NodeDescription, NodeEntry, NodeState, NodeStatus, ReleaseRow, Report, Settled, Signals, Wanted,
};
pub use error::StoreError;
pub use evolution::{Evolution, Example, Refusal, Step, Undo, Warning, Work};
pub use migrate::{Migration, Migrator};
pub use naming::Naming;
pub use options::Options;
pub use plan::{CompiledQuery, Plan};
pub use row::{Aggregate, ChangedRow, Link, NewRow, Range, Row};
pub use sessions::{FailureRow, SessionRow, SessionSaved, Sessions};
pub use store::{Dialect, Store};
pub use transaction::{Savepoint, Transaction};
