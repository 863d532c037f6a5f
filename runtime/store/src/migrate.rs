//! Making a database fit a model, while another version of the model may serve from it.
//!
//! What was applied is kept in a table of the database, the *ledger*: one entry for each table, column, index, sequence and
//! trigger. From it, from the version before and from the version to come follows an [`Evolution`], as plain data: `choose`
//! decides what things are called, `planner` and its neighbours write the steps. `run` carries them out.
//!
//! - **Expand** adds: tables, columns, and for what changed its kind a second column, which triggers keep equal to the first.
//!   The version before serves through it, and the new one may be activated and given up without any further step.
//! - **Contract** comes when the version before has retired. Triggers and indexes are dropped; columns and tables that
//!   nobody uses are parked: they stay, and the ledger says since when.
//! - **Purge** drops what was parked for long. Nothing else drops data, but the undoing of an expansion's own additions.
//!
//! A node that serves alone has no need of two halves: [`run`] plans and does both in one transaction.
//!
//! **Invariant: an evolution is carried out on the database for which it was planned.** Each step checks that the ledger says
//! what it said then, in the transaction that does it.
//!
//! An index of a table that has rows is built *aside* where the database can: in no transaction, while others write ([`aside`]).
//!
//! What leaves a generalization that stays leaves its rows there: the new version's names say whose they are, and it does not
//! see them ([`EntityName::strangers`](crate::naming::EntityName)). They wait for the generalization to come back.
//!
//! Left out: keeping an association equal whose ends are other entities or are exchanged, and an attribute that has moved within
//! its hierarchy; rows of a generalization that only the new version knows, and hiding those of a generalization that it
//! shares with the old version. The evolution says so. A node that serves alone does not know the version before: it finds
//! what was renamed by its former names, and not where names were exchanged or given away at once.

mod aside;
mod choose;
mod columns;
mod convert;
mod indexes;
mod known;
mod ledger;
mod let_go;
mod lineage;
mod place;
mod planner;
mod purge;
mod refuse;
mod run;
mod tables;
mod warn;

use std::sync::Arc;

use brooklet_model::Manifest;

use crate::{Evolution, Naming, Plan, Store, StoreError, failure::classify, limits};

use ledger::Ledger;
use place::Place;
use planner::{Task, plan};

pub(crate) use ledger::fingerprint;
pub(crate) use purge::run_purge as purge;
pub use run::Migrator;

/// What a migration did.
#[derive(Clone, Debug)]
pub struct Migration {
    /// One sentence for each change, for the log; empty when the database fitted already.
    pub changes: Vec<String>,
    /// The plan to serve with: the one that was given, or one with the names that the database has.
    pub plan: Arc<Plan>,
}

/// Plans the way from a version to another.
pub(crate) async fn evolve(
    store: &Store,
    from: Option<(&Manifest, &Naming)>,
    to: &Arc<Manifest>,
    now_ms: i64,
) -> Result<Evolution, StoreError> {
    let task = Task { flavor: store.flavor, from, to, now_ms, is_alone: false };
    plan(task, Place::Anywhere(&store.pools)).await
}

/// Makes the database fit the plan's model, for nobody else.
pub(crate) async fn run(store: &Store, plan: &Arc<Plan>, now_ms: i64) -> Result<Migration, StoreError> {
    let ledger = Ledger::load(&mut Place::Anywhere(&store.pools), store.flavor).await?;
    if let Some(fitting) = fitting(store, &ledger, plan)? {
        return Ok(fitting);
    }
    let mut attempts = 1;
    loop {
        match attempt(store, plan, now_ms).await {
            Err(error) if error.is_retryable() && attempts < limits::MIGRATION_ATTEMPTS => {
                tracing::warn!(%error, attempts, "the migration gives way to other transactions and tries again");
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

/// The plan with the names of the database, if that was fitted to it last.
fn fitting(store: &Store, ledger: &Ledger, plan: &Arc<Plan>) -> Result<Option<Migration>, StoreError> {
    if ledger.get(ledger::FINGERPRINT) != Some(plan.model.fingerprint.as_str()) {
        return Ok(None);
    }
    let naming = ledger.get(ledger::NAMING).and_then(|naming| serde_json::from_str(naming).ok());
    let Some(naming) = naming else { return Ok(None) };
    Ok(Some(Migration { changes: Vec::new(), plan: named(store, plan, &naming)? }))
}

fn named(store: &Store, plan: &Arc<Plan>, naming: &Naming) -> Result<Arc<Plan>, StoreError> {
    if plan.naming() == naming {
        return Ok(plan.clone());
    }
    store.plan_with(plan.model.manifest.clone(), naming)
}

async fn attempt(store: &Store, given: &Arc<Plan>, now_ms: i64) -> Result<Migration, StoreError> {
    let flavor = store.flavor;
    let mut open = run::begin(store).await?;
    run::run(&mut open, &ledger::definitions(flavor)).await?;
    let ledger = Ledger::load(&mut Place::Within(&mut open), flavor).await?;
    if let Some(fitting) = fitting(store, &ledger, given)? {
        return Ok(fitting);
    }
    let manifest = &given.model.manifest;
    let from = (!given.naming().is_by_rule()).then(|| (manifest.as_ref(), given.naming()));
    let task = Task { flavor, from, to: manifest, now_ms, is_alone: true };
    let evolution = plan(task, Place::Within(&mut open)).await?;
    evolution.accepted()?;
    let mut changes = Vec::new();
    for step in evolution.steps.iter().chain(&evolution.contract) {
        let mark = ledger::step_item("alone", &step.id);
        while run::carry_on(&mut open, flavor, step, &mark, now_ms).await? == run::Progress::Partly {}
        tracing::debug!(step = step.sentence, "database migrated");
        changes.push(step.sentence.clone());
    }
    let ledger = Ledger::load(&mut Place::Within(&mut open), flavor).await?;
    let entries = run::settled(&ledger, &evolution, Some(&given.model.fingerprint))?;
    run::record(&mut open, flavor, &entries, now_ms).await?;
    open.commit().await.map_err(|error| classify(error, Some(&given.model.schema)))?;
    Ok(Migration { changes, plan: named(store, given, &evolution.naming)? })
}
