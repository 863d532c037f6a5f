//! Carrying an evolution out, step by step.
//!
//! Each step is a transaction of its own, which also records it: whoever comes after a migrator that was killed goes on where
//! it stopped, or takes back what it did. A migrator that holds a lease checks its fencing token in each transaction, so
//! that one that slept past its lease changes nothing any more.

use std::ops::ControlFlow;

use sea_query::{Alias, ExprTrait, Query};

use super::{
    aside,
    ledger::{self, CONTRACTED, FINGERPRINT, Ledger, NAMING, NOW, step_item},
    place::Place,
    planner::col,
};
use crate::{
    Evolution, FencingToken, Step, Store, StoreError,
    cluster::fence,
    database::{Open, Statement, Target},
    dialect::Flavor,
    evolution::{Entry, Work},
    failure::classify,
    limits,
    schema::ID,
};

/// What a step's entry says when it is done; under way, it is a number: the last id that was looked at.
pub(super) const DONE: &str = "done";

type OnStep<'a> = Box<dyn FnMut(&Step) -> ControlFlow<()> + Send + Sync + 'a>;

/// Carries out evolutions, maybe under a lease.
pub struct Migrator<'a> {
    store: &'a Store,
    fence: Option<(&'a str, FencingToken)>,
    on_step: Option<OnStep<'a>>,
}

impl std::fmt::Debug for Migrator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migrator").field("fence", &self.fence).finish_non_exhaustive()
    }
}

