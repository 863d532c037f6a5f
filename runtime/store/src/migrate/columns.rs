//! Attributes that are new, or whose values are of another kind now.

use brooklet_model::{AttributeRef, AttributeType, DefaultValue};
use brooklet_values::Value;
use sea_query::{Alias, ColumnDef, Expr, ExprTrait, Query, Table as Sql};

use super::{
    convert::{Target, convert, is_lossless, renamed},
    ledger::{column_definition, column_item, equal_item, sequence_item, trigger_item},
    planner::{Draft, Planner, col, ids_of, trigger_name},
};
use crate::{
    StoreError,
    compile::literal,
    dialect::{Equal, Flavor},
    kind::Kind,
    schema::{self, Column, ID, Member, Table},
};

/// A column as CREATE and ALTER TABLE take it.
pub(super) fn definition(flavor: Flavor, name: &str, kind: Kind, refers_to: Option<&str>) -> ColumnDef {
    let (kind, extra) = flavor.column_type(kind);
    let mut column = ColumnDef::new_with_type(Alias::new(name), kind);
    match (extra, refers_to) {
        (Some(extra), _) => column.extra(extra),
        // Checked at the end of the transaction: new objects may refer to one another in any order.
        (None, Some(table)) => {
            column.extra(format!("REFERENCES \"{table}\" (\"{ID}\") ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"))
        }
        (None, None) => &mut column,
    };
    column.take()
}

/// What adds a column to a table, and what drops it.
pub(super) fn add(flavor: Flavor, table: &str, column: ColumnDef) -> String {
    flavor.definition(Sql::alter().table(Alias::new(table)).add_column(column))
}

pub(super) fn drop(flavor: Flavor, table: &str, column: &str) -> String {
    flavor.definition(Sql::alter().table(Alias::new(table)).drop_column(Alias::new(column)))
}

