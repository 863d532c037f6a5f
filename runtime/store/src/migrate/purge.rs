//! The end of what was parked for long.

use super::{
    ledger::{Ledger, parked_item, sequence_item},
    place::Place,
    run::{begin, record, run},
};
use crate::{Store, StoreError, evolution::Entry, failure::classify, schema::names};

/// Drops what was parked before a moment, each in a transaction of its own. Answers what it dropped.
pub(crate) async fn run_purge(store: &Store, parked_before_ms: i64) -> Result<Vec<String>, StoreError> {
    let ledger = Ledger::load(&mut Place::Anywhere(&store.pools), store.flavor).await?;
    let mut parked: Vec<_> = ledger.starting("parked ").map(|(item, _)| item.to_owned()).collect();
    parked.retain(|item| ledger.parked(item).is_some_and(|since| since < parked_before_ms));
    // Pairs and columns refer to tables: they go first.
    parked.sort_by_key(|item| item.starts_with("table "));
    let mut dropped = Vec::new();
    for item in parked {
        let mut open = begin(store).await?;
        // It may have been brought back or dropped meanwhile.
        let now = Ledger::load(&mut Place::Within(&mut open), store.flavor).await?;
        if now.parked(&item) != ledger.parked(&item) {
            continue;
        }
        let (sql, entries) = drop(store, &now, &item);
        run(&mut open, &sql).await?;
        record(&mut open, store.flavor, &entries, 0).await?;
        open.commit().await.map_err(|error| classify(error, None))?;
        dropped.push(item);
    }
    Ok(dropped)
}

/// The statements that drop something, and what the ledger says then.
fn drop(store: &Store, ledger: &Ledger, item: &str) -> (Vec<String>, Vec<Entry>) {
    let flavor = store.flavor;
    let mut gone = vec![item.to_owned(), parked_item(item)];
    let mut sql = Vec::new();
    let words: Vec<_> = item.split(' ').collect();
    match words.as_slice() {
        ["column", table, column] => {
            // Indexes over it, if there are any left, are in the way on SQLite.
            for (name, definition) in ledger.starting("index ") {
                let is_over = super::indexes::is_over(definition, table)
                    && definition.split(['(', ')', ',', ' ']).any(|word| word == *column);
                if is_over {
                    sql.push(format!("DROP INDEX IF EXISTS \"{name}\""));
                    gone.push(format!("index {name}"));
                }
            }
            sql.push(super::columns::drop(flavor, table, column));
            let sequence = names::sequence(table, column);
            if ledger.has(&sequence_item(&sequence)) {
                sql.push(flavor.drop_sequence(&sequence));
                gone.push(sequence_item(&sequence));
            }
        }
        [_, table] => {
            sql.push(flavor.drop_table(table));
            for (name, _) in ledger.starting("column ").filter(|(name, _)| name.starts_with(&format!("{table} "))) {
                let column = format!("column {name}");
                gone.extend([parked_item(&column), column]);
            }
            let indexes = ledger.starting("index ");
            let indexes = indexes.filter(|(_, definition)| super::indexes::is_over(definition, table));
            gone.extend(indexes.map(|(name, _)| format!("index {name}")));
        }
        _ => {}
    }
    let entries = gone.into_iter().filter(|item| ledger.has(item)).map(|item| ledger.entry(item, None)).collect();
    (sql, entries)
}
