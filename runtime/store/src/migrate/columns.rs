//! Columns as they are defined, added, converted and put aside.

use sea_query::{Alias, ColumnDef, Expr, ExprTrait, Query, Table as Sql};

use super::{
    Migrator,
    ledger::{column_definition, column_item},
};
use crate::{
    StoreError,
    compile::literal,
    database::Statement,
    dialect::Flavor,
    kind::Kind,
    schema::{Column, ID, Index, Member, Table},
};
use brooklet_model::{AttributeType, DefaultValue};
use brooklet_values::Value;

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

impl Migrator<'_> {
    /// Adds a column to a table that exists.
    pub(super) fn add_column(&mut self, table: &Table, column: &Column) {
        let definition = definition(self.model.flavor, &column.name, column.kind, column.refers_to.as_deref());
        self.define(Sql::alter().table(Alias::new(&table.name)).add_column(definition));
        self.ledger.set(column_item(&table.name, &column.name), column_definition(column));
    }

    /// Adds the attributes that tables lack, with their default values, and converts those whose type changed.
    pub(super) async fn add_attributes(&mut self) -> Result<(), StoreError> {
        for table in self.model.schema.tables.iter().flatten() {
            for column in table.columns.iter().filter(|column| column.refers_to.is_none()) {
                self.fit_attribute(table, column).await?;
            }
        }
        Ok(())
    }

    async fn fit_attribute(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        let item = column_item(&table.name, &column.name);
        let member = format!("{}.{}", table.entity, column.name);
        let applied = self.ledger.get(&item).map(str::to_owned);
        match applied.as_deref() {
            Some(applied) if applied == column_definition(column) => Ok(()),
            Some(applied) => {
                let old = self.put_aside(table, column);
                self.add_column(table, column);
                match conversion(self.model.flavor, applied, column.kind, Expr::col(Alias::new(&old))) {
                    Some(converted) => {
                        self.report(format!("converted {member} from {applied} to {}", column.kind.code()));
                        self.fill(table, column, converted).await
                    }
                    None => {
                        self.report(format!("replaced {member}; its values of type {applied} are kept in {old:?}"));
                        self.fill_default(table, column).await
                    }
                }
            }
            None => {
                self.add_column(table, column);
                self.report(format!("added {member}"));
                self.fill_default(table, column).await
            }
        }
    }

    /// Gives a column a trash name, and answers it.
    pub(super) fn put_aside(&mut self, table: &Table, column: &Column) -> String {
        self.drop_indexes_over(table, column);
        let is_free = |name: &String| self.ledger.get(&column_item(&table.name, name)).is_none();
        let trash = (1_u32..).map(|number| format!("{}$old{number}", column.name)).find(is_free).unwrap_or_default();
        let rename = Sql::alter()
            .table(Alias::new(&table.name))
            .rename_column(Alias::new(&column.name), Alias::new(&trash))
            .take();
        self.define(&rename);
        self.ledger.set(column_item(&table.name, &trash), "trash".to_owned());
        trash
    }

    /// Sets a column in all rows.
    pub(super) async fn fill(&mut self, table: &Table, column: &Column, value: Expr) -> Result<(), StoreError> {
        let update = Query::update().table(Alias::new(&table.name)).value(Alias::new(&column.name), value).take();
        self.execute(&Statement::once(self.model.flavor.statement(&update))).await?;
        Ok(())
    }

    /// Gives existing objects the value that a new object would have.
    async fn fill_default(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        if let Member::Attribute(at) = column.member
            && self.model.manifest.attribute(at).kind == AttributeType::AutoNumber
        {
            return self.fill_numbers(table, column).await;
        }
        let value = match &column.default {
            None => return Ok(()),
            Some(DefaultValue::CurrentDateTime) => Some(Value::DateTime(self.now_ms)),
            Some(default) => literal(default).map_err(StoreError::Model)?,
        };
        let Some(value) = value else { return Ok(()) };
        let value = column.kind.store(self.model.flavor.dialect, &value).map_err(|reason| {
            StoreError::Model(format!("{}.{}: the default value: {reason}", table.entity, column.name))
        })?;
        self.fill(table, column, Expr::Value(value)).await
    }

    /// Numbers existing objects in the order of their ids: each by how many come before it.
    async fn fill_numbers(&mut self, table: &Table, column: &Column) -> Result<(), StoreError> {
        let Member::Attribute(at) = column.member else { return Ok(()) };
        let start = self.model.schema.sequence(at).map_or(1, |sequence| sequence.start);
        let (name, number) = (Alias::new(&table.name), Alias::new("number"));
        let numbered = Query::select()
            .column(Alias::new(ID))
            .expr_as(Expr::cust(format!("row_number() OVER (ORDER BY \"{ID}\") + {start} - 1")), number.clone())
            .from(name.clone())
            .take();
        let new = Alias::new("numbered");
        let update = Query::update()
            .table(name.clone())
            .value(Alias::new(&column.name), Expr::col((new.clone(), number)))
            .from(sea_query::TableRef::SubQuery(Box::new(numbered), new.clone().into()))
            .and_where(Expr::col((name, Alias::new(ID))).eq(Expr::col((new, Alias::new(ID)))))
            .take();
        self.execute(&Statement::once(self.model.flavor.statement(&update))).await?;
        Ok(())
    }

    fn drop_indexes_over(&mut self, table: &Table, column: &Column) {
        let is_over =
            |index: &&Index| index.table == table.name && index.columns.iter().any(|(name, _)| *name == column.name);
        let model = self.model;
        for index in model.schema.indexes.iter().filter(is_over) {
            self.drop_index(&index.name);
        }
    }
}

/// A value of another kind, when every value has one.
fn conversion(flavor: Flavor, from: &str, to: Kind, old: Expr) -> Option<Expr> {
    match (from, to) {
        ("integer", Kind::Decimal) => Some(flavor.integer_as_decimal(old)),
        ("integer", Kind::Text) => Some(flavor.number_as_text(Kind::Integer, old)),
        ("decimal", Kind::Text) => Some(flavor.number_as_text(Kind::Decimal, old)),
        ("enumeration", Kind::Text) => Some(old),
        ("boolean", Kind::Text) => Some(Expr::case(old, "true").finally("false").into()),
        _ => None,
    }
}
