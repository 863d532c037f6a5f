//! Reading: queries, objects by id, and objects along associations.

use std::str::FromStr;

use brooklet_model::{AssociationId, AttributeRef, EntityId};
use brooklet_values::{Decimal, ObjectId, Value};

use super::Transaction;
use crate::{
    Aggregate, Bindings, CompiledQuery, Link, Range, Row, StoreError,
    compile::{Fill, Fixed, Shape},
    database::{RawRow, Statement},
    kind::Kind,
    limits,
};

impl Transaction {
    /// The objects that a query finds.
    pub async fn retrieve(
        &mut self,
        query: &CompiledQuery,
        bindings: &Bindings<'_>,
        range: Range,
    ) -> Result<Vec<Row>, StoreError> {
        let rows_max = self.store.options().rows_per_query;
        let is_bounded = range.limit > 0 && range.limit <= rows_max as u64;
        // One more than allowed is asked for, to know that there are too many.
        let limit = if is_bounded { range.limit as i64 } else { rows_max as i64 + 1 };
        let offset = i64::try_from(range.offset).unwrap_or(i64::MAX);
        let statement = self.filled(query, Shape::Rows, &Fill { bindings, limit, offset, ids: "" })?;
        let plan = self.plan.clone();
        let layout = plan.model.layout(query.entity()).ok_or_else(|| unstored(&plan, query.entity()))?;
        let rows = self.fetch(&statement, &mut |row| layout.read(row, 0)).await?;
        if rows.len() > rows_max {
            return Err(StoreError::TooManyRows { limit: rows_max });
        }
        Ok(rows)
    }

    /// The ids of the objects that a query finds, ascending: for queries that name the objects they may find.
    pub async fn identities(
        &mut self,
        query: &CompiledQuery,
        bindings: &Bindings<'_>,
    ) -> Result<Vec<ObjectId>, StoreError> {
        let statement = self.filled(query, Shape::Identities, &aggregate_fill(bindings))?;
        self.fetch(&statement, &mut |row| row.number(0).map(ObjectId)).await
    }

    /// How many objects a query finds.
    pub async fn count(&mut self, query: &CompiledQuery, bindings: &Bindings<'_>) -> Result<u64, StoreError> {
        let statement = self.filled(query, Shape::Count, &aggregate_fill(bindings))?;
        let counts = self.fetch(&statement, &mut |row| row.number(0)).await?;
        Ok(counts.first().map_or(0, |count| *count as u64))
    }

