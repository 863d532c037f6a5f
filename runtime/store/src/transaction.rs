//! The database as one request sees it: when it begins, savepoints, and how it ends.

mod cluster;
mod read;
mod statements;
mod write;

use std::{fmt, sync::Arc};

use cluster::Taken;

use crate::{
    Plan, Store, StoreError,
    database::{Decode, Open, Statement, Target},
    failure::classify,
    plan::Model,
};

/// A point to which a transaction can return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint(u64);

/// The database as one request sees it: reads go to any connection until something is written, then everything goes
/// through one transaction (read committed). Dropping it without a commit rolls back.
///
/// A savepoint costs nothing until something is written or read after it. An error inside a transaction that has begun
/// leaves it *failed*: it accepts nothing but a rollback, to a savepoint or to its begin. Whoever wants to go on after
/// an error takes a savepoint before what may fail.
pub struct Transaction {
    store: Store,
    plan: Arc<Plan>,
    /// Set from the first write to the end.
    open: Option<Open>,
    failed: bool,
    marks: Vec<Mark>,
    /// The number of the last savepoint.
    last_mark: u64,
    /// Leases taken inside the transaction since it began.
    taken: Vec<Taken>,
}

/// A savepoint that can be returned to.
#[derive(Clone, Copy, Debug)]
struct Mark {
    number: u64,
    place: Place,
}

/// Where a savepoint is. Nothing is told the database until something happens after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Here: nothing happened since.
    Here,
    /// Before the transaction began.
    Begin,
    /// At the database's savepoint of that number. Several may share one.
    Named(u64),
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = (self.open.is_some(), self.failed, self.marks.len());
        f.debug_struct("Transaction").field("started, failed, savepoints", &state).finish_non_exhaustive()
    }
}

impl Transaction {
    pub(crate) fn new(store: Store, plan: Arc<Plan>) -> Self {
        Self { store, plan, open: None, failed: false, marks: Vec::new(), last_mark: 0, taken: Vec::new() }
    }

    /// A further transaction of the same store and plan, which has not begun.
    pub fn another(&self) -> Self {
        Self::new(self.store.clone(), self.plan.clone())
    }

    /// The plan that it was begun with.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Whether it has begun in the database: it has written, locked or fenced something.
    pub fn has_begun(&self) -> bool {
        self.open.is_some()
    }

    /// Begins it in the database now. Nothing happens when it has begun.
    pub async fn start(&mut self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Failed);
        }
        if self.open.is_none() {
            let open = self.store.pools.begin().await.map_err(|error| self.error(error))?;
            self.open = Some(open);
            for mark in &mut self.marks {
                mark.place = Place::Begin;
            }
        }
        Ok(())
    }

    /// Marks a point to return to. Savepoints nest.
    pub fn savepoint(&mut self) -> Savepoint {
        self.last_mark += 1;
        self.marks.push(Mark { number: self.last_mark, place: Place::Here });
        Savepoint(self.last_mark)
    }

    /// Undoes what was written since the savepoint, which stays usable; later savepoints are gone. Heals a transaction
    /// that had an error.
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        let index = self.index_of(savepoint)?;
        self.marks.truncate(index + 1);
        match self.marks[index].place {
            Place::Here => {}
            Place::Begin => {
                self.end().await?;
                for mark in &mut self.marks {
                    mark.place = Place::Here;
                }
            }
            Place::Named(number) => self.command(format!("ROLLBACK TO SAVEPOINT s{number}")).await?,
        }
        self.failed = false;
        self.take_leases_again().await
    }

    /// Forgets a savepoint and later ones; what was written stays.
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Failed);
        }
        let index = self.index_of(savepoint)?;
        let place = self.marks[index].place;
        self.marks.truncate(index);
        let is_shared = self.marks.last().is_some_and(|mark| mark.place == place);
        match place {
            Place::Named(number) if !is_shared => self.command(format!("RELEASE SAVEPOINT s{number}")).await,
            _ => Ok(()),
        }
    }

    /// Makes everything durable and visible to others. The handle can be used for a further transaction afterwards.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Failed);
        }
        self.marks.clear();
        let Some(open) = self.open.take() else { return Ok(()) };
        self.taken.clear();
        open.commit().await.map_err(|error| match self.error(error) {
            StoreError::Unreachable { source, .. } => StoreError::OutcomeUnknown { source },
            other => other,
        })
    }

    /// Undoes everything. The handle can be used for a further transaction afterwards.
    pub async fn rollback(&mut self) -> Result<(), StoreError> {
        self.marks.clear();
        self.failed = false;
        self.end().await?;
        self.take_leases_again().await
    }

    async fn end(&mut self) -> Result<(), StoreError> {
        match self.open.take() {
            Some(open) => match open.rollback().await.map_err(|error| self.error(error)) {
                // What a broken connection has begun, the server undoes.
                Err(StoreError::Unreachable { .. }) => Ok(()),
                other => other,
            },
            None => Ok(()),
        }
    }

    fn index_of(&self, savepoint: Savepoint) -> Result<usize, StoreError> {
        self.marks.iter().position(|mark| mark.number == savepoint.0).ok_or(StoreError::Savepoint)
    }

    fn model(&self) -> &Model {
        &self.plan.model
    }

    fn error(&self, error: sqlx::Error) -> StoreError {
        classify(error, Some(&self.plan.model.schema))
    }

    /// Runs a command of the transaction itself.
    async fn command(&mut self, sql: String) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let done = open.command(sql).await;
        self.outcome(done)
    }

    /// Tells the database of the savepoints at which it stands, so that what comes now can be undone.
    async fn settle(&mut self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Failed);
        }
        let here = self.marks.iter().rposition(|mark| mark.place != Place::Here).map_or(0, |index| index + 1);
        let Some(number) = self.marks.get(here).map(|mark| mark.number) else { return Ok(()) };
        if self.open.is_some() {
            self.command(format!("SAVEPOINT s{number}")).await?;
            for mark in &mut self.marks[here..] {
                mark.place = Place::Named(number);
            }
        }
        Ok(())
    }

    /// Where statements run now.
    fn target(&mut self) -> Target<'_> {
        match &mut self.open {
            Some(open) => Target::Within(open),
            None => Target::Anywhere(&self.store.pools),
        }
    }

    /// Remembers whether the transaction has failed.
    fn outcome<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        result.map_err(|error| {
            self.failed |= self.open.is_some();
            self.error(error)
        })
    }

    /// Reads rows; at most `limit` of them.
    async fn fetch<T: Send>(
        &mut self,
        statement: &Statement,
        decode: Decode<'_, T, sqlx::Error>,
    ) -> Result<Vec<T>, StoreError> {
        self.settle().await?;
        let rows = self.target().fetch(statement, decode).await;
        self.outcome(rows)
    }

    /// Writes, in the transaction. Answers how many rows it changed.
    async fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        self.start().await?;
        self.settle().await?;
        let done = self.target().execute(statement).await;
        self.outcome(done)
    }
}
