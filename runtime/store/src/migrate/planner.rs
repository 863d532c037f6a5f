//! A plan under way: what is known, and what was put into it so far.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use brooklet_model::{AttributeRef, Manifest};
use sea_query::{Alias, Expr, Query};

use super::{
    choose::{Choice, Chooser},
    known::Known,
    ledger::{self, Ledger, pairs_item, table_item, trigger_item},
    place::Place,
};
use crate::{
    Evolution, Naming, StoreError,
    database::Statement,
    dialect::Flavor,
    evolution::{Entry, Refusal, Step, Undo, Warning, Work},
    plan::Model,
    schema::{self, Column, ID, Member, Table},
};

/// What a plan is made for.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) flavor: Flavor,
    /// The version before, if it is known.
    pub(super) from: Option<(&'a Manifest, &'a Naming)>,
    pub(super) to: &'a Arc<Manifest>,
    pub(super) now_ms: i64,
    /// No other version serves, now or later: nothing has to be kept equal, estimated or warned of.
    pub(super) is_alone: bool,
}

/// A plan under way.
pub(super) struct Planner<'a> {
    pub(super) task: Task<'a>,
    pub(super) place: Place<'a>,
    pub(super) model: Model,
    pub(super) choice: Choice,
    /// As it is.
    pub(super) before: Ledger,
    /// As it will be when the steps up to here are done.
    pub(super) ledger: Ledger,
    /// Tables that the plan creates: there are no rows in them.
    pub(super) created: BTreeSet<String>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) warnings: Vec<Warning>,
    pub(super) breaking: Vec<String>,
    steps: Vec<Step>,
    contract: Vec<Step>,
    counts: BTreeMap<String, u64>,
}

/// Plans the way to a version. Changes nothing.
pub(super) async fn plan(task: Task<'_>, mut place: Place<'_>) -> Result<Evolution, StoreError> {
    // Members of one name are found by their names by rule; chosen ones would all be different.
    schema::build(task.to, &Naming::default())?;
    let ledger = Ledger::load(&mut place, task.flavor).await?;
    let remembered = ledger.get(ledger::NAMING).and_then(|naming| serde_json::from_str(naming).ok());
    let naming = task.from.map(|(_, naming)| naming.clone()).or(remembered).unwrap_or_default();
    let manifest = task.from.map(|(manifest, _)| manifest);
    let before = manifest.map(|manifest| schema::build(manifest, &naming)).transpose()?;
    let used = before.as_ref().map(ledger::used).unwrap_or_default();
    let known = Known { manifest, schema: before.as_ref(), naming: &naming, ledger: &ledger };
    let choice = Chooser::new(task.to, known, used).choose();
    let model = Model::new(task.to.clone(), &choice.naming, task.flavor)?;
    let mut planner = Planner {
        task,
        place,
        model,
        choice,
        before: ledger.clone(),
        ledger,
        created: BTreeSet::new(),
        refusals: Vec::new(),
        warnings: Vec::new(),
        breaking: Vec::new(),
        steps: Vec::new(),
        contract: Vec::new(),
        counts: BTreeMap::new(),
    };
    planner.check_ranges().await?;
    planner.resume();
    planner.create_tables()?;
    planner.bring_back();
    planner.add_attributes().await?;
    planner.rename_keys().await?;
    planner.create_sequences();
    planner.fit_lineages().await?;
    planner.add_references().await?;
    planner.create_pairs().await?;
    planner.keep_numbers()?;
    planner.create_indexes().await?;
    planner.warn().await?;
    planner.let_go();
    Ok(Evolution {
        naming: planner.choice.naming,
        fingerprint: planner.model.fingerprint,
        steps: planner.steps,
        contract: planner.contract,
        refusals: planner.refusals,
        warnings: planner.warnings,
        breaking: planner.breaking,
    })
}

