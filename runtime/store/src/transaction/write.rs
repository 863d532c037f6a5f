//! Writing: objects, references and numbers.
//!
//! A call first turns everything into statements, so that a value that cannot be stored is refused before anything is
//! written; then it runs them. Objects of one entity, or with the same changed members, share statements.

use std::collections::{BTreeMap, HashSet};

use brooklet_model::{AssociationId, AttributeRef, EntityId};
use brooklet_values::ObjectId;
use sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};

use super::Transaction;
use super::statements::{changes, clear, deletes, inserts, updates};
use crate::{
    ChangedRow, Link, NewRow, StoreError,
    database::Statement,
    limits,
    schema::{FROM_ID, Place, TO_ID},
};

impl Transaction {
    /// Draws numbers for an AutoNumber attribute, ascending. A rollback leaves a gap.
    pub async fn draw_numbers(&mut self, attribute: AttributeRef, count: usize) -> Result<Vec<i64>, StoreError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let Some(sequence) = self.model().schema.sequence(attribute).map(|sequence| sequence.name.clone()) else {
            let attribute = &self.model().manifest.attribute(attribute).name;
            return Err(StoreError::Model(format!("{attribute} is no stored AutoNumber")));
        };
        let flavor = self.model().flavor;
        let statement = self.model().statement(flavor.draw(&sequence, count as i64), 1);
        if !flavor.has_sequences() {
            self.start().await?;
        }
        let drawn = self.fetch(&statement, &mut |row| row.number(0)).await?;
        match drawn.as_slice() {
            // A bookkeeping table answers the number after the last.
            [next] if !flavor.has_sequences() => Ok((next - count as i64..*next).collect()),
            numbers if numbers.len() == count => Ok(drawn),
            _ => Err(StoreError::Data(format!("the sequence {sequence} is missing; migrate first"))),
        }
    }

    /// Writes new objects.
    pub async fn insert(&mut self, rows: &[NewRow]) -> Result<(), StoreError> {
        let mut by_entity: BTreeMap<EntityId, Vec<&NewRow>> = BTreeMap::new();
        for row in rows {
            by_entity.entry(row.entity).or_default().push(row);
        }
        let mut statements = Vec::new();
        for (entity, rows) in by_entity {
            for table in self.model().tables(entity)? {
                statements.extend(inserts(self.model(), table, entity, &rows)?);
            }
        }
        self.run(&statements).await
    }

    /// Writes what changed in objects. Answers the ids of those that do not exist any more.
    pub async fn update(&mut self, rows: &[ChangedRow]) -> Result<Vec<ObjectId>, StoreError> {
        let mut missing: HashSet<i64> = HashSet::new();
        let mut statements = Vec::new();
        for ((owner, columns), rows) in changes(self.model(), rows)? {
            missing.extend(rows.iter().map(|(id, _)| *id));
            statements.extend(updates(self.model(), owner, &columns, rows)?);
        }
        let mut found = HashSet::new();
        for statement in &statements {
            self.start().await?;
            found.extend(self.fetch(statement, &mut |row| row.number(0)).await?);
        }
        let mut missing: Vec<_> = missing.difference(&found).copied().map(ObjectId).collect();
        missing.sort_unstable();
        Ok(missing)
    }

    /// Deletes objects, given with their concrete entities; references to them and their reference sets are cleared.
    /// Answers how many existed.
    pub async fn delete(&mut self, objects: &[(EntityId, ObjectId)]) -> Result<u64, StoreError> {
        let mut by_entity: BTreeMap<EntityId, Vec<ObjectId>> = BTreeMap::new();
        for (entity, id) in objects {
            by_entity.entry(*entity).or_default().push(*id);
        }
        let mut deleted = 0;
        for (entity, ids) in by_entity {
            for ids in ids.chunks(limits::IDS_PER_STATEMENT_MAX) {
                let mut of_root = 0;
                for statement in deletes(self.model(), entity, ids)? {
                    // The most general table comes last; its foreign keys clear the references.
                    of_root = self.execute(&statement).await?;
                }
                deleted += of_root;
            }
        }
        Ok(deleted)
    }

    /// Adds pairs to a reference set; those that are there already are left alone.
    pub async fn link(&mut self, association: AssociationId, links: &[Link]) -> Result<(), StoreError> {
        let table = self.pairs(association)?;
        let columns = || [Alias::new(FROM_ID), Alias::new(TO_ID)];
        let mut statements = Vec::new();
        for links in links.chunks(limits::ROWS_PER_STATEMENT_MAX) {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(&table)).columns(columns());
            for link in links {
                insert.values_panic([link.from.0.into(), link.to.0.into()]);
            }
            insert.on_conflict(OnConflict::columns(columns()).do_nothing().to_owned());
            statements.push(self.model().statement(self.model().flavor.statement(&insert), links.len()));
        }
        self.run(&statements).await
    }

    /// Removes pairs from a reference set.
    pub async fn unlink(&mut self, association: AssociationId, links: &[Link]) -> Result<(), StoreError> {
        let table = self.pairs(association)?;
        let mut statements = Vec::new();
        for links in links.chunks(limits::ROWS_PER_STATEMENT_MAX) {
            let pair = Expr::tuple([Expr::col(Alias::new(FROM_ID)), Expr::col(Alias::new(TO_ID))]);
            let pairs = links.iter().map(|link| (link.from.0, link.to.0));
            let delete = Query::delete().from_table(Alias::new(&table)).and_where(pair.in_tuples(pairs)).take();
            statements.push(self.model().statement(self.model().flavor.statement(&delete), links.len()));
        }
        self.run(&statements).await
    }

    /// Removes all pairs of an association (a reference or a set) whose TO objects are given.
    pub async fn clear_references(&mut self, association: AssociationId, to: &[ObjectId]) -> Result<(), StoreError> {
        let mut statements = Vec::new();
        for ids in to.chunks(limits::IDS_PER_STATEMENT_MAX) {
            statements.push(clear(self.model(), association, ids)?);
        }
        self.run(&statements).await
    }

    async fn run(&mut self, statements: &[Statement]) -> Result<(), StoreError> {
        for statement in statements {
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// The table of a reference set.
    fn pairs(&self, association: AssociationId) -> Result<String, StoreError> {
        match self.model().schema.place(association) {
            Some(Place::Pairs { table, .. }) => Ok(table.clone()),
            _ => {
                let name = &self.model().manifest.association(association).name;
                Err(StoreError::Model(format!("{name} is no stored reference set")))
            }
        }
    }
}
