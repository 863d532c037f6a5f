//! Indexes, those that keep something unique included.

use sea_query::{Alias, Index as Sql, IndexOrder};

use super::{
    ledger::{index_definition, index_item},
    planner::{Draft, Planner},
};
use crate::StoreError;

impl Planner<'_> {
    /// Creates the indexes that are missing.
    pub(super) async fn create_indexes(&mut self) -> Result<(), StoreError> {
        for index in &self.model.schema.indexes.clone() {
            let item = index_item(&index.name);
            if self.ledger.has(&item) {
                continue;
            }
            let mut create = Sql::create();
            create.name(&index.name).table(Alias::new(&index.table));
            for (column, descending) in &index.columns {
                let order = if *descending { IndexOrder::Desc } else { IndexOrder::Asc };
                create.col((Alias::new(column), order));
            }
            let definition = index_definition(index);
            let mut sentence = format!("added the index {definition}");
            if let Some(unique) = &index.unique {
                self.refuse_duplicates(index, unique).await?;
                create.unique();
                sentence = format!("added a rule: {definition}");
                if !self.created.contains(&index.table) {
                    let members = unique.members.join(", ");
                    self.breaking.push(format!("{}: the old version, too, is held to unique {members}", unique.entity));
                }
            }
            let rows = self.count(&index.table).await?;
            // Others write to the table meanwhile, and must not wait until all of it is read.
            let is_aside =
                !self.task.is_alone && !self.created.contains(&index.table) && self.flavor().can_build_aside();
            if is_aside {
                create.concurrently().if_not_exists();
            }
            let mut draft = Draft::new(item.clone(), sentence)
                .sql([self.flavor().definition(&create)])
                .undo([self.drop_index(&index.name)])
                .rows(rows)
                .entries([self.set(item, definition)]);
            if is_aside {
                draft = draft.aside(&index.name);
            }
            self.step(draft);
        }
        Ok(())
    }

    pub(super) fn drop_index(&self, name: &str) -> String {
        self.flavor().definition(Sql::drop().name(name).if_exists())
    }
}

/// Whether an index, by its definition in the ledger, is one of a table.
pub(super) fn is_over(definition: &str, table: &str) -> bool {
    let rest = definition.strip_prefix("unique ").unwrap_or(definition);
    rest.strip_prefix(table).is_some_and(|rest| rest.starts_with(" ("))
}