impl Planner<'_> {
    /// A column with its default value, which also rows get that a version writes which does not know the column.
    pub(super) fn attribute_definition(&self, table: &Table, column: &Column) -> Result<ColumnDef, StoreError> {
        let mut definition = definition(self.flavor(), &column.name, column.kind, None);
        if let Some(value) = self.default_value(table, column)? {
            definition.default(Expr::Value(value));
        }
        Ok(definition)
    }

    /// The value of a new attribute in objects that exist already.
    pub(super) fn default_value(&self, table: &Table, column: &Column) -> Result<Option<sea_query::Value>, StoreError> {
        let value = match &column.default {
            None => None,
            Some(DefaultValue::CurrentDateTime) => Some(Value::DateTime(self.task.now_ms)),
            Some(default) => literal(default).map_err(StoreError::Model)?,
        };
        let Some(value) = value else { return Ok(None) };
        let value = column.kind.store(self.flavor().dialect, &value);
        let refused =
            |reason| StoreError::Model(format!("{}.{}: the default value: {reason}", table.entity, column.name));
        value.map(Some).map_err(refused)
    }

    /// Adds the attributes that tables lack.
    pub(super) async fn add_attributes(&mut self) -> Result<(), StoreError> {
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in &tables {
            for column in table.columns.iter() {
                let Member::Attribute(at) = column.member else { continue };
                if self.ledger.has(&column_item(&table.name, &column.name)) {
                    self.move_again(table, column).await?;
                    continue;
                }
                let source = self.choice.converted.get(&(table.name.clone(), column.name.clone())).cloned();
                match source {
                    Some(source) => self.convert_attribute(table, column, at, &source).await?,
                    None if self.is_auto_number(at) => self.add_numbers(table, column, at).await?,
                    None => self.add_attribute(table, column).await?,
                }
            }
        }
        Ok(())
    }

    fn is_auto_number(&self, at: AttributeRef) -> bool {
        self.model.manifest.attribute(at).kind == AttributeType::AutoNumber
    }

    /// The database fills existing rows by itself, without writing them.
    async fn add_attribute(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        let member = self.member(column);
        let definition = self.attribute_definition(table, column)?;
        let moved = self.moved(table, column);
        let is_filled = column.default.is_some() || !moved.is_empty();
        let filled = if is_filled { self.count(&table.name).await? } else { 0 };
        let draft = self.column_draft(table, column, format!("added {member}"), definition).rows(filled).sql(moved);
        self.step(draft);
        Ok(())
    }

    /// Brings an attribute's former place up to date that has come back to it.
    async fn move_again(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        let moved = self.moved(table, column);
        if moved.is_empty() {
            return Ok(());
        }
        let sentence = format!("brought over the values of {}", self.member(column));
        let draft = Draft::new(format!("move {} {}", table.name, column.name), sentence).sql(moved);
        let draft = draft.rows(self.count(&table.name).await?);
        self.step(draft);
        Ok(())
    }

    /// What takes the values of an attribute from the more general or more special tables that held them.
    fn moved(&mut self, table: &Table, column: &Column) -> Vec<String> {
        let place = (table.name.clone(), column.name.clone());
        let sources = self.choice.moved.get(&place).cloned().unwrap_or_default();
        if !sources.is_empty() {
            let member = self.member(column);
            self.breaking.push(format!(
                "{member}: it has moved within its hierarchy; while both versions serve, neither sees what the other writes"
            ));
        }
        let take = |(source, from): &(String, String)| {
            let of_source = |name: &str| Expr::col((Alias::new(source), Alias::new(name)));
            let of_table = || Expr::col((Alias::new(&table.name), Alias::new(ID)));
            let value = Query::select()
                .expr(of_source(from))
                .from(Alias::new(source))
                .and_where(of_source(ID).eq(of_table()))
                .take();
            let update = Query::update()
                .table(Alias::new(&table.name))
                .value(Alias::new(&column.name), Expr::SubQuery(None, Box::new(value.into())))
                .and_where(of_table().in_subquery(ids_of(source)))
                .take();
            self.flavor().text(&update)
        };
        sources.iter().map(take).collect()
    }

    fn column_draft(&self, table: &Table, column: &Column, sentence: String, definition: ColumnDef) -> Draft {
        let (flavor, item) = (self.flavor(), column_item(&table.name, &column.name));
        Draft::new(item.clone(), sentence)
            .sql([add(flavor, &table.name, definition)])
            .undo([drop(flavor, &table.name, &column.name)])
            .loses(format!("what the new version has written to {}", self.member(column)))
            .entries([self.set(item, column_definition(column))])
    }

    /// A second column beside the one with the values in another kind.
    async fn convert_attribute(
        &mut self,
        table: &Table,
        column: &Column,
        at: AttributeRef,
        source: &str,
    ) -> Result<(), StoreError> {
        let (flavor, member) = (self.flavor(), self.member(column));
        let code = self.ledger.get(&column_item(&table.name, source)).unwrap_or_default().to_owned();
        let keys = self.renamed_keys(table, column).to_vec();
        let to = self.target(table, column, at);
        let from = Target::of_code(&code)
            .map(|from| from.renaming(keys.iter().map(|(before, after)| (after.clone(), before.clone()))));
        let sentence = match keys.as_slice() {
            [] => format!("converted {member} from {code} to {}", column.kind.code()),
            keys => renamed_sentence(&member, keys),
        };
        let convertible = from.as_ref().filter(|from| convert(flavor, from.kind, &to, col(source)).is_some());
        self.refuse_unconvertible(table, source, &member, from.as_ref(), &to).await?;
        let Some(from) = convertible else {
            // No value stands in the way: it begins anew.
            self.breaking.push(format!(
                "{member}: neither version sees what the other writes, {code} and {} have nothing in common",
                column.kind.code()
            ));
            return self.add_attribute(table, column).await;
        };
        let bare = definition(flavor, &column.name, column.kind, None);
        let draft = self.column_draft(table, column, sentence.clone(), bare);
        self.step(draft);
        let default = match column.kind {
            Kind::Boolean => self.default_value(table, column)?,
            _ => None,
        };
        let forward = |value: Expr| {
            let converted = convert(flavor, from.kind, &to, value).unwrap_or_else(Expr::null);
            match &default {
                Some(default) => converted.if_null(Expr::Value(default.clone())),
                None => converted,
            }
        };
        let backward = |value: Expr| convert(flavor, to.kind, from, value).unwrap_or_else(Expr::null);
        if !self.task.is_alone {
            let rule =
                Equal { table: &table.name, old: source, new: &column.name, forward: &forward, backward: &backward };
            let name = trigger_name(&[&table.name, source, &column.name]);
            let equal = equal_item(&table.name, source, &column.name);
            let sentence = format!("both versions see what the other writes to {member}");
            let draft = Draft::new(equal.clone(), sentence).entries([self.set(equal, "")]);
            let draft = self.trigger(draft, &name, &[&table.name], flavor.keep_equal(&name, &rule));
            self.step(draft);
            if !is_lossless(to.kind, from.kind) {
                let code = from.kind.code();
                self.breaking.push(format!(
                    "{member}: the old version finds it empty where the new one writes what is no {code}"
                ));
            }
            if from.kind == Kind::Boolean {
                self.breaking.push(format!("{member}: what the new version creates empty becomes false meanwhile"));
            }
            if !is_lossless(from.kind, to.kind) {
                let code = to.kind.code();
                self.breaking.push(format!(
                    "{member}: the new version finds it empty where the old one writes what is no {code}"
                ));
            }
        }
        let mut update = Query::update();
        update.table(Alias::new(&table.name)).value(Alias::new(&column.name), forward(col(source)));
        update.and_where(if default.is_some() { col(&column.name).is_null() } else { col(source).is_not_null() });
        let rows = self.count(&table.name).await?;
        let draft = Draft::new(
            format!("fill {} {}", table.name, column.name),
            if keys.is_empty() {
                format!("filled {member} from its {code} values")
            } else {
                format!("filled {member}")
            },
        )
        .sql([flavor.text(&update)])
        .batches(&table.name)
        .rows(rows);
        self.step(draft);
        Ok(())
    }

    /// Gives keys the names that they have now, where no other version serves that knows them by their former ones.
    pub(super) async fn rename_keys(&mut self) -> Result<(), StoreError> {
        if !self.task.is_alone || self.model.manifest.former.keys.is_empty() {
            return Ok(());
        }
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in &tables {
            for column in &table.columns {
                let Member::Attribute(at) = column.member else { continue };
                let keys = self.former_keys(at);
                if keys.is_empty() || !self.before.has(&column_item(&table.name, &column.name)) {
                    continue;
                }
                let has_former = col(&column.name).is_in(keys.iter().map(|(before, _)| before.as_str()));
                let count = Query::select()
                    .expr(col(ID).count())
                    .from(Alias::new(&table.name))
                    .and_where(has_former.clone())
                    .take();
                if self.number(&count).await? == 0 {
                    continue;
                }
                let update = Query::update()
                    .table(Alias::new(&table.name))
                    .value(Alias::new(&column.name), renamed(&keys, col(&column.name)))
                    .and_where(has_former)
                    .take();
                let sentence = renamed_sentence(&self.member(column), &keys);
                let draft = Draft::new(format!("keys {} {}", table.name, column.name), sentence);
                self.step(draft.sql([self.flavor().text(&update)]).for_ever());
            }
        }
        Ok(())
    }

    /// Former keys of an attribute's enumeration, with the present ones.
    fn former_keys(&self, at: AttributeRef) -> Vec<(String, String)> {
        let manifest = &self.model.manifest;
        let AttributeType::Enumeration(id) = manifest.attribute(at).kind else { return Vec::new() };
        let enumeration = manifest.enumeration(id);
        let of_key = |key: &String| {
            let names = manifest.former.keys.get(&format!("{}.{key}", enumeration.name));
            names.into_iter().flatten().map(|before| (before.clone(), key.clone())).collect::<Vec<_>>()
        };
        enumeration.values.iter().flat_map(|value| of_key(&value.key)).collect()
    }

    /// What values of an attribute become.
    pub(super) fn target(&self, table: &Table, column: &Column, at: AttributeRef) -> Target {
        let manifest = &self.model.manifest;
        Target::attribute(manifest, &manifest.attribute(at).kind)
            .renaming(self.renamed_keys(table, column).iter().cloned())
    }

    /// Keys that are called otherwise in a new column: before and after.
    fn renamed_keys(&self, table: &Table, column: &Column) -> &[(String, String)] {
        self.choice.keys.get(&(table.name.clone(), column.name.clone())).map_or(&[], Vec::as_slice)
    }

    /// Goes on numbering the objects for the version before, where the version to come has no such attribute any more.
    pub(super) fn keep_numbers(&mut self) -> Result<(), StoreError> {
        let Some((manifest, naming)) = self.task.from else { return Ok(()) };
        let before = schema::build(manifest, naming)?;
        for sequence in &before.sequences {
            let at = sequence.attribute;
            let (Some(table), Some(column)) = (before.table(at.entity), before.attribute(at)) else { continue };
            let is_written = self
                .table_named(&table.name)
                .is_none_or(|table| table.columns.iter().any(|known| known.name == column.name));
            if is_written || !self.ledger.has(&sequence_item(&sequence.name)) {
                continue;
            }
            let name = trigger_name(&[&table.name, &column.name]);
            // An expansion before this one may have left it: whoever goes back at once needs it still.
            if self.ledger.has(&trigger_item(&name)) {
                continue;
            }
            let sql = self.flavor().keep_numbered(&name, &table.name, &column.name, &sequence.name);
            let member = format!("{}.{}", manifest.entity(at.entity).name, manifest.attribute(at).name);
            let draft =
                Draft::new(format!("number {}", sequence.name), format!("the old version goes on with {member}"));
            let draft = self.trigger(draft, &name, &[&table.name], sql);
            self.step(draft);
        }
        Ok(())
    }

    /// Numbers existing objects in the order of their ids: each by how many come before it. Nobody adds objects meanwhile.
    async fn add_numbers(&mut self, table: &Table, column: &Column, at: AttributeRef) -> Result<(), StoreError> {
        let Some(sequence) = self.model.schema.sequence(at).cloned() else { return Ok(()) };
        let (flavor, member) = (self.flavor(), self.member(column));
        let (name, number, new) = (Alias::new(&table.name), Alias::new("number"), Alias::new("numbered"));
        let numbered = Query::select()
            .column(Alias::new(ID))
            .expr_as(
                Expr::cust(format!("row_number() OVER (ORDER BY \"{ID}\") + {} - 1", sequence.start)),
                number.clone(),
            )
            .from(name.clone())
            .take();
        let update = Query::update()
            .table(name.clone())
            .value(Alias::new(&column.name), Expr::col((new.clone(), number)))
            .from(sea_query::TableRef::SubQuery(Box::new(numbered), new.clone().into()))
            .and_where(Expr::col((name, Alias::new(ID))).eq(Expr::col((new, Alias::new(ID)))))
            .take();
        let bare = definition(flavor, &column.name, column.kind, None);
        let rows = self.count(&table.name).await?;
        let draft = self
            .column_draft(table, column, format!("added {member} and numbered the objects"), bare)
            .rows(rows)
            .sql([flavor.text(&update)])
            .sql(flavor.create_sequence_after(&sequence.name, sequence.start, &table.name, &column.name))
            .undo([flavor.drop_sequence(&sequence.name)])
            .entries([self.set(sequence_item(&sequence.name), "")]);
        let trigger = trigger_name(&[&table.name, &column.name]);
        let sql = flavor.keep_numbered(&trigger, &table.name, &column.name, &sequence.name);
        let draft = self.trigger(draft, &trigger, &[&table.name], sql);
        self.step(draft);
        Ok(())
    }
}

fn renamed_sentence(member: &str, keys: &[(String, String)]) -> String {
    let keys: Vec<_> = keys.iter().map(|(before, after)| format!("{before} is {after}")).collect();
    format!("renamed keys of {member}: {}", keys.join(", "))
}
