//! Entities that got, lost or changed their generalization.

use brooklet_model::EntityId;
use sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};

use super::{
    Migrator,
    columns::definition,
    ledger::{column_item, table_definition, table_item},
};
use crate::{
    StoreError,
    compile::literal,
    database::Statement,
    kind::Kind,
    schema::{DISCRIMINATOR, ID, Table},
};

impl Migrator<'_> {
    /// Gives each existing object a row in the table of each of its generalizations, and each most general table its
    /// discriminator.
    pub(super) async fn fit_lineages(&mut self) -> Result<(), StoreError> {
        let model = self.model;
        for (index, table) in model.schema.tables.iter().enumerate() {
            let (entity, Some(table)) = (EntityId(index as u32), table) else { continue };
            let wanted = table_definition(&model.schema, table);
            if self.ledger.get(&table_item(&table.name)) == Some(wanted.as_str()) {
                continue;
            }
            self.report(format!("{} has another generalization now", table.entity));
            if table.parent.is_none() {
                self.add_discriminator(entity, table).await?;
            }
            let ancestors: Vec<_> = model.manifest.lineage(entity).skip(1).collect();
            for ancestor in ancestors.into_iter().rev() {
                if let Some(general) = model.schema.table(ancestor) {
                    self.add_general_rows(general, table).await?;
                }
            }
            self.ledger.set(table_item(&table.name), wanted);
        }
        Ok(())
    }

    /// The table is that of a most general entity now: its rows learn which entity they are of.
    async fn add_discriminator(&mut self, entity: EntityId, table: &Table) -> Result<(), StoreError> {
        let model = self.model;
        let item = column_item(&table.name, DISCRIMINATOR);
        if self.ledger.get(&item).is_none() {
            let column = definition(model.flavor, DISCRIMINATOR, Kind::Text, None);
            self.define(sea_query::Table::alter().table(Alias::new(&table.name)).add_column(column));
            self.ledger.set(item, "text".to_owned());
        }
        // Specializations come after what they specialize when sorted by how many generalizations they have.
        let mut entities: Vec<_> = model.manifest.specializations(entity).collect();
        entities.sort_by_key(|at| model.manifest.lineage(*at).count());
        for special in entities.into_iter().filter_map(|at| model.schema.table(at)) {
            let update = Query::update()
                .table(Alias::new(&table.name))
                .value(Alias::new(DISCRIMINATOR), special.entity.as_str())
                .and_where(Expr::col(Alias::new(ID)).in_subquery(ids_of(special)))
                .take();
            self.execute(&Statement::once(model.flavor.statement(&update))).await?;
        }
        Ok(())
    }

    /// Adds rows to a general table for the objects of a special one that have none there.
    async fn add_general_rows(&mut self, general: &Table, special: &Table) -> Result<(), StoreError> {
        let model = self.model;
        let mut columns = vec![Alias::new(ID)];
        let mut values = Query::select();
        values.column(Alias::new(ID));
        if general.parent.is_none() {
            columns.push(Alias::new(DISCRIMINATOR));
            // A table that was a most general one until now knows more special entities by itself.
            let own_name = Expr::val(special.entity.as_str()).cast_as("text");
            if self.ledger.get(&column_item(&special.name, DISCRIMINATOR)).is_some() {
                values.expr(Expr::col(Alias::new(DISCRIMINATOR)).if_null(own_name));
            } else {
                values.expr(own_name);
            }
        }
        for column in &general.columns {
            let Some(default) = &column.default else { continue };
            let Some(value) = literal(default).map_err(StoreError::Model)? else { continue };
            let value = column.kind.store(model.flavor.dialect, &value).map_err(StoreError::Model)?;
            columns.push(Alias::new(&column.name));
            values.expr(Expr::Value(value));
        }
        values.from(Alias::new(&special.name)).and_where(Expr::col(Alias::new(ID)).not_in_subquery(ids_of(general)));
        let mut insert = Query::insert();
        insert.into_table(Alias::new(&general.name)).columns(columns);
        insert.select_from(values).map_err(|error| StoreError::Model(error.to_string()))?;
        self.execute(&Statement::once(model.flavor.statement(&insert))).await?;
        Ok(())
    }
}

fn ids_of(table: &Table) -> SelectStatement {
    Query::select().column((Alias::new(&table.name), Alias::new(ID))).from(Alias::new(&table.name)).take()
}
