//! Indexes, and what stands in the way of those that must be unique.

use brooklet_values::Value;
use sea_query::{Alias, Expr, ExprTrait, Index as Sql, IndexOrder, Order, Query};

use super::{
    Migrator,
    ledger::{index_definition, index_item, wanted},
};
use crate::{
    StoreError,
    database::Statement,
    kind::Kind,
    limits,
    schema::{Column, ID, Index, Unique},
};

impl Migrator<'_> {
    /// Drops indexes that the model no longer wants: a rule that is gone must not bind.
    pub(super) fn drop_stale_indexes(&mut self) {
        let wanted = wanted(&self.model.schema);
        for (name, definition) in self.ledger.indexes() {
            let is_of_this_model =
                self.model.schema.tables.iter().flatten().any(|table| is_over(&definition, &table.name));
            if is_of_this_model && wanted.get(&index_item(&name)) != Some(&definition) {
                self.drop_index(&name);
                self.report(format!("dropped the index {definition}"));
            }
        }
    }

    pub(super) fn drop_index(&mut self, name: &str) {
        if self.ledger.get(&index_item(name)).is_some() {
            self.define(Sql::drop().name(name));
            self.ledger.remove(&index_item(name));
        }
    }

    /// Creates the indexes that are missing.
    pub(super) async fn create_indexes(&mut self) -> Result<(), StoreError> {
        let model = self.model;
        for index in &model.schema.indexes {
            if self.ledger.get(&index_item(&index.name)).is_some() {
                continue;
            }
            if let Some(unique) = &index.unique {
                self.refuse_duplicates(index, unique).await?;
            }
            let mut create = Sql::create();
            create.name(&index.name).table(Alias::new(&index.table));
            for (column, descending) in &index.columns {
                let order = if *descending { IndexOrder::Desc } else { IndexOrder::Asc };
                create.col((Alias::new(column), order));
            }
            if index.unique.is_some() {
                create.unique();
                self.report(format!("added a rule: {}", index_definition(index)));
            }
            self.define(&create);
            self.ledger.set(index_item(&index.name), index_definition(index));
        }
        self.flush().await
    }

    /// Fails with some of the rows that violate a new rule. Rows without a value violate none.
    async fn refuse_duplicates(&mut self, index: &Index, unique: &Unique) -> Result<(), StoreError> {
        let model = self.model;
        let table = model.schema.tables.iter().flatten().find(|table| table.name == index.table);
        let columns: Vec<&Column> = index
            .columns
            .iter()
            .filter_map(|(name, _)| table?.columns.iter().find(|column| column.name == *name))
            .collect();
        let id = Expr::col(Alias::new(ID));
        let mut select = Query::select();
        select.expr(id.clone().count()).expr(id.clone().min()).expr(id.clone().max()).from(Alias::new(&index.table));
        for column in &columns {
            let value = Expr::col(Alias::new(&column.name));
            select.expr(value.clone()).and_where(value.clone().is_not_null()).add_group_by([value]);
        }
        select.and_having(id.clone().count().gt(1)).order_by_expr(id.min(), Order::Asc);
        select.limit(limits::DUPLICATES_LISTED_MAX);
        let read = &mut |row: crate::database::RawRow<'_>| {
            let (count, least, greatest) = (row.number(0)?, row.number(1)?, row.number(2)?);
            let mut values = Vec::new();
            for (position, column) in columns.iter().enumerate() {
                let value = match column.kind {
                    Kind::Hash => Value::Empty,
                    kind => row.value(3 + position, kind)?,
                };
                values.push(format!("{} = {}", column.name, shown(&value)));
            }
            Ok(format!("{} ({count} objects, from {least} to {greatest})", values.join(", ")))
        };
        let examples = self.fetch(&Statement::once(model.flavor.statement(&select)), read).await?;
        if examples.is_empty() {
            return Ok(());
        }
        Err(StoreError::Duplicates { entity: unique.entity.clone(), members: unique.members.clone(), examples })
    }
}

/// Whether an index, by its definition in the ledger, is one of a table.
fn is_over(definition: &str, table: &str) -> bool {
    let rest = definition.strip_prefix("unique ").unwrap_or(definition);
    rest.strip_prefix(table).is_some_and(|rest| rest.starts_with(" ("))
}

fn shown(value: &Value) -> String {
    use Value as V;
    match value {
        V::Text(text) | V::Enumeration(text) => format!("{text:?}"),
        V::Integer(number) | V::DateTime(number) => number.to_string(),
        V::Decimal(number) => number.to_string(),
        V::Boolean(truth) => truth.to_string(),
        _ => "…".to_owned(),
    }
}
