//! Entities that got, lost or changed their generalization.

use std::collections::BTreeSet;

use brooklet_model::EntityId;
use sea_query::{Alias, Expr, ExprTrait, Query};

use super::{
    columns::{add, definition, drop},
    ledger::{column_item, table_definition, table_item},
    planner::{Draft, Planner, col, ids_of},
};
use crate::{
    StoreError,
    kind::Kind,
    schema::{DISCRIMINATOR, ID, Table},
};

impl Planner<'_> {
    /// Gives each existing object a row in the table of each of its generalizations, and each most general table its
    /// discriminator.
    pub(super) async fn fit_lineages(&mut self) -> Result<(), StoreError> {
        let tables: Vec<_> = self.model.schema.tables.clone();
        for (index, table) in tables.iter().enumerate() {
            let (entity, Some(table)) = (EntityId(index as u32), table) else { continue };
            let (item, wanted) = (table_item(&table.name), table_definition(&self.model.schema, table));
            if self.ledger.get(&item) == Some(wanted.as_str()) {
                continue;
            }
            let sentence = format!("{} has another generalization now", table.entity);
            let before = self.ancestors_before(&table.name);
            let mut draft =
                Draft::new(format!("lineage {}", table.name), sentence).rows(self.count(&table.name).await?);
            draft = draft.entries([self.set(item, wanted)]);
            if table.parent.is_none() {
                draft = self.add_discriminator(draft, entity, table);
            }
            let ancestors: Vec<_> = self.model.manifest.lineage(entity).skip(1).collect();
            let mut catch_up = Vec::new();
            for ancestor in ancestors.into_iter().rev() {
                let Some(general) = self.model.schema.table(ancestor) else { continue };
                let sql = self.general_rows(general, table)?;
                catch_up.push(sql.clone());
                draft = draft.sql([sql]);
                if !before.contains(&general.name) {
                    let delete = Query::delete()
                        .from_table(Alias::new(&general.name))
                        .and_where(col(ID).in_subquery(ids_of(&table.name)))
                        .take();
                    draft = draft.undo([self.flavor().text(&delete)]);
                }
            }
            self.breaking.push(format!(
                "{0}: the new version sees objects that the old one creates meanwhile after the old one has retired; \
                 the old one takes specializations of {0} that the new one creates for {0} itself",
                table.entity
            ));
            self.step(draft);
            if !self.task.is_alone && !catch_up.is_empty() {
                let sentence = format!("brought over the objects of {} that the old version has created", table.entity);
                self.later(Draft::new(format!("lineage {}", table.name), sentence).sql(catch_up).for_ever());
            }
        }
        Ok(())
    }

    /// The tables of the generalizations that a table had.
    fn ancestors_before(&self, table: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut at = table.to_owned();
        while let Some(parent) = self.ledger.get(&table_item(&at)).filter(|parent| !parent.is_empty()) {
            at = parent.to_owned();
            if !found.insert(at.clone()) {
                break;
            }
        }
        found
    }

    /// The table is that of a most general entity now: its rows learn which entity they are of.
    fn add_discriminator(&self, mut draft: Draft, entity: EntityId, table: &Table) -> Draft {
        let (flavor, model) = (self.flavor(), &self.model);
        let item = column_item(&table.name, DISCRIMINATOR);
        if !self.ledger.has(&item) {
            draft = draft
                .sql([add(flavor, &table.name, definition(flavor, DISCRIMINATOR, Kind::Text, None))])
                .undo([drop(flavor, &table.name, DISCRIMINATOR)])
                .entries([self.set(item, "text")]);
        }
        // Specializations come after what they specialize when sorted by how many generalizations they have.
        let mut entities: Vec<_> = model.manifest.specializations(entity).collect();
        entities.sort_by_key(|at| model.manifest.lineage(*at).count());
        for special in entities.into_iter().filter_map(|at| model.schema.table(at)) {
            let update = Query::update()
                .table(Alias::new(&table.name))
                .value(Alias::new(DISCRIMINATOR), special.discriminator.as_str())
                .and_where(col(ID).in_subquery(ids_of(&special.name)))
                .take();
            draft = draft.sql([flavor.text(&update)]);
        }
        draft
    }

    /// Adds rows to a general table for the objects of a special one that have none there.
    fn general_rows(&self, general: &Table, special: &Table) -> Result<String, StoreError> {
        let mut columns = vec![Alias::new(ID)];
        let mut values = Query::select();
        values.column(Alias::new(ID));
        if general.parent.is_none() {
            columns.push(Alias::new(DISCRIMINATOR));
            // A table that was a most general one until now knows more special entities by itself.
            let own_name = Expr::val(special.discriminator.as_str()).cast_as("text");
            if self.ledger.has(&column_item(&special.name, DISCRIMINATOR)) {
                values.expr(col(DISCRIMINATOR).if_null(own_name));
            } else {
                values.expr(own_name);
            }
        }
        for column in &general.columns {
            let Some(value) = self.default_value(general, column)? else { continue };
            columns.push(Alias::new(&column.name));
            values.expr(Expr::Value(value));
        }
        values.from(Alias::new(&special.name)).and_where(col(ID).not_in_subquery(ids_of(&general.name)));
        let mut insert = Query::insert();
        insert.into_table(Alias::new(&general.name)).columns(columns);
        insert.select_from(values).map_err(|error| StoreError::Model(error.to_string()))?;
        Ok(self.flavor().text(&insert))
    }
}
