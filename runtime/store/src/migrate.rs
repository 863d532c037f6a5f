//! Making a database fit a model.
//!
//! What was applied is kept in a table of the database, the *ledger*: one entry for each table, column, index and sequence.
//! A migration compares it with what the model needs and does what is missing, in one transaction, one node at a time. A
//! fingerprint of the whole tells at once when there is nothing to do.
//!
//! **Invariant: no data is dropped.** What the model no longer has stays where it is. A column whose type changes is kept
//! under a trash name (`name$old1`); the new one is filled from it when every old value has a new one. Only indexes
//! are dropped, because they hold no data and a rule that is gone must not bind.
//!
//! Left out: building an index without blocking writes to its table, and renaming (the model has no memory of old names).

mod columns;
mod indexes;
mod ledger;
mod lineage;
mod tables;

use sea_query::SchemaStatementBuilder;

use crate::{
    Store, StoreError,
    database::{Open, RawRow, Statement, Target},
    failure::classify,
    limits,
    plan::Model,
};

use ledger::Ledger;
pub(crate) use ledger::fingerprint;

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// One sentence for each change, for the log; empty when the database fitted already.
    pub changes: Vec<String>,
}

/// Makes the database fit the model.
pub(crate) async fn run(store: &Store, model: &Model, now_ms: i64) -> Result<Migration, StoreError> {
    if ledger::stored_fingerprint(&store.pools, model).await.as_ref() == Some(&model.fingerprint) {
        return Ok(Migration::default());
    }
    let mut attempts = 1;
    loop {
        match attempt(store, model, now_ms).await {
            Err(error) if error.is_retryable() && attempts < limits::MIGRATION_ATTEMPTS => {
                tracing::warn!(%error, attempts, "the migration gives way to other transactions and tries again");
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(store: &Store, model: &Model, now_ms: i64) -> Result<Migration, StoreError> {
    let open = store.pools.begin().await.map_err(|error| classify(error, None))?;
    let mut migrator =
        Migrator { open, model, now_ms, ledger: Ledger::default(), definitions: Vec::new(), changes: Vec::new() };
    migrator.prepare().await?;
    if migrator.ledger.fingerprint() != Some(model.fingerprint.as_str()) {
        migrator.drop_stale_indexes();
        migrator.create_tables();
        migrator.add_attributes().await?;
        migrator.fit_lineages().await?;
        migrator.add_references().await?;
        migrator.create_pairs().await?;
        migrator.create_indexes().await?;
        migrator.create_sequences().await?;
        migrator.record().await?;
    }
    let Migrator { open, changes, .. } = migrator;
    open.commit().await.map_err(|error| classify(error, Some(&model.schema)))?;
    for change in &changes {
        tracing::debug!(change, "database migrated");
    }
    Ok(Migration { changes })
}

/// A migration under way.
struct Migrator<'a> {
    open: Open,
    model: &'a Model,
    now_ms: i64,
    ledger: Ledger,
    /// Definitions that have not been sent yet: one message takes many.
    definitions: Vec<String>,
    changes: Vec<String>,
}

impl Migrator<'_> {
    /// Takes the lock and reads what was applied before.
    async fn prepare(&mut self) -> Result<(), StoreError> {
        if let Some(lock) = self.model.flavor.migration_lock() {
            self.open.command(lock).await.map_err(|error| classify(error, None))?;
        }
        for definition in ledger::definitions(self.model.flavor) {
            self.definitions.push(definition);
        }
        let statement = ledger::select(self.model.flavor);
        let read = &mut |row: RawRow<'_>| {
            Ok((row.text(0)?.unwrap_or_default().to_owned(), row.text(1)?.unwrap_or_default().to_owned()))
        };
        self.ledger = Ledger::new(self.fetch(&statement, read).await?);
        Ok(())
    }

    async fn record(&mut self) -> Result<(), StoreError> {
        self.ledger.set_fingerprint(&self.model.fingerprint);
        for statement in self.ledger.store(self.model.flavor) {
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Remembers a definition, to be sent before the next statement.
    fn define(&mut self, definition: &impl SchemaStatementBuilder) {
        self.definitions.push(self.model.flavor.definition(definition));
    }

    fn report(&mut self, change: impl Into<String>) {
        self.changes.push(change.into());
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        if self.definitions.is_empty() {
            return Ok(());
        }
        let definitions = std::mem::take(&mut self.definitions).join(";\n");
        self.open.command(definitions).await.map_err(|error| classify(error, Some(&self.model.schema)))
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        self.flush().await?;
        let done = Target::Within(&mut self.open).execute(statement).await;
        done.map_err(|error| classify(error, Some(&self.model.schema)))
    }

    async fn fetch<T: Send>(
        &mut self,
        statement: &Statement,
        decode: &mut (dyn FnMut(RawRow<'_>) -> Result<T, sqlx::Error> + Send),
    ) -> Result<Vec<T>, StoreError> {
        self.flush().await?;
        let rows = Target::Within(&mut self.open).fetch(statement, decode).await;
        rows.map_err(|error| classify(error, Some(&self.model.schema)))
    }
}