    /// An aggregate of an attribute (of the query's entity, inherited ones included) over what a query finds.
    pub async fn aggregate(
        &mut self,
        query: &CompiledQuery,
        bindings: &Bindings<'_>,
        aggregate: Aggregate,
        attribute: AttributeRef,
    ) -> Result<Value, StoreError> {
        let kind = self.model().schema.attribute(attribute).map_or(Kind::Text, |column| column.kind);
        match aggregate {
            Aggregate::Sum | Aggregate::Average => {
                let statement = self.filled(query, Shape::Sum(attribute), &aggregate_fill(bindings))?;
                let read = &mut |row: RawRow<'_>| Ok((row.text(0)?.map(str::to_owned), row.number(1)?));
                match self.fetch(&statement, read).await?.pop() {
                    Some((Some(sum), count)) => total(aggregate, kind, &sum, count),
                    _ => total(aggregate, kind, "0", 0),
                }
            }
            Aggregate::Minimum | Aggregate::Maximum => {
                let shape = Shape::Extreme(aggregate, attribute);
                let statement = self.filled(query, shape, &aggregate_fill(bindings))?;
                let read = &mut |row: RawRow<'_>| match kind {
                    // PostgreSQL has no least truth value: 0 or 1, of 32 bits, stands for it.
                    Kind::Boolean => Ok(row.small(0)?.map_or(Value::Empty, |value| Value::Boolean(value != 0))),
                    kind => row.value(0, kind),
                };
                Ok(self.fetch(&statement, read).await?.pop().unwrap_or_default())
            }
        }
    }

    /// The objects with these ids, by id ascending; missing ones are left out. `entity` is any generalization of theirs.
    pub async fn get(&mut self, entity: EntityId, ids: &[ObjectId]) -> Result<Vec<Row>, StoreError> {
        let plan = self.plan.clone();
        let layout = plan.model.layout(entity).ok_or_else(|| unstored(&plan, entity))?;
        let mut found = Vec::with_capacity(ids.len());
        for statement in self.about(Fixed::Get(entity), ids)? {
            found.extend(self.fetch(&statement, &mut |row| layout.read(row, 0)).await?);
        }
        // Each statement orders its own part.
        found.sort_by_key(|row| row.id);
        found.dedup_by_key(|row| row.id);
        Ok(found)
    }

    /// The objects at the other end of an association, each with the object that it was reached from; by both ids.
    /// `reversed` goes from TO to FROM.
    pub async fn follow(
        &mut self,
        association: AssociationId,
        reversed: bool,
        of: &[ObjectId],
    ) -> Result<Vec<(ObjectId, Row)>, StoreError> {
        let plan = self.plan.clone();
        let ends = plan.model.manifest.association(association);
        let far = if reversed { ends.from } else { ends.to };
        let layout = plan.model.layout(far).ok_or_else(|| unstored(&plan, far))?;
        let rows_max = self.store.options().rows_per_query;
        let mut found = Vec::new();
        for statement in self.about(Fixed::Follow(association, reversed), of)? {
            let read = &mut |row: RawRow<'_>| Ok((ObjectId(row.number(0)?), layout.read(row, 1)?));
            found.extend(self.fetch(&statement, read).await?);
            if found.len() > rows_max {
                return Err(StoreError::TooManyRows { limit: rows_max });
            }
        }
        found.sort_by_key(|(near, row)| (*near, row.id));
        found.dedup_by_key(|(near, row)| (*near, row.id));
        Ok(found)
    }

    /// The pairs of an association whose FROM (`reversed`: TO) objects are given, without the objects themselves; by both
    /// ids.
    pub async fn links(
        &mut self,
        association: AssociationId,
        reversed: bool,
        of: &[ObjectId],
    ) -> Result<Vec<Link>, StoreError> {
        let mut links = Vec::new();
        for statement in self.about(Fixed::Links(association, reversed), of)? {
            let read = &mut |row: RawRow<'_>| Ok(Link { from: ObjectId(row.number(0)?), to: ObjectId(row.number(1)?) });
            links.extend(self.fetch(&statement, read).await?);
        }
        links.sort_unstable();
        links.dedup();
        Ok(links)
    }

    /// Locks objects until the transaction ends, so that nobody else changes, deletes or newly refers to them. Answers
    /// those that exist. On SQLite a transaction that has begun is the only one that writes.
    pub async fn lock(&mut self, entity: EntityId, ids: &[ObjectId]) -> Result<Vec<ObjectId>, StoreError> {
        self.start().await?;
        let mut ids = ids.to_vec();
        // In one order over all statements, so that two who lock do not wait for one another.
        ids.sort_unstable();
        let mut locked = Vec::new();
        for statement in self.about(Fixed::Lock(entity), &ids)? {
            locked.extend(self.fetch(&statement, &mut |row| row.number(0).map(ObjectId)).await?);
        }
        Ok(locked)
    }

    fn filled(&self, query: &CompiledQuery, shape: Shape, fill: &Fill<'_>) -> Result<Statement, StoreError> {
        query.rendered(shape, fill.bindings)?.fill(self.model().flavor, fill)
    }

    /// The statements about some ids, each about as many as one statement takes.
    fn about(&self, fixed: Fixed, ids: &[ObjectId]) -> Result<Vec<Statement>, StoreError> {
        let flavor = self.model().flavor;
        let rendered = self.model().fixed(fixed)?;
        let parts = ids.chunks(limits::IDS_PER_STATEMENT_MAX);
        parts.map(|part| rendered.about(flavor, &flavor.id_list(part.iter().map(|id| id.0)))).collect()
    }
}

fn aggregate_fill<'a>(bindings: &'a Bindings<'a>) -> Fill<'a> {
    Fill { bindings, limit: 0, offset: 0, ids: "" }
}

fn unstored(plan: &crate::Plan, entity: EntityId) -> StoreError {
    StoreError::Model(format!("{} is not stored in the database", plan.manifest().entity(entity).name))
}

/// A sum or an average, from the exact sum and the number of values. Both databases give the same.
fn total(aggregate: Aggregate, kind: Kind, sum: &str, count: i64) -> Result<Value, StoreError> {
    let unfit = |reason: String| StoreError::Value { member: "the aggregate".to_owned(), reason };
    let exact = Decimal::from_str(sum).map_err(|error| unfit(error.to_string()))?;
    match (aggregate, kind) {
        (Aggregate::Average, _) if count == 0 => Ok(Value::Empty),
        (Aggregate::Average, _) => {
            exact.divide(&Decimal::from(count)).map(Value::Decimal).map_err(|error| unfit(error.to_string()))
        }
        (_, Kind::Integer) => {
            exact.to_i64().map(Value::Integer).ok_or_else(|| unfit("the sum does not fit into 64 bits".to_owned()))
        }
        _ => Ok(Value::Decimal(exact)),
    }
}