impl Planner<'_> {
    pub(super) fn flavor(&self) -> Flavor {
        self.task.flavor
    }

    /// Adds a step to what is done before the activation.
    pub(super) fn step(&mut self, draft: Draft) {
        self.ledger.apply(&draft.0.entries);
        self.steps.push(draft.0);
    }

    /// Adds a step to what is done when the old version has retired.
    pub(super) fn later(&mut self, draft: Draft) {
        self.ledger.apply(&draft.0.entries);
        self.contract.push(draft.0);
    }

    /// A change of the ledger.
    pub(super) fn set(&self, item: String, definition: impl Into<String>) -> Entry {
        self.ledger.entry(item, Some(definition.into()))
    }

    pub(super) fn remove(&self, item: String) -> Entry {
        self.ledger.entry(item, None)
    }

    /// Adds triggers over tables, as part of a step, unless the version is alone.
    pub(super) fn trigger(&self, mut draft: Draft, name: &str, tables: &[&str], sql: Vec<String>) -> Draft {
        if self.task.is_alone {
            return draft;
        }
        draft = draft.sql(sql).undo(self.flavor().drop_triggers(name, tables));
        draft.entries([self.set(trigger_item(name), tables.join(" "))])
    }

    /// How many rows a table has, about.
    pub(super) async fn count(&mut self, table: &str) -> Result<u64, StoreError> {
        let is_there = self.before.has(&table_item(table)) || self.before.has(&pairs_item(table));
        if self.task.is_alone || !is_there {
            return Ok(0);
        }
        if let Some(count) = self.counts.get(table) {
            return Ok(*count);
        }
        // A table of pairs has no ids.
        let select = Query::select().expr(Expr::cust("count(*)")).from(Alias::new(table)).take();
        let count = self.number(&select).await?;
        self.counts.insert(table.to_owned(), count);
        Ok(count)
    }

    /// The one number that a query answers.
    pub(super) async fn number(&mut self, select: &sea_query::SelectStatement) -> Result<u64, StoreError> {
        // Written out: PostgreSQL does not see that two parameters are the same.
        let statement = Statement::text(self.flavor().text(select));
        let numbers = self.place.fetch(&statement, &mut |row| row.number(0)).await?;
        Ok(numbers.first().map_or(0, |number| number.unsigned_abs()))
    }

    /// What the model calls what a column holds.
    pub(super) fn member(&self, column: &Column) -> String {
        match column.member {
            Member::Reference(association) => self.model.manifest.association(association).name.clone(),
            Member::Attribute(at) => self.attribute_name(at),
        }
    }

    pub(super) fn attribute_name(&self, at: AttributeRef) -> String {
        let manifest = &self.model.manifest;
        format!("{}.{}", manifest.entity(at.entity).name, manifest.attribute(at).name)
    }

    /// The table of a name in the version to come.
    pub(super) fn table_named(&self, name: &str) -> Option<&Table> {
        self.model.schema.tables.iter().flatten().find(|table| table.name == name)
    }
}

/// A step that is being put together.
pub(super) struct Draft(Step);

impl Draft {
    pub(super) fn new(id: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self(Step {
            id: id.into(),
            sentence: sentence.into(),
            sql: Vec::new(),
            rows: 0,
            undo: Some(Undo::default()),
            work: Work::Once,
            entries: Vec::new(),
        })
    }

    pub(super) fn sql(mut self, sql: impl IntoIterator<Item = String>) -> Self {
        self.0.sql.extend(sql);
        self
    }

    /// How what was added last is taken back: before what was added earlier.
    pub(super) fn undo(mut self, sql: impl IntoIterator<Item = String>) -> Self {
        if let Some(undo) = &mut self.0.undo {
            undo.sql.splice(0..0, sql);
        }
        self
    }

    pub(super) fn loses(mut self, what: impl Into<String>) -> Self {
        if let Some(undo) = &mut self.0.undo {
            undo.loses = Some(what.into());
        }
        self
    }

    /// It cannot be taken back.
    pub(super) fn for_ever(mut self) -> Self {
        self.0.undo = None;
        self
    }

    pub(super) fn rows(mut self, rows: u64) -> Self {
        self.0.rows = rows;
        self
    }

    pub(super) fn batches(mut self, table: &str) -> Self {
        self.0.work = Work::Batches { table: table.to_owned() };
        self
    }

    pub(super) fn aside(mut self, index: &str) -> Self {
        self.0.work = Work::Aside { index: index.to_owned() };
        self
    }

    pub(super) fn entries(mut self, entries: impl IntoIterator<Item = Entry>) -> Self {
        self.0.entries.extend(entries);
        self
    }
}

/// A column as it stands in an expression.
pub(super) fn col(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

/// The ids of a table.
pub(super) fn ids_of(table: &str) -> sea_query::SelectStatement {
    Query::select().column((Alias::new(table), Alias::new(ID))).from(Alias::new(table)).take()
}

/// A name for triggers over these places.
pub(super) fn trigger_name(places: &[&str]) -> String {
    format!("brooklet${}", &schema::fingerprint(places.join(" ").as_bytes())[..24])
}
