//! What a change of the model does to the database: plain data, made by [`Store::evolve`](crate::Store::evolve), to be
//! shown, kept, and carried out by a [`Migrator`](crate::Migrator), maybe by one process after another.

use serde::{Deserialize, Serialize};

use crate::{Naming, StoreError, schema};

/// The way from one version of a model to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Evolution {
    /// What things are called by the new version: for [`Store::plan_with`](crate::Store::plan_with).
    pub naming: Naming,
    /// What is done before the new version is activated. The old version serves through all of it.
    pub steps: Vec<Step>,
    /// What is done after the old version has retired.
    pub contract: Vec<Step>,
    /// What stands in the way. Nothing is done while there is any.
    pub refusals: Vec<Refusal>,
    /// Data that violates rules of the new version. It is kept, and can be read; changing it asks for it to be mended.
    pub warnings: Vec<Warning>,
    /// What one version misses of the other's writes while both serve. Empty when both understand everything.
    pub breaking: Vec<String>,
    /// Stands for all tables and columns of the new version.
    pub(crate) fingerprint: String,
}

/// Something that is done as a whole, and recorded with it, in one transaction (or in one per batch of rows).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// Names the step within its evolution.
    pub id: String,
    /// What it does, in a sentence.
    pub sentence: String,
    /// What the database is told. Empty when the step only changes the records.
    pub sql: Vec<String>,
    /// About how many rows it reads or writes.
    pub rows: u64,
    /// How it is taken back; none when it cannot be.
    pub undo: Option<Undo>,
    /// Whether it goes through a table bit by bit.
    pub work: Work,
    pub(crate) entries: Vec<Entry>,
}

/// How a step is taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Undo {
    /// What the database is told.
    pub sql: Vec<String>,
    /// What is lost, if the new version was active meanwhile.
    pub loses: Option<String>,
}

/// How a step's statements are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// All in one transaction.
    Once,
    /// The one statement, which ends in a condition, for one range of ids after the other.
    Batches {
        /// The table whose ids these are.
        table: String,
    },
    /// The one statement, which builds an index while others write to its table, and must be in no transaction.
    Aside {
        /// The index.
        index: String,
    },
}

/// A change of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) item: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Something that cannot be done to the data as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Refusal {
    /// The attribute or the rule.
    pub member: String,
    /// Why it cannot.
    pub reason: String,
    /// How many rows stand in the way.
    pub rows: u64,
    /// The first of them.
    pub examples: Vec<Example>,
    /// What to do about it.
    pub remedy: String,
}

/// A row that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The object's id.
    pub id: i64,
    /// What it holds.
    pub value: String,
}

/// Data that violates a rule of the new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Warning {
    /// The attribute.
    pub member: String,
    /// What the rule asks for.
    pub rule: String,
    /// How many rows violate it; none when that was not checked.
    pub rows: Option<u64>,
}

impl Evolution {
    /// Whether there is nothing to do, now or after the old version has retired.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.contract.is_empty() && self.refusals.is_empty()
    }

    /// Stands for what is done, whatever the number of rows and the hour: plans of one hash do the same.
    pub fn hash(&self) -> String {
        // Two versions that differ in names alone have the same tables.
        let naming = serde_json::to_string(&self.naming).unwrap_or_default();
        let mut text = format!("{}\n{naming}\n", self.fingerprint);
        for step in self.steps.iter().chain(&self.contract) {
            text.push_str(&format!("{}\t{}\n", step.id, step.sentence));
        }
        for refusal in &self.refusals {
            text.push_str(&format!("refused\t{}\t{}\n", refusal.member, refusal.reason));
        }
        schema::fingerprint(text.as_bytes())
    }

    /// An error when something stands in the way.
    pub(crate) fn accepted(&self) -> Result<(), StoreError> {
        if self.refusals.is_empty() { Ok(()) } else { Err(StoreError::Refused(self.refusals.clone())) }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { member, reason, rows, examples, remedy } = self;
        let noun = if *rows == 1 { "object" } else { "objects" };
        write!(f, "{member}: {reason} in {rows} {noun}")?;
        for (index, Example { id, value }) in examples.iter().enumerate() {
            write!(f, "{} {id} = {value}", if index == 0 { ":" } else { "," })?;
        }
        write!(f, "; {remedy}")
    }
}
