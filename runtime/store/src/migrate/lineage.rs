//! Entities that got, lost or changed their generalization.

use brooklet_model::EntityId;
use sea_query::{Alias, Expr, ExprTrait, Query};

use super::{
    columns::{add, definition, drop},
    ledger::{column_item, table_definition, table_item, trigger_item},
    planner::{Draft, Planner, col, ids_of, trigger_name},
};
use crate::{
    StoreError,
    evolution::Refusal,
    kind::Kind,
    schema::{self, Column, DISCRIMINATOR, ID, Sequence, Table},
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
            self.refuse_waiting(entity).await?;
            self.fit_lineage(entity, table, item, wanted).await?;
        }
        Ok(())
    }

    /// Refuses to move an entity in whose table rows wait of those that specialized it before: they would be taken for its own.
    async fn refuse_waiting(&mut self, entity: EntityId) -> Result<(), StoreError> {
        let manifest = self.model.manifest.clone();
        let family = manifest.specializations(entity).filter_map(|at| self.model.schema.table(at));
        let hosts: Vec<Table> = family.filter(|table| !table.strangers.is_empty()).cloned().collect();
        for table in hosts {
            let mut places = std::iter::once(table.name.clone()).chain(self.before.ancestors(&table.name));
            let Some(root) = places.find(|name| self.before.has(&column_item(name, DISCRIMINATOR))) else { continue };
            let waiting = Query::select()
                .expr(Expr::cust("count(*)"))
                .from(Alias::new(&root))
                .and_where(col(DISCRIMINATOR).is_in(table.strangers.iter().map(String::as_str)))
                .and_where(col(ID).in_subquery(ids_of(&table.name)))
                .take();
            let rows = self.number(&waiting).await?;
            if rows > 0 {
                let labels = Vec::from_iter(table.strangers.iter().map(String::as_str)).join(", ");
                self.refusals.push(Refusal {
                    member: table.entity.clone(),
                    reason: format!("rows of what specialized it before ({labels}) wait in its table, and it is moved"),
                    rows,
                    examples: Vec::new(),
                    remedy: "let them specialize it again before it gets another generalization".to_owned(),
                });
            }
        }
        Ok(())
    }

    async fn fit_lineage(
        &mut self,
        entity: EntityId,
        table: &Table,
        item: String,
        wanted: String,
    ) -> Result<(), StoreError> {
        let sentence = format!("{} has another generalization now", table.entity);
        let before = self.ledger.ancestors(&table.name);
        let mut draft = Draft::new(format!("lineage {}", table.name), sentence).rows(self.count(&table.name).await?);
        draft = draft.entries([self.set(item, wanted)]);
        if table.parent.is_none() {
            draft = self.add_discriminator(draft, entity, table);
        }
        let manifest = self.model.manifest.clone();
        let ancestors = manifest.lineage(entity).skip(1);
        let mut ancestors: Vec<Table> = ancestors.filter_map(|at| self.model.schema.table(at).cloned()).collect();
        ancestors.reverse();
        let mut catch_up = self.forget_deleted(entity, &ancestors);
        for general in &ancestors {
            catch_up.push(self.general_rows(general, table)?);
            catch_up.extend(self.number_rows(general, table));
            // Rows that nobody sees wait for their generalization to come back, with what they hold.
            if !before.contains(&general.name) && self.is_seen(general, table)? {
                let delete = Query::delete()
                    .from_table(Alias::new(&general.name))
                    .and_where(col(ID).in_subquery(ids_of(&table.name)))
                    .take();
                draft = draft.undo([self.flavor().text(&delete)]);
                self.say_seen(general, table);
            }
        }
        self.breaking.push(format!(
            "{0}: the new version sees objects that the old one creates meanwhile after the old one has retired; \
             the old one takes specializations of {0} that the new one creates for {0} itself",
            table.entity
        ));
        self.step(draft.sql(catch_up.clone()));
        if !self.task.is_alone && !catch_up.is_empty() {
            let sentence = format!("brought over the objects of {} that the old version has created", table.entity);
            self.later(Draft::new(format!("lineage {}", table.name), sentence).sql(catch_up).for_ever());
        }
        Ok(())
    }

    /// Whether the version before takes rows in a general table for its own that are added for the objects of a special one.
    fn is_seen(&self, general: &Table, special: &Table) -> Result<bool, StoreError> {
        let Some((manifest, naming)) = self.task.from else { return Ok(true) };
        let before = schema::build(manifest, naming)?;
        let known = before.tables.iter().flatten().find(|known| known.name == general.name);
        Ok(known.is_some_and(|known| !known.strangers.contains(&special.discriminator)))
    }

    fn say_seen(&mut self, general: &Table, special: &Table) {
        if !self.created.contains(&general.name) {
            self.breaking.push(format!(
                "{0}: while both versions serve the old one takes the objects of {1} for objects of {0}; \
                 those that it deletes are back, as {1} with the default values of {0}, when it has retired",
                general.entity, special.entity
            ));
        }
    }

    /// Removes the rows in general tables of objects that were deleted where they had no such generalization: an object that
    /// is there has a row in the table of its own entity, whatever the version.
    fn forget_deleted(&self, entity: EntityId, ancestors: &[Table]) -> Vec<String> {
        let [root, rest @ ..] = ancestors else { return Vec::new() };
        let family = self.model.manifest.specializations(entity).filter_map(|at| self.model.schema.table(at));
        let mut deletes = Vec::new();
        for own in family.filter(|own| !self.created.contains(&own.name)) {
            let is_deleted = || {
                let is_of_it = col(DISCRIMINATOR).eq(own.discriminator.as_str());
                is_of_it.and(col(ID).not_in_subquery(ids_of(&own.name)))
            };
            for general in rest {
                let deleted = Query::select().expr(col(ID)).from(Alias::new(&root.name)).and_where(is_deleted()).take();
                let delete = Query::delete()
                    .from_table(Alias::new(&general.name))
                    .and_where(col(ID).in_subquery(deleted))
                    .take();
                deletes.push(self.flavor().text(&delete));
            }
            let delete = Query::delete().from_table(Alias::new(&root.name)).and_where(is_deleted()).take();
            deletes.push(self.flavor().text(&delete));
        }
        deletes
    }

    /// Numbers the rows that were added to a general table for the objects of a special one.
    fn number_rows(&self, general: &Table, special: &Table) -> Vec<String> {
        let of_table = self.model.schema.sequences.iter().filter_map(|sequence| {
            let column = self.model.schema.attribute(sequence.attribute)?;
            general.columns.contains(column).then_some((sequence, column))
        });
        let number = |(sequence, column): (&Sequence, &Column)| {
            self.flavor().number_rest(&sequence.name, &general.name, &column.name, &special.name)
        };
        of_table.flat_map(number).collect()
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
        } else {
            draft = draft.sql(flavor.lock_writers(&[&table.name]));
        }
        // Specializations come after what they specialize when sorted by how many generalizations they have.
        let mut entities: Vec<_> = model.manifest.specializations(entity).collect();
        entities.sort_by_key(|at| model.manifest.lineage(*at).count());
        for special in entities.iter().filter_map(|at| model.schema.table(*at)) {
            let update = Query::update()
                .table(Alias::new(&table.name))
                .value(Alias::new(DISCRIMINATOR), special.discriminator.as_str())
                .and_where(col(ID).in_subquery(ids_of(&special.name)))
                .take();
            draft = draft.sql([flavor.text(&update)]);
        }
        self.keep_discriminated(draft, table, &entities)
    }

    /// Tells rows that a version adds which knows a more general table, what they are of: by then they are in the special
    /// tables.
    fn keep_discriminated(&self, draft: Draft, table: &Table, entities: &[EntityId]) -> Draft {
        let name = trigger_name(&[&table.name, DISCRIMINATOR]);
        if self.ledger.has(&trigger_item(&name)) {
            return draft;
        }
        let special = entities.iter().rev().filter_map(|at| self.model.schema.table(*at));
        let special: Vec<_> = special.filter(|special| special.name != table.name).collect();
        let special: Vec<_> =
            special.iter().map(|special| (special.name.as_str(), special.discriminator.as_str())).collect();
        let sql = self.flavor().keep_discriminated(&name, &table.name, &special, &table.discriminator);
        self.trigger(draft, &name, &[&table.name], sql)
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