impl<'a> Migrator<'a> {
    pub(crate) fn new(store: &'a Store, fence: Option<(&'a str, FencingToken)>) -> Self {
        Self { store, fence, on_step: None }
    }

    /// Asks before each transaction of a step whether to go on. Breaking off is [`StoreError::Stopped`], and leaves the
    /// database as a process that dies there would.
    pub fn on_step(mut self, ask: impl FnMut(&Step) -> ControlFlow<()> + Send + Sync + 'a) -> Self {
        self.on_step = Some(Box::new(ask));
        self
    }

    /// Does what comes before the activation, as far as it is not done. Answers the sentences of the steps that it did.
    pub async fn expand(&mut self, evolution: &Evolution) -> Result<Vec<String>, StoreError> {
        evolution.accepted()?;
        self.carry_out(&evolution.hash(), &evolution.steps, 0).await
    }

    /// Does what comes after the retirement of the old version, as far as it is not done.
    pub async fn contract(&mut self, evolution: &Evolution, now_ms: i64) -> Result<Vec<String>, StoreError> {
        let hash = evolution.hash();
        let ledger = self.ledger().await?;
        if ledger.get(CONTRACTED) == Some(hash.as_str()) {
            return Ok(Vec::new());
        }
        let done = self.carry_out(&format!("{hash} later"), &evolution.contract, now_ms).await?;
        let ledger = self.ledger().await?;
        let entries = settled(&ledger, evolution, None)?;
        self.transaction(&Deed::Record(&entries)).await?;
        Ok(done)
    }

    /// Undoes an expansion: drops what it has made, and nothing else. Refused after [`Migrator::contract`].
    pub async fn take_back(&mut self, evolution: &Evolution) -> Result<Vec<String>, StoreError> {
        let hash = evolution.hash();
        let mut undone = Vec::new();
        let ledger = self.ledger().await?;
        let is_contracted = ledger.starting(&format!("step {hash} later ")).next().is_some();
        if is_contracted || ledger.get(CONTRACTED) == Some(hash.as_str()) {
            return Err(StoreError::Model(
                "what was contracted cannot be taken back; evolve to the former version".into(),
            ));
        }
        for step in evolution.steps.iter().rev() {
            let mark = step_item(&hash, &step.id);
            if !ledger.has(&mark) {
                continue;
            }
            self.ask(step)?;
            let Some(undo) = &step.undo else {
                return Err(StoreError::Model(format!("cannot be taken back: {}", step.sentence)));
            };
            let mut entries: Vec<Entry> = step
                .entries
                .iter()
                .map(|Entry { item, before, after }| Entry {
                    item: item.clone(),
                    before: after.clone(),
                    after: before.clone(),
                })
                .collect();
            entries.push(Entry { item: mark.clone(), before: None, after: None });
            if let Work::Aside { index } = &step.work {
                aside::drop_index(&self.store.pools, index).await?;
            }
            let undo = Deed::Undo { mark: &mark, sql: &undo.sql, entries: &entries };
            let did = self.transaction(&undo).await? == Progress::Done;
            if did {
                undone.push(format!("took back: {}", step.sentence));
            }
        }
        Ok(undone)
    }

    async fn ledger(&mut self) -> Result<Ledger, StoreError> {
        Ledger::load(&mut Place::Anywhere(&self.store.pools), self.store.flavor).await
    }

    async fn carry_out(&mut self, name: &str, steps: &[Step], now_ms: i64) -> Result<Vec<String>, StoreError> {
        self.transaction(&Deed::Install).await?;
        let ledger = self.ledger().await?;
        let mut done = Vec::new();
        for step in steps {
            let mark = step_item(name, &step.id);
            if ledger.get(&mark) == Some(DONE) {
                continue;
            }
            let mut did = false;
            loop {
                self.ask(step)?;
                let progress = match &step.work {
                    Work::Aside { index } => self.build_aside(step, &mark, index, now_ms).await?,
                    _ => self.transaction(&Deed::Step { step, mark: &mark, now_ms }).await?,
                };
                did |= progress != Progress::Before;
                if progress != Progress::Partly {
                    break;
                }
            }
            if did {
                tracing::debug!(step = step.sentence, "database migrated");
                done.push(step.sentence.clone());
            }
        }
        Ok(done)
    }

    /// Builds an index while others write. That it is begun is recorded first, so that one that is left unfinished is known, and
    /// dropped by whoever comes next.
    async fn build_aside(&mut self, step: &Step, mark: &str, index: &str, now_ms: i64) -> Result<Progress, StoreError> {
        let progress = self.transaction(&Deed::BeginAside { step, mark }).await?;
        if progress != Progress::Done {
            return Ok(progress);
        }
        if let Err(error) = aside::build(&self.store.pools, step, index).await {
            // What is left of it would hold writers to its rule.
            aside::drop_index(&self.store.pools, index).await?;
            let entries = [Entry { item: mark.to_owned(), before: None, after: None }];
            let sql = step.undo.as_ref().map(|undo| undo.sql.as_slice()).unwrap_or_default();
            self.transaction(&Deed::Undo { mark, sql, entries: &entries }).await?;
            return Err(error);
        }
        self.transaction(&Deed::EndAside { step, mark, index, now_ms }).await
    }

    fn ask(&mut self, step: &Step) -> Result<(), StoreError> {
        match self.on_step.as_mut().map(|ask| ask(step)) {
            Some(ControlFlow::Break(())) => Err(StoreError::Stopped { before: step.sentence.clone() }),
            _ => Ok(()),
        }
    }

    /// Runs something in a transaction under the fence; again when others are in the way.
    async fn transaction(&mut self, deed: &Deed<'_>) -> Result<Progress, StoreError> {
        let mut attempts = 1;
        loop {
            match self.attempt(deed).await {
                Err(error) if error.is_retryable() && attempts < limits::MIGRATION_ATTEMPTS => {
                    tracing::warn!(%error, attempts, "the migration gives way to other transactions and tries again");
                    attempts += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&mut self, deed: &Deed<'_>) -> Result<Progress, StoreError> {
        let flavor = self.store.flavor;
        let mut open = begin(self.store).await?;
        if let Some((lease, token)) = self.fence {
            let statement = fence(flavor, lease, token);
            if Place::Within(&mut open).fetch(&statement, &mut |row| row.number(0)).await?.is_empty() {
                return Err(StoreError::Fenced { lease: lease.to_owned() });
            }
        }
        let progress = deed.perform(&mut open, flavor).await?;
        open.commit().await.map_err(|error| classify(error, None))?;
        Ok(progress)
    }
}

/// What is done in one transaction.
enum Deed<'a> {
    /// Make the ledger, if there is none.
    Install,
    /// Do a step, or a bit of it.
    Step { step: &'a Step, mark: &'a str, now_ms: i64 },
    /// Note that an index is about to be built aside.
    BeginAside { step: &'a Step, mark: &'a str },
    /// Note that it is there.
    EndAside { step: &'a Step, mark: &'a str, index: &'a str, now_ms: i64 },
    /// Undo a step that was done, or begun.
    Undo { mark: &'a str, sql: &'a [String], entries: &'a [Entry] },
    /// Change the ledger.
    Record(&'a [Entry]),
}

impl Deed<'_> {
    async fn perform(&self, open: &mut Open, flavor: Flavor) -> Result<Progress, StoreError> {
        match self {
            Self::Install => run(open, &ledger::definitions(flavor)).await?,
            Self::Step { step, mark, now_ms } => return carry_on(open, flavor, step, mark, *now_ms).await,
            Self::BeginAside { step, mark } => return aside::begin(open, flavor, step, mark).await,
            Self::EndAside { step, mark, index, now_ms } => {
                return aside::end(open, flavor, step, mark, index, *now_ms).await;
            }
            Self::Undo { mark, sql, entries } => {
                if read(open, flavor, mark).await?.is_none() {
                    return Ok(Progress::Before);
                }
                run(open, sql).await?;
                record(open, flavor, entries, 0).await?;
            }
            Self::Record(entries) => record(open, flavor, entries, 0).await?,
        }
        Ok(Progress::Done)
    }
}

/// Begins a transaction of a migration, when no other is under way.
pub(super) async fn begin(store: &Store) -> Result<Open, StoreError> {
    let mut open = store.pools.begin().await.map_err(|error| classify(error, None))?;
    if let Some(lock) = store.flavor.migration_lock() {
        open.command(lock).await.map_err(|error| classify(error, None))?;
    }
    Ok(open)
}

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It was done before.
    Before,
    /// There is more of it.
    Partly,
    Done,
}

/// Does a step, or a bit of it.
pub(super) async fn carry_on(
    open: &mut Open,
    flavor: Flavor,
    step: &Step,
    mark: &str,
    now_ms: i64,
) -> Result<Progress, StoreError> {
    let at = match standing(open, flavor, step, mark).await? {
        Standing::Done => return Ok(Progress::Before),
        Standing::Open(at) => at,
    };
    let (progress, now_at) = match &step.work {
        // Whoever serves alone has no steps that are done aside.
        Work::Once | Work::Aside { .. } => {
            run(open, &step.sql).await.map_err(|error| match error {
                // Planning would have refused: objects that stand in the way came since.
                StoreError::Unique { .. } => StoreError::Outdated { step: step.sentence.clone() },
                other => other,
            })?;
            (Progress::Done, DONE.to_owned())
        }
        Work::Batches { table } => {
            let after = at.as_deref().and_then(|at| at.parse::<i64>().ok());
            match last_of_batch(open, flavor, table, after).await? {
                None => (Progress::Done, DONE.to_owned()),
                Some(last) => {
                    let range = match after {
                        Some(after) => format!(" AND \"{ID}\" > {after} AND \"{ID}\" <= {last}"),
                        None => format!(" AND \"{ID}\" <= {last}"),
                    };
                    let batch: Vec<_> = step.sql.iter().map(|sql| format!("{sql}{range}")).collect();
                    run(open, &batch).await?;
                    (Progress::Partly, last.to_string())
                }
            }
        }
    };
    if progress == Progress::Done {
        record(open, flavor, &step.entries, now_ms).await?;
    }
    set_mark(open, flavor, mark, now_at, now_ms).await?;
    Ok(progress)
}

/// How far a step is, by the ledger.
pub(super) enum Standing {
    Done,
    /// Not begun, or at that point.
    Open(Option<String>),
}

/// How far a step is; an error when the database is another than the one for which it was planned.
pub(super) async fn standing(open: &mut Open, flavor: Flavor, step: &Step, mark: &str) -> Result<Standing, StoreError> {
    let items = step.entries.iter().map(|entry| entry.item.as_str()).chain([mark]);
    let ledger = Ledger::load_some(&mut Place::Within(open), flavor, items).await?;
    let at = ledger.get(mark);
    if at == Some(DONE) {
        return Ok(Standing::Done);
    }
    if step.entries.iter().any(|entry| ledger.get(&entry.item) != entry.before.as_deref()) {
        return Err(StoreError::Outdated { step: step.sentence.clone() });
    }
    Ok(Standing::Open(at.map(str::to_owned)))
}

/// Notes how far a step is.
pub(super) async fn set_mark(
    open: &mut Open,
    flavor: Flavor,
    mark: &str,
    at: String,
    now_ms: i64,
) -> Result<(), StoreError> {
    record(open, flavor, &[Entry { item: mark.to_owned(), before: None, after: Some(at) }], now_ms).await
}

/// The last id of the next batch of a table; none when there is no further row.
async fn last_of_batch(
    open: &mut Open,
    flavor: Flavor,
    table: &str,
    after: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let mut batch = Query::select();
    batch.column(Alias::new(ID)).from(Alias::new(table)).order_by(Alias::new(ID), sea_query::Order::Asc);
    batch.and_where_option(after.map(|after| col(ID).gt(after))).limit(limits::ROWS_PER_BATCH);
    let last = Query::select().expr(col(ID).max()).from_subquery(batch, Alias::new("batch")).take();
    let statement = Statement::once(flavor.statement(&last));
    Ok(Place::Within(open).fetch(&statement, &mut |row| row.integer(0)).await?.pop().flatten())
}

/// Runs statements.
pub(super) async fn run(open: &mut Open, sql: &[String]) -> Result<(), StoreError> {
    if sql.is_empty() {
        return Ok(());
    }
    open.command(sql.join(";\n")).await.map_err(|error| classify(error, None))
}

/// Writes changes of the ledger.
pub(super) async fn record(open: &mut Open, flavor: Flavor, entries: &[Entry], now_ms: i64) -> Result<(), StoreError> {
    let now = now_ms.to_string();
    let written: Vec<_> = entries
        .iter()
        .map(|Entry { item, after, .. }| match after.as_deref() {
            Some(NOW) => (item.as_str(), Some(now.as_str())),
            after => (item.as_str(), after),
        })
        .collect();
    for statement in ledger::write(flavor, &written) {
        Target::Within(open).execute(&statement).await.map_err(|error| classify(error, None))?;
    }
    Ok(())
}

async fn read(open: &mut Open, flavor: Flavor, item: &str) -> Result<Option<String>, StoreError> {
    let ledger = Ledger::load_some(&mut Place::Within(open), flavor, [item]).await?;
    Ok(ledger.get(item).map(str::to_owned))
}

/// What the ledger says when an evolution is over: its names hold, and its steps are forgotten.
pub(super) fn settled(ledger: &Ledger, evolution: &Evolution, fitted: Option<&str>) -> Result<Vec<Entry>, StoreError> {
    let naming = serde_json::to_string(&evolution.naming).map_err(|error| StoreError::Model(error.to_string()))?;
    let mut entries = vec![
        ledger.entry(NAMING.to_owned(), Some(naming)),
        ledger.entry(CONTRACTED.to_owned(), Some(evolution.hash())),
        ledger.entry(FINGERPRINT.to_owned(), fitted.map(str::to_owned)),
    ];
    let steps = ledger.starting("step ").map(|(step, _)| format!("step {step}"));
    entries.extend(steps.map(|item| ledger.entry(item, None)));
    Ok(entries)
}
