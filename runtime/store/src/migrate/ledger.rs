//! What was applied to the database: named things and their definitions.

use std::collections::{BTreeMap, BTreeSet};

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, OnConflict, Query, Table as Sql};

use crate::{
    database::{Pools, RawRow, Statement, Target},
    dialect::{Flavor, SEQUENCES},
    limits,
    plan::Model,
    schema::{self, Column, DISCRIMINATOR, Index, Place, Schema, Table},
};

const LEDGER: &str = "brooklet$schema";
const ITEM: &str = "item";
const DEFINITION: &str = "definition";
const FINGERPRINT: &str = "fingerprint";

/// How things are stored. To be raised when this crate stores the same model in another way.
const FORMAT: &str = "1";

/// The entries of the ledger.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<String, String>,
    changed: BTreeSet<String>,
}

impl Ledger {
    pub(super) fn new(entries: Vec<(String, String)>) -> Self {
        Self { entries: entries.into_iter().collect(), changed: BTreeSet::new() }
    }

    pub(super) fn fingerprint(&self) -> Option<&str> {
        self.get(FINGERPRINT)
    }

    pub(super) fn set_fingerprint(&mut self, fingerprint: &str) {
        self.set(FINGERPRINT.to_owned(), fingerprint.to_owned());
    }

    pub(super) fn get(&self, item: &str) -> Option<&str> {
        self.entries.get(item).map(String::as_str)
    }

    pub(super) fn set(&mut self, item: String, definition: String) {
        self.entries.insert(item.clone(), definition);
        self.changed.insert(item);
    }

    pub(super) fn remove(&mut self, item: &str) {
        self.entries.remove(item);
        self.changed.insert(item.to_owned());
    }

    /// The indexes that exist: name and definition.
    pub(super) fn indexes(&self) -> Vec<(String, String)> {
        let of = |(item, definition): (&String, &String)| {
            item.strip_prefix("index ").map(|name| (name.to_owned(), definition.clone()))
        };
        self.entries.iter().filter_map(of).collect()
    }

    /// Statements that write what changed.
    pub(super) fn store(&self, flavor: Flavor) -> Vec<Statement> {
        let (kept, removed): (Vec<_>, Vec<_>) = self.changed.iter().partition(|item| self.entries.contains_key(*item));
        let mut statements = Vec::new();
        for items in removed.chunks(limits::ROWS_PER_STATEMENT_MAX) {
            let gone = Expr::col(Alias::new(ITEM)).is_in(items.iter().map(|item| item.as_str()));
            let delete = Query::delete().from_table(Alias::new(LEDGER)).and_where(gone).take();
            statements.push(Statement::once(flavor.statement(&delete)));
        }
        for items in kept.chunks(limits::ROWS_PER_STATEMENT_MAX) {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(LEDGER)).columns([Alias::new(ITEM), Alias::new(DEFINITION)]);
            for item in items {
                insert.values_panic([item.as_str().into(), self.entries[*item].as_str().into()]);
            }
            let replace = OnConflict::column(Alias::new(ITEM)).update_column(Alias::new(DEFINITION)).to_owned();
            statements.push(Statement::once(flavor.statement(insert.on_conflict(replace))));
        }
        statements
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

/// Reads the whole ledger.
pub(super) fn select(flavor: Flavor) -> Statement {
    let columns = [Alias::new(ITEM), Alias::new(DEFINITION)];
    Statement::once(flavor.statement(Query::select().columns(columns).from(Alias::new(LEDGER))))
}

/// The fingerprint of what was applied last; none when there is none, or no ledger yet.
pub(super) async fn stored_fingerprint(pools: &Pools, model: &Model) -> Option<String> {
    let select = Query::select()
        .column(Alias::new(DEFINITION))
        .from(Alias::new(LEDGER))
        .and_where(Expr::col(Alias::new(ITEM)).eq(FINGERPRINT))
        .take();
    let statement = Statement::once(model.flavor.statement(&select));
    let read: &mut (dyn FnMut(RawRow<'_>) -> Result<Option<String>, sqlx::Error> + Send) =
        &mut |row| Ok(row.text(0)?.map(str::to_owned));
    Target::Anywhere(pools).fetch(&statement, read).await.ok()?.pop()?
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

/// What a table's entry says: the table of its generalization.
pub(super) fn table_definition(schema: &Schema, table: &Table) -> String {
    table.parent.and_then(|parent| schema.table(parent)).map_or(String::new(), |parent| parent.name.clone())
}

/// What a column's entry says: its kind, and what it refers to.
pub(super) fn column_definition(column: &Column) -> String {
    match &column.refers_to {
        Some(table) => format!("{} {table}", column.kind.code()),
        None => column.kind.code().to_owned(),
    }
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
            wanted.insert(pairs_item(table), format!("{from} {to}"));
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

/// One text that stands for all that a schema needs.
pub(crate) fn fingerprint(schema: &Schema) -> String {
    let mut text = format!("{FORMAT}\n");
    for (item, definition) in wanted(schema) {
        text.push_str(&format!("{item}\t{definition}\n"));
    }
    schema::fingerprint(text.as_bytes())
}
