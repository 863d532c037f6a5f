//! What was applied to the database: named things and their definitions.
//!
//! Besides tables, columns, indexes, sequences and triggers it says since when something is *parked* (nobody uses it, and it
//! waits for its end or for being used again), and which steps of an evolution are done.

use std::collections::{BTreeMap, BTreeSet};

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, OnConflict, Query, Table as Sql};

use brooklet_model::Former;

use super::place::Place as Reached;
use crate::{
    StoreError,
    database::{RawRow, Statement},
    dialect::{Flavor, SEQUENCES},
    evolution::Entry,
    limits,
    schema::{self, Column, DISCRIMINATOR, Index, Place, Schema, Table},
};

const LEDGER: &str = "brooklet$schema";
const ITEM: &str = "item";
const DEFINITION: &str = "definition";

/// The item that says which plan the database was fitted to last.
pub(super) const FINGERPRINT: &str = "fingerprint";

/// The item that has the names of the version that was contracted last, as JSON.
pub(super) const NAMING: &str = "naming";

/// The item that names the evolution that was contracted last.
pub(super) const CONTRACTED: &str = "contracted";

/// What the definition of a parked item says until the moment is known.
pub(super) const NOW: &str = "now";

/// How things are stored. To be raised when this crate stores the same model in another way.
const FORMAT: &str = "2";

/// The entries of the ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(BTreeMap<String, String>);

impl Ledger {
    /// Reads all; empty when there is no ledger yet.
    pub(super) async fn load(place: &mut Reached<'_>, flavor: Flavor) -> Result<Self, StoreError> {
        let exists = Statement::text(flavor.table_exists(LEDGER));
        if place.fetch(&exists, &mut |row| row.boolean(0)).await?.pop().flatten() != Some(true) {
            return Ok(Self::default());
        }
        let columns = [Alias::new(ITEM), Alias::new(DEFINITION)];
        let select = Query::select().columns(columns).from(Alias::new(LEDGER)).take();
        Self::read(place, &Statement::once(flavor.statement(&select))).await
    }

    /// Reads some entries, of a ledger that is there.
    pub(super) async fn load_some(
        place: &mut Reached<'_>,
        flavor: Flavor,
        items: impl IntoIterator<Item = &str>,
    ) -> Result<Self, StoreError> {
        Self::read(place, &select(flavor, items)).await
    }

    async fn read(place: &mut Reached<'_>, statement: &Statement) -> Result<Self, StoreError> {
        let read = &mut |row: RawRow<'_>| {
            Ok((row.text(0)?.unwrap_or_default().to_owned(), row.text(1)?.unwrap_or_default().to_owned()))
        };
        Ok(Self(place.fetch(statement, read).await?.into_iter().collect()))
    }

    pub(super) fn get(&self, item: &str) -> Option<&str> {
        self.0.get(item).map(String::as_str)
    }

    pub(super) fn has(&self, item: &str) -> bool {
        self.0.contains_key(item)
    }

    /// Since when an item is parked.
    pub(super) fn parked(&self, item: &str) -> Option<i64> {
        self.get(&parked_item(item)).map(|since| since.parse().unwrap_or(i64::MAX))
    }

    /// Whether an item is there and somebody uses it.
    pub(super) fn is_used(&self, item: &str) -> bool {
        self.has(item) && self.parked(item).is_none()
    }

    /// The tables of the generalizations that a table has.
    pub(super) fn ancestors(&self, table: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut at = table.to_owned();
        while let Some(parent) = self.get(&table_item(&at)).filter(|parent| !parent.is_empty()) {
            at = parent.to_owned();
            if !found.insert(at.clone()) {
                break;
            }
        }
        found
    }

    /// What it is to say of an item, as a change.
    pub(super) fn entry(&self, item: String, after: Option<String>) -> Entry {
        Entry { before: self.get(&item).map(str::to_owned), item, after }
    }

    /// Applies changes.
    pub(super) fn apply(&mut self, entries: &[Entry]) {
        for Entry { item, after, .. } in entries {
            match after {
                Some(after) => self.0.insert(item.clone(), after.clone()),
                None => self.0.remove(item),
            };
        }
    }

    /// The items whose names begin so: the rest of the name, and the definition.
    pub(super) fn starting<'a>(&'a self, begin: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let entries = self.0.range(begin.to_owned()..).map(|(item, definition)| (item.as_str(), definition.as_str()));
        entries.map_while(move |(item, definition)| Some((item.strip_prefix(begin)?, definition)))
    }
}

/// Definitions of the bookkeeping's own tables.
pub(super) fn definitions(flavor: Flavor) -> Vec<String> {
    let text = |name| ColumnDef::new(Alias::new(name)).text().not_null().take();
    let key = |name| ColumnDef::new(Alias::new(name)).text().not_null().primary_key().take();
    let ledger = Sql::create().table(Alias::new(LEDGER)).if_not_exists().col(key(ITEM)).col(text(DEFINITION)).take();
    let mut definitions = vec![flavor.definition(&ledger)];
    if !flavor.has_sequences() {
        let next = ColumnDef::new(Alias::new("next")).big_integer().not_null().take();
        let sequences = Sql::create().table(Alias::new(SEQUENCES)).if_not_exists().col(key("name")).col(next).take();
        definitions.push(flavor.definition(&sequences));
    }
    definitions
}

/// Reads some entries.
fn select<'i>(flavor: Flavor, items: impl IntoIterator<Item = &'i str>) -> Statement {
    let columns = [Alias::new(ITEM), Alias::new(DEFINITION)];
    let select = Query::select().columns(columns).from(Alias::new(LEDGER)).and_where(is_one_of(items)).take();
    Statement::once(flavor.statement(&select))
}

