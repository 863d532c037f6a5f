//! The statements that write objects.

use std::collections::BTreeMap;

use brooklet_model::{AssociationId, EntityId};
use brooklet_values::{ObjectId, Value};
use sea_query::{
    Alias, DeleteStatement, Expr, ExprTrait, Query, TableRef, UpdateStatement, Value as Bound, ValueTuple,
};

use crate::{
    ChangedRow, NewRow, StoreError,
    compile::ids_condition,
    database::Statement,
    kind::Kind,
    limits,
    plan::Model,
    schema::{Column, DISCRIMINATOR, ID, Member, Place, TO_ID, Table},
};

/// The alias of the new values in an UPDATE of many rows.
const NEW: &str = "new";

fn rows_per_statement(values_per_row: usize) -> usize {
    (limits::VALUES_PER_STATEMENT_MAX / values_per_row.max(1)).clamp(1, limits::ROWS_PER_STATEMENT_MAX)
}

impl Model {
    /// The tables of an entity, the most special one first.
    pub(super) fn tables(&self, entity: EntityId) -> Result<Vec<&Table>, StoreError> {
        let tables: Vec<_> = self.manifest.lineage(entity).filter_map(|at| self.schema.table(at)).collect();
        if self.schema.table(entity).is_none() {
            let name = &self.manifest.entity(entity).name;
            return Err(StoreError::Model(format!("{name} is not stored in the database")));
        }
        Ok(tables)
    }

    fn bound(&self, column: &Column, value: &Value) -> Result<Bound, StoreError> {
        column.kind.store(self.flavor.dialect, value).map_err(|reason| StoreError::Value {
            member: match column.member {
                Member::Attribute(at) => {
                    format!("{}.{}", self.manifest.entity(at.entity).name, self.manifest.attribute(at).name)
                }
                Member::Reference(association) => self.manifest.association(association).name.clone(),
            },
            reason,
        })
    }

    fn reference(&self, id: Option<ObjectId>) -> Bound {
        id.map_or(Kind::Id.null(self.flavor.dialect), |id| id.0.into())
    }
}

/// INSERTs into one of an entity's tables.
pub(super) fn inserts(
    model: &Model,
    table: &Table,
    entity: EntityId,
    rows: &[&NewRow],
) -> Result<Vec<Statement>, StoreError> {
    let is_root = table.parent.is_none();
    let discriminator = model.schema.table(entity).map(|table| table.discriminator.as_str()).unwrap_or_default();
    let names = std::iter::once(ID)
        .chain(is_root.then_some(DISCRIMINATOR))
        .chain(table.columns.iter().map(|column| column.name.as_str()));
    let names: Vec<_> = names.map(Alias::new).collect();
    let mut statements = Vec::new();
    for rows in rows.chunks(rows_per_statement(names.len())) {
        let mut insert = Query::insert();
        insert.into_table(Alias::new(&table.name)).columns(names.clone());
        for row in rows {
            let mut values: Vec<Expr> = Vec::with_capacity(names.len());
            values.push(row.id.0.into());
            if is_root {
                values.push(discriminator.into());
            }
            for column in &table.columns {
                values.push(Expr::Value(new_value(model, column, row)?));
            }
            insert.values_panic(values);
        }
        statements.push(model.statement(model.flavor.statement(&insert), rows.len()));
    }
    Ok(statements)
}

fn new_value(model: &Model, column: &Column, row: &NewRow) -> Result<Bound, StoreError> {
    match column.member {
        Member::Attribute(at) => {
            let slot = model.manifest.slot(at) as usize;
            model.bound(column, row.attributes.get(slot).unwrap_or(&Value::Empty))
        }
        Member::Reference(association) => {
            let set = row.references.iter().find(|(known, _)| *known == association);
            Ok(model.reference(set.map(|(_, to)| *to)))
        }
    }
}

/// Changed columns of a table (by index, ascending), and for each object its id and the new values.
pub(super) type Changes = BTreeMap<(EntityId, Vec<usize>), Vec<(i64, Vec<Bound>)>>;

