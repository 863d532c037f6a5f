//! Tables of entities and of reference sets, references, and sequences.

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, Index as SqlIndex, Query, Table as Sql};

use super::{
    columns::{add, definition, drop},
    known::{Found, PairsOf, Stored},
    ledger::{
        column_definition, column_item, pairs_definition, pairs_item, parked_item, sequence_item, table_definition,
        table_item, wanted,
    },
    planner::{Draft, Planner, col, ids_of, trigger_name},
};
use crate::{
    StoreError,
    kind::Kind,
    schema::{Column, DISCRIMINATOR, FROM_ID, ID, Place, TO_ID, Table},
};

impl Planner<'_> {
    /// Creates the tables that are missing, with all columns but references: their tables may not be there yet.
    pub(super) fn create_tables(&mut self) -> Result<(), StoreError> {
        let flavor = self.flavor();
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in &tables {
            let item = table_item(&table.name);
            if self.ledger.has(&item) {
                continue;
            }
            let mut create = Sql::create();
            create
                .table(Alias::new(&table.name))
                .col(ColumnDef::new(Alias::new(ID)).big_integer().not_null().primary_key());
            let mut entries = vec![self.set(item.clone(), table_definition(&self.model.schema, table))];
            if table.parent.is_none() {
                create.col(definition(flavor, DISCRIMINATOR, Kind::Text, None));
                entries.push(self.set(column_item(&table.name, DISCRIMINATOR), "text"));
            }
            for column in table.columns.iter().filter(|column| column.refers_to.is_none()) {
                create.col(self.attribute_definition(table, column)?);
                entries.push(self.set(column_item(&table.name, &column.name), column_definition(column)));
            }
            let draft = Draft::new(item, format!("created the table of {}", table.entity))
                .sql([flavor.definition(&create)])
                .sql(self.relabelled(table))
                .undo([flavor.drop_table(&table.name)])
                .loses(format!("the objects of {}", table.entity))
                .entries(entries);
            self.created.insert(table.name.clone());
            self.step(draft);
        }
        Ok(())
    }

    /// Rows of a hierarchy that have the name of an entity that is new in it were those of another entity, whose table is gone: they are
    /// objects of what it specialized.
    fn relabelled(&self, table: &Table) -> Option<String> {
        let schema = &self.model.schema;
        let parent = table.parent?;
        let root = self.model.manifest.root(parent);
        let (parent, root) = (schema.table(parent)?, schema.table(root)?);
        if self.created.contains(&root.name) || !self.ledger.has(&column_item(&root.name, DISCRIMINATOR)) {
            return None;
        }
        let update = Query::update()
            .table(Alias::new(&root.name))
            .value(Alias::new(DISCRIMINATOR), parent.discriminator.as_str())
            .and_where(col(DISCRIMINATOR).eq(table.discriminator.as_str()))
            .take();
        Some(self.flavor().text(&update))
    }

    /// Takes back into use what was parked: a matter of the records alone.
    pub(super) fn bring_back(&mut self) {
        let wanted = wanted(&self.model.schema);
        let parked: Vec<_> = wanted.keys().filter(|item| self.ledger.parked(item).is_some()).collect();
        if parked.is_empty() {
            return;
        }
        let names: Vec<_> = parked.iter().map(|item| item.as_str()).collect();
        let sentence = format!("brought back what was parked: {}", names.join(", "));
        let entries: Vec<_> = parked.iter().map(|item| self.remove(parked_item(item))).collect();
        self.step(Draft::new("bring back", sentence).entries(entries));
    }

    /// Says which associations go on with what they held when their places were left.
    pub(super) fn resume(&mut self) {
        for member in &self.choice.resumed {
            self.breaking.push(format!(
                "{member}: it has what it had when it was between these entities before, and nothing of what was written since"
            ));
        }
    }

    /// Adds the references that tables lack. One whose end has moved to another table keeps what is valid there.
    pub(super) async fn add_references(&mut self) -> Result<(), StoreError> {
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in &tables {
            for column in table.columns.iter() {
                let Some(refers_to) = &column.refers_to else { continue };
                if !self.ledger.has(&column_item(&table.name, &column.name)) {
                    self.add_reference(table, column, refers_to).await?;
                } else if let Some(found) = self.choice.refreshed.get(&column.name).cloned() {
                    self.refresh_reference(table, column, &found).await?;
                }
            }
        }
        Ok(())
    }

    async fn add_reference(&mut self, table: &Table, column: &Column, refers_to: &str) -> Result<(), StoreError> {
        let (flavor, member) = (self.flavor(), self.member(column));
        let item = column_item(&table.name, &column.name);
        let carried = self.choice.carried.get(&column.name).cloned();
        let sentence = match &carried {
            None => format!("added {member} to {}", table.entity),
            Some(found) if found.is_turned => format!(
                "{member} starts at {} now: where one object referred to another it is carried over, turned round",
                table.entity
            ),
            Some(Found { stored: Stored::Column { .. }, .. }) => format!("{member} refers to {refers_to} now"),
            Some(Found { stored: Stored::Pairs { .. }, .. }) => {
                format!("{member} refers to one object now: where there was one it is carried over, all pairs are kept")
            }
        };
        let reference = definition(flavor, &column.name, column.kind, Some(refers_to));
        let mut draft = Draft::new(item.clone(), sentence)
            .sql([add(flavor, &table.name, reference)])
            .undo([drop(flavor, &table.name, &column.name)])
            .loses(format!("what the new version has written to {member}"))
            .entries([self.set(item, column_definition(column))]);
        if let Some(found) = &carried {
            let value = carried_value(table, refers_to, found);
            let update = Query::update().table(Alias::new(&table.name)).value(Alias::new(&column.name), value).take();
            draft = draft.sql([flavor.text(&update)]).rows(self.count(&table.name).await?);
            draft = match &found.stored {
                Stored::Pairs { table: pairs } if !found.is_turned && !found.has_other_end => {
                    self.link(draft, &member, &table.name, &column.name, pairs)
                }
                _ => self.part(draft, &member),
            };
            if found.is_turned && !found.stored.is_pairs() {
                self.breaking
                    .push(format!("{member}: an object to which several have referred refers to none of them"));
            }
        }
        self.step(draft);
        Ok(())
    }

    /// Brings a reference up to date that was a set meanwhile.
    async fn refresh_reference(&mut self, table: &Table, column: &Column, found: &Found) -> Result<(), StoreError> {
        let (flavor, member) = (self.flavor(), self.member(column));
        let update = Query::update()
            .table(Alias::new(&table.name))
            .value(Alias::new(&column.name), only_one(table, &found.pairs()))
            .take();
        let sentence = format!("{member} refers to one object again: where there is one it is carried over");
        let draft = Draft::new(format!("refresh {} {}", table.name, column.name), sentence)
            .sql(flavor.lock_writers(&[&table.name, found.stored.name()]))
            .sql([flavor.text(&update)])
            .rows(self.count(&table.name).await?);
        let draft = self.link(draft, &member, &table.name, &column.name, found.stored.name());
        self.step(draft);
        Ok(())
    }

    /// Keeps a reference equal to a set, if both are between the same tables.
    fn link(&mut self, draft: Draft, member: &str, table: &str, column: &str, pairs: &str) -> Draft {
        self.breaking.push(format!("{member}: where one version has several objects the other has none"));
        let name = trigger_name(&[table, column, pairs]);
        let sql = self.flavor().keep_linked(&name, table, column, pairs);
        self.trigger(draft, &name, &[table, pairs], sql)
    }

    /// Says that nothing keeps the places of an association equal.
    fn part(&mut self, draft: Draft, member: &str) -> Draft {
        self.breaking.push(format!("{member}: while both versions serve, neither sees what the other writes"));
        draft
    }

    /// Creates the tables of reference sets that are missing.
    pub(super) async fn create_pairs(&mut self) -> Result<(), StoreError> {
        let flavor = self.flavor();
        for (index, place) in self.model.schema.places.clone().iter().enumerate() {
            let Some(Place::Pairs { table, from, to }) = place else { continue };
            let item = pairs_item(table);
            let member = self.model.manifest.associations[index].name.clone();
            if self.ledger.has(&item) {
                if let Some(found) = self.choice.refreshed.get(table).cloned() {
                    self.refresh_pairs(&member, table, &found).await?;
                }
                continue;
            }
            let mut draft = Draft::new(item.clone(), format!("created the table of {member}"))
                .sql([self.pairs_table(table, from, to)])
                .undo([flavor.drop_table(table)])
                .loses(format!("what the new version has written to {member}"))
                .entries([self.set(item, pairs_definition(from, to))]);
            if let Some(found) = self.choice.carried.get(table).cloned() {
                let source = found.pairs();
                let rows = self.count(source.table).await?;
                draft = draft.sql([self.copy_pairs(table, (from, to), &source)?]).rows(rows);
                draft = match &found.stored {
                    Stored::Column { table: owner, column } if !found.is_turned && !found.has_other_end => {
                        self.link(draft, &member, owner, column, table)
                    }
                    _ => self.part(draft, &member),
                };
            }
            self.step(draft);
        }
        Ok(())
    }

    /// Brings a set up to date that was a reference meanwhile. What the reference could not say stays.
    async fn refresh_pairs(&mut self, member: &str, pairs: &str, found: &Found) -> Result<(), StoreError> {
        let Stored::Column { table, column } = &found.stored else { return Ok(()) };
        let sentence = format!("{member} refers to several objects again: what the reference says is carried over");
        let draft = Draft::new(format!("refresh {pairs}"), sentence)
            .sql(self.flavor().lock_writers(&[table, pairs]))
            .sql(self.flavor().link_again(table, column, pairs))
            .rows(self.count(table).await?);
        let draft = self.link(draft, member, table, column, pairs);
        self.step(draft);
        Ok(())
    }

    fn pairs_table(&self, table: &str, from: &str, to: &str) -> String {
        let end = |name: &str, refers_to: &str| {
            let references =
                format!("REFERENCES \"{refers_to}\" (\"{ID}\") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED");
            ColumnDef::new(Alias::new(name)).big_integer().not_null().extra(references).take()
        };
        let mut key = SqlIndex::create().col(Alias::new(FROM_ID)).col(Alias::new(TO_ID)).primary().take();
        let mut create = Sql::create();
        create.table(Alias::new(table)).col(end(FROM_ID, from)).col(end(TO_ID, to)).primary_key(&mut key);
        self.flavor().definition(&create)
    }

    /// Copies pairs of which both ends exist.
    fn copy_pairs(&self, table: &str, (from, to): (&str, &str), source: &PairsOf<'_>) -> Result<String, StoreError> {
        let pairs = Query::select()
            .expr(col(source.from))
            .expr(col(source.to))
            .from(Alias::new(source.table))
            .and_where(col(source.from).in_subquery(ids_of(from)))
            .and_where(col(source.to).in_subquery(ids_of(to)))
            .take();
        let mut insert = Query::insert();
        insert.into_table(Alias::new(table)).columns([Alias::new(FROM_ID), Alias::new(TO_ID)]);
        insert.select_from(pairs).map_err(|error| StoreError::Model(error.to_string()))?;
        Ok(self.flavor().text(&insert))
    }

    /// Creates the sequences that are missing; numbers that exist already are not given again.
    pub(super) fn create_sequences(&mut self) {
        let flavor = self.flavor();
        for sequence in self.model.schema.sequences.clone() {
            let item = sequence_item(&sequence.name);
            let schema = &self.model.schema;
            let (Some(table), Some(column)) =
                (schema.table(sequence.attribute.entity), schema.attribute(sequence.attribute))
            else {
                continue;
            };
            if self.ledger.has(&item) {
                continue;
            }
            let member = self.attribute_name(sequence.attribute);
            let draft = Draft::new(item.clone(), format!("created the sequence of {member}"))
                .sql(flavor.create_sequence_after(&sequence.name, sequence.start, &table.name, &column.name))
                .undo([flavor.drop_sequence(&sequence.name)])
                .entries([self.set(item, "")]);
            self.step(draft);
        }
    }
}

/// What a new reference refers to, by where its references were; none where that is not in its table.
fn carried_value(table: &Table, refers_to: &str, found: &Found) -> Expr {
    let value = match &found.stored {
        Stored::Column { table: owner, column } if !found.is_turned && *owner == table.name => col(column),
        _ => only_one(table, &found.pairs()),
    };
    Expr::case(value.clone().in_subquery(ids_of(refers_to)), value).finally(Expr::null()).into()
}

/// The other end of a row's only pair; none where it has several.
fn only_one(table: &Table, pairs: &PairsOf<'_>) -> Expr {
    let pair = Alias::new("pair");
    let of_pair = |name: &str| (pair.clone(), Alias::new(name));
    let only = Query::select()
        .expr(Expr::col(of_pair(pairs.to)).min())
        .from_as(Alias::new(pairs.table), pair.clone())
        .and_where(Expr::col(of_pair(pairs.from)).eq(Expr::col((Alias::new(&table.name), Alias::new(ID)))))
        .and_having(Expr::col(of_pair(pairs.to)).count().eq(1))
        .take();
    Expr::SubQuery(None, Box::new(only.into()))
}