/// Writes and removes entries.
pub(super) fn write(flavor: Flavor, entries: &[(&str, Option<&str>)]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for entries in entries.chunks(limits::ROWS_PER_STATEMENT_MAX) {
        let (kept, gone): (Vec<_>, Vec<_>) = entries.iter().copied().partition(|(_, definition)| definition.is_some());
        if !gone.is_empty() {
            let gone = is_one_of(gone.into_iter().map(|(item, _)| item));
            let delete = Query::delete().from_table(Alias::new(LEDGER)).and_where(gone).take();
            statements.push(Statement::once(flavor.statement(&delete)));
        }
        if !kept.is_empty() {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(LEDGER)).columns([Alias::new(ITEM), Alias::new(DEFINITION)]);
            for (item, definition) in kept {
                insert.values_panic([item.into(), definition.unwrap_or_default().into()]);
            }
            let replace = OnConflict::column(Alias::new(ITEM)).update_column(Alias::new(DEFINITION)).to_owned();
            statements.push(Statement::once(flavor.statement(insert.on_conflict(replace))));
        }
    }
    statements
}

fn is_one_of<'i>(items: impl IntoIterator<Item = &'i str>) -> Expr {
    Expr::col(Alias::new(ITEM)).is_in(items)
}

pub(super) fn table_item(table: &str) -> String {
    format!("table {table}")
}

pub(super) fn column_item(table: &str, column: &str) -> String {
    format!("column {table} {column}")
}

pub(super) fn pairs_item(table: &str) -> String {
    format!("pairs {table}")
}

pub(super) fn index_item(index: &str) -> String {
    format!("index {index}")
}

pub(super) fn sequence_item(sequence: &str) -> String {
    format!("sequence {sequence}")
}

/// A trigger; its definition names its table.
pub(super) fn trigger_item(trigger: &str) -> String {
    format!("trigger {trigger}")
}

/// Two columns of a table that triggers keep equal.
pub(super) fn equal_item(table: &str, one: &str, other: &str) -> String {
    format!("equal {table} {one} {other}")
}

pub(super) fn parked_item(item: &str) -> String {
    format!("parked {item}")
}

/// A step of an evolution that is done, or under way.
pub(super) fn step_item(evolution: &str, step: &str) -> String {
    format!("step {evolution} {step}")
}

/// What a table's entry says: the table of its generalization.
pub(super) fn table_definition(schema: &Schema, table: &Table) -> String {
    table.parent.and_then(|parent| schema.table(parent)).map_or(String::new(), |parent| parent.name.clone())
}

/// What a column's entry says: its kind, and what it refers to.
pub(super) fn column_definition(column: &Column) -> String {
    match &column.refers_to {
        Some(table) => reference_definition(table),
        None => column.kind.code().to_owned(),
    }
}

/// What the entry of a reference's column says.
pub(super) fn reference_definition(refers_to: &str) -> String {
    format!("{} {refers_to}", crate::kind::Kind::Id.code())
}

/// What the entry of a reference set's table says.
pub(super) fn pairs_definition(from: &str, to: &str) -> String {
    format!("{from} {to}")
}

/// What an index's entry says.
pub(super) fn index_definition(index: &Index) -> String {
    let columns: Vec<_> =
        index.columns.iter().map(|(name, down)| format!("{name}{}", if *down { " desc" } else { "" })).collect();
    let unique = if index.unique.is_some() { "unique " } else { "" };
    format!("{unique}{} ({})", index.table, columns.join(", "))
}

/// All that a schema needs.
pub(super) fn wanted(schema: &Schema) -> BTreeMap<String, String> {
    let mut wanted = BTreeMap::new();
    for table in schema.tables.iter().flatten() {
        wanted.insert(table_item(&table.name), table_definition(schema, table));
        if table.parent.is_none() {
            wanted.insert(column_item(&table.name, DISCRIMINATOR), "text".to_owned());
        }
        for column in &table.columns {
            wanted.insert(column_item(&table.name, &column.name), column_definition(column));
        }
    }
    for place in schema.places.iter().flatten() {
        if let Place::Pairs { table, from, to } = place {
            wanted.insert(pairs_item(table), pairs_definition(from, to));
        }
    }
    for index in &schema.indexes {
        wanted.insert(index_item(&index.name), index_definition(index));
    }
    for sequence in &schema.sequences {
        wanted.insert(sequence_item(&sequence.name), String::new());
    }
    wanted
}

/// The columns and tables that a schema uses.
pub(super) fn used(schema: &Schema) -> BTreeSet<String> {
    let is_data = |item: &String| ["table ", "column ", "pairs "].iter().any(|begin| item.starts_with(begin));
    wanted(schema).into_keys().filter(is_data).collect()
}

/// One text that stands for all that a schema needs, and for the keys that its values have no more.
pub(crate) fn fingerprint(schema: &Schema, former: &Former) -> String {
    let mut text = format!("{FORMAT}\n");
    for (item, definition) in wanted(schema) {
        text.push_str(&format!("{item}\t{definition}\n"));
    }
    for table in schema.tables.iter().flatten() {
        text.push_str(&format!("{}\t{}\n", table.entity, table.discriminator));
        for stranger in &table.strangers {
            text.push_str(&format!("{}\twithout {stranger}\n", table.entity));
        }
    }
    for (key, names) in &former.keys {
        text.push_str(&format!("{key}\t{}\n", names.join(", ")));
    }
    schema::fingerprint(text.as_bytes())
}