/// Sorts changes by table and by the columns that they change.
pub(super) fn changes(model: &Model, rows: &[ChangedRow]) -> Result<Changes, StoreError> {
    let mut changes = Changes::new();
    for row in rows {
        model.tables(row.entity)?;
        let slots = model.manifest.slots(row.entity);
        let mut by_owner: BTreeMap<EntityId, BTreeMap<usize, Bound>> = BTreeMap::new();
        let mut change = |owner: EntityId, member, value: &dyn Fn(&Column) -> Result<Bound, StoreError>| {
            let columns = model.schema.table(owner).map_or(&[][..], |table| &table.columns);
            // What is not stored (a calculated attribute) is left out.
            let Some(index) = columns.iter().position(|column| column.member == member) else { return Ok(()) };
            by_owner.entry(owner).or_default().insert(index, value(&columns[index])?);
            Ok::<_, StoreError>(())
        };
        for (slot, value) in &row.attributes {
            let at = *slots.get(*slot as usize).ok_or_else(|| {
                let name = &model.manifest.entity(row.entity).name;
                StoreError::Model(format!("{name} has no attribute {slot}"))
            })?;
            change(at.entity, Member::Attribute(at), &|column| model.bound(column, value))?;
        }
        for (association, to) in &row.references {
            if let Some(Place::Column { owner, .. }) = model.schema.place(*association) {
                change(*owner, Member::Reference(*association), &|_| Ok(model.reference(*to)))?;
            }
        }
        for (owner, values) in by_owner {
            let (columns, values) = values.into_iter().unzip();
            changes.entry((owner, columns)).or_default().push((row.id.0, values));
        }
    }
    Ok(changes)
}

/// UPDATEs of the same columns in many rows; each answers the ids that it found.
pub(super) fn updates(
    model: &Model,
    owner: EntityId,
    columns: &[usize],
    mut rows: Vec<(i64, Vec<Bound>)>,
) -> Result<Vec<Statement>, StoreError> {
    let tables = model.tables(owner)?;
    let table = tables[0];
    let names: Vec<_> = columns.iter().map(|index| Alias::new(&table.columns[*index].name)).collect();
    // In one order, so that two transactions that change the same objects rarely wait for one another.
    rows.sort_by_key(|(id, _)| *id);
    let mut statements = Vec::new();
    for rows in rows.chunks(rows_per_statement(names.len() + 1)) {
        let mut update = UpdateStatement::new();
        let id = Expr::col((Alias::new(&table.name), Alias::new(ID)));
        update.table(Alias::new(&table.name));
        if let [(only, values)] = rows {
            update.values(names.iter().cloned().zip(values.iter().cloned().map(Expr::Value)));
            update.and_where(id.eq(*only));
        } else {
            let new = |index: usize| Expr::col((Alias::new(NEW), Alias::new(format!("column{}", index + 1))));
            update.values(names.iter().cloned().enumerate().map(|(index, name)| (name, new(index + 1))));
            update.from(TableRef::ValuesList(rows.iter().map(tuple).collect(), Alias::new(NEW).into()));
            update.and_where(id.eq(new(0)));
        }
        update.returning(Query::returning().column((Alias::new(&table.name), Alias::new(ID))));
        statements.push(model.statement(model.flavor.statement(&update), rows.len()));
    }
    Ok(statements)
}

fn tuple((id, values): &(i64, Vec<Bound>)) -> ValueTuple {
    ValueTuple::Many(std::iter::once((*id).into()).chain(values.iter().cloned()).collect())
}

pub(super) fn deletes(model: &Model, entity: EntityId, ids: &[ObjectId]) -> Result<Vec<Statement>, StoreError> {
    let delete = |table: &Table| {
        let is_given = ids_condition(model.flavor, Expr::col(Alias::new(ID)), ids);
        let delete = Query::delete().from_table(Alias::new(&table.name)).and_where(is_given).take();
        model.statement(model.flavor.statement(&delete), 1)
    };
    Ok(model.tables(entity)?.into_iter().map(delete).collect())
}

pub(super) fn clear(model: &Model, association: AssociationId, to: &[ObjectId]) -> Result<Statement, StoreError> {
    let flavor = model.flavor;
    let statement = match model.schema.place(association) {
        Some(Place::Column { owner, column, .. }) => {
            let tables = model.tables(*owner)?;
            let column = Alias::new(column);
            let is_given = ids_condition(flavor, Expr::col(column.clone()), to);
            let mut update = UpdateStatement::new();
            update.table(Alias::new(&tables[0].name)).value(column, Expr::null()).and_where(is_given);
            flavor.statement(&update)
        }
        Some(Place::Pairs { table, .. }) => {
            let is_given = ids_condition(flavor, Expr::col(Alias::new(TO_ID)), to);
            flavor.statement(DeleteStatement::new().from_table(Alias::new(table)).and_where(is_given))
        }
        None => {
            let name = &model.manifest.association(association).name;
            return Err(StoreError::Model(format!("{name} is not stored in the database")));
        }
    };
    Ok(model.statement(statement, 1))
}
