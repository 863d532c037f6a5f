//! Tables of entities and of reference sets, references, and sequences.

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, Index as SqlIndex, Query, Table as Sql};

use super::{
    Migrator,
    columns::definition,
    ledger::{column_definition, column_item, pairs_item, sequence_item, table_definition, table_item},
};
use crate::{
    StoreError,
    database::Statement,
    kind::Kind,
    schema::{Column, DISCRIMINATOR, FROM_ID, ID, Member, Place, Sequence, TO_ID, Table},
};

impl Migrator<'_> {
    /// Creates the tables that are missing, with all columns but references: their tables may not be there yet.
    pub(super) fn create_tables(&mut self) {
        let (model, flavor) = (self.model, self.model.flavor);
        for table in model.schema.tables.iter().flatten() {
            if self.ledger.get(&table_item(&table.name)).is_some() {
                continue;
            }
            let mut create = Sql::create();
            create
                .table(Alias::new(&table.name))
                .col(ColumnDef::new(Alias::new(ID)).big_integer().not_null().primary_key());
            if table.parent.is_none() {
                create.col(definition(flavor, DISCRIMINATOR, Kind::Text, None));
                self.ledger.set(column_item(&table.name, DISCRIMINATOR), "text".to_owned());
            }
            for column in table.columns.iter().filter(|column| column.refers_to.is_none()) {
                create.col(definition(flavor, &column.name, column.kind, None));
                self.ledger.set(column_item(&table.name, &column.name), column_definition(column));
            }
            self.define(&create);
            self.ledger.set(table_item(&table.name), table_definition(&model.schema, table));
            self.report(format!("created the table of {}", table.entity));
        }
    }

    /// Adds the references that tables lack. One whose end has moved to another table keeps what is valid there.
    pub(super) async fn add_references(&mut self) -> Result<(), StoreError> {
        for table in self.model.schema.tables.iter().flatten() {
            for column in table.columns.iter() {
                if let Some(refers_to) = &column.refers_to {
                    self.fit_reference(table, column, refers_to).await?;
                }
            }
        }
        Ok(())
    }

    async fn fit_reference(&mut self, table: &Table, column: &Column, refers_to: &str) -> Result<(), StoreError> {
        let item = column_item(&table.name, &column.name);
        let applied = self.ledger.get(&item).map(str::to_owned);
        match applied.as_deref() {
            Some(applied) if applied == column_definition(column) => Ok(()),
            Some(_) => {
                let old = self.put_aside(table, column);
                self.add_column(table, column);
                self.report(format!("{}: {} refers to {refers_to} now", table.entity, column.name));
                let (old, ids) = (Expr::col(Alias::new(&old)), ids_of(refers_to));
                let kept = Expr::case(old.clone().in_subquery(ids), old).finally(Expr::null());
                self.fill(table, column, kept.into()).await
            }
            None => {
                self.add_column(table, column);
                self.report(format!("added {} to {}", self.member_name(column), table.entity));
                if self.ledger.get(&pairs_item(&column.name)).is_some() {
                    self.fill_from_pairs(table, column).await?;
                }
                Ok(())
            }
        }
    }

    fn member_name(&self, column: &Column) -> String {
        match column.member {
            Member::Reference(association) => self.model.manifest.association(association).name.clone(),
            Member::Attribute(at) => self.model.manifest.attribute(at).name.clone(),
        }
    }

    /// A reference set has become a reference: objects that referred to exactly one object still do.
    async fn fill_from_pairs(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        let pair = Alias::new("pair");
        let only = Query::select()
            .expr(Expr::col((pair.clone(), Alias::new(TO_ID))).min())
            .from_as(Alias::new(&column.name), pair.clone())
            .and_where(
                Expr::col((pair.clone(), Alias::new(FROM_ID))).eq(Expr::col((Alias::new(&table.name), Alias::new(ID)))),
            )
            .and_having(Expr::col((pair, Alias::new(TO_ID))).count().eq(1))
            .take();
        self.report(format!("{}: pairs with one object were carried over, all are kept", self.member_name(column)));
        self.fill(table, column, Expr::SubQuery(None, Box::new(only.into()))).await
    }

    /// Creates the tables of reference sets that are missing.
    pub(super) async fn create_pairs(&mut self) -> Result<(), StoreError> {
        let model = self.model;
        for (index, place) in model.schema.places.iter().enumerate() {
            let Some(Place::Pairs { table, from, to }) = place else { continue };
            let wanted = format!("{from} {to}");
            let applied = self.ledger.get(&pairs_item(table)).map(str::to_owned);
            if applied.as_ref() == Some(&wanted) {
                continue;
            }
            let association = &model.manifest.associations[index];
            let mut source = None;
            if applied.is_some() {
                source = Some((self.put_pairs_aside(table), FROM_ID.to_owned(), TO_ID.to_owned()));
            } else if let Some(owner) = model.schema.table(association.from)
                && self.ledger.get(&column_item(&owner.name, table)).is_some()
            {
                // A reference has become a set.
                source = Some((owner.name.clone(), ID.to_owned(), table.clone()));
            }
            self.create_pairs_table(table, from, to);
            self.ledger.set(pairs_item(table), wanted);
            self.report(format!("created the table of {}", association.name));
            if let Some(source) = source {
                self.fill_pairs(table, from, to, source).await?;
            }
        }
        Ok(())
    }

    fn create_pairs_table(&mut self, table: &str, from: &str, to: &str) {
        let end = |name: &str, refers_to: &str| {
            let references =
                format!("REFERENCES \"{refers_to}\" (\"{ID}\") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED");
            ColumnDef::new(Alias::new(name)).big_integer().not_null().extra(references).take()
        };
        let key = SqlIndex::create().col(Alias::new(FROM_ID)).col(Alias::new(TO_ID)).primary().take();
        let create = Sql::create()
            .table(Alias::new(table))
            .col(end(FROM_ID, from))
            .col(end(TO_ID, to))
            .primary_key(&mut key.clone())
            .take();
        self.define(&create);
    }

    fn put_pairs_aside(&mut self, table: &str) -> String {
        let model = self.model;
        for index in model.schema.indexes.iter().filter(|index| index.table == table) {
            self.drop_index(&index.name);
        }
        let is_free = |name: &String| self.ledger.get(&pairs_item(name)).is_none();
        let trash = (1_u32..).map(|number| format!("{table}$old{number}")).find(is_free).unwrap_or_default();
        self.define(Sql::rename().table(Alias::new(table), Alias::new(&trash)));
        self.ledger.set(pairs_item(&trash), "trash".to_owned());
        trash
    }

    /// Copies pairs of which both ends exist.
    async fn fill_pairs(
        &mut self,
        table: &str,
        from: &str,
        to: &str,
        (source, source_from, source_to): (String, String, String),
    ) -> Result<(), StoreError> {
        let (from_id, to_id) = (Expr::col(Alias::new(source_from)), Expr::col(Alias::new(source_to)));
        let pairs = Query::select()
            .expr(from_id.clone())
            .expr(to_id.clone())
            .from(Alias::new(source))
            .and_where(from_id.in_subquery(ids_of(from)))
            .and_where(to_id.in_subquery(ids_of(to)))
            .take();
        let mut insert = Query::insert();
        insert.into_table(Alias::new(table)).columns([Alias::new(FROM_ID), Alias::new(TO_ID)]);
        insert.select_from(pairs).map_err(|error| StoreError::Model(error.to_string()))?;
        self.execute(&Statement::once(self.model.flavor.statement(&insert))).await?;
        Ok(())
    }

    /// Creates the sequences that are missing; numbers that exist already are not given again.
    pub(super) async fn create_sequences(&mut self) -> Result<(), StoreError> {
        let model = self.model;
        for sequence in &model.schema.sequences {
            if self.ledger.get(&sequence_item(&sequence.name)).is_none() {
                let start = self.next_number(sequence).await?;
                self.definitions.push(model.flavor.create_sequence(&sequence.name, start));
                self.ledger.set(sequence_item(&sequence.name), String::new());
            }
        }
        self.flush().await
    }

    async fn next_number(&mut self, sequence: &Sequence) -> Result<i64, StoreError> {
        let schema = &self.model.schema;
        let (Some(table), Some(column)) =
            (schema.table(sequence.attribute.entity), schema.attribute(sequence.attribute))
        else {
            return Ok(sequence.start);
        };
        let greatest =
            Query::select().expr(Expr::col(Alias::new(&column.name)).max()).from(Alias::new(&table.name)).take();
        let statement = Statement::once(self.model.flavor.statement(&greatest));
        let greatest = self.fetch(&statement, &mut |row| row.integer(0)).await?.pop().flatten();
        Ok(greatest.map_or(sequence.start, |greatest| Ord::max(greatest.saturating_add(1), sequence.start)))
    }
}

fn ids_of(table: &str) -> sea_query::SelectStatement {
    Query::select().column((Alias::new(table), Alias::new(ID))).from(Alias::new(table)).take()
}
