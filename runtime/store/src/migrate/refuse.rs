//! What the data does not allow, with the rows that stand in the way.

use brooklet_model::AttributeType;
use sea_query::{Alias, Condition, Expr, ExprTrait, Func, Order, Query};

use super::{
    convert::{Target, convert},
    ledger::column_item,
    planner::{Planner, col},
};
use crate::{
    StoreError,
    database::{RawRow, Statement},
    evolution::{Example, Refusal},
    kind::Kind,
    limits,
    schema::{self, Column, ID, Index, Member, Table, Unique},
};

impl Planner<'_> {
    /// Refuses a conversion of a column that not every value survives.
    pub(super) async fn refuse_unconvertible(
        &mut self,
        table: &Table,
        source: &str,
        member: &str,
        from: Option<&Target>,
        to: &Target,
    ) -> Result<(), StoreError> {
        let Some(from) = from else { return Ok(()) };
        let converted = convert(self.flavor(), from.kind, to, col(source));
        let reason = match &converted {
            Some(_) => format!("the {} value is no {}", from.kind.code(), to.kind.code()),
            None => format!("there is no conversion from {} to {}", from.kind.code(), to.kind.code()),
        };
        let remedy = match &converted {
            Some(_) => "change these values, or give the new attribute another name",
            None => "give the new attribute another name",
        };
        let stands = col(source).is_not_null().and(converted.map_or(Expr::val(true), |value| value.is_null()));
        self.refuse(table, source, from.kind, stands, (member, reason, remedy)).await
    }

    /// Refuses integers of 64 bits that do not fit where 32 bits are meant now. Their columns are the same.
    pub(super) async fn check_ranges(&mut self) -> Result<(), StoreError> {
        let Some((manifest, naming)) = self.task.from else { return Ok(()) };
        let before = schema::build(manifest, naming)?;
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in &tables {
            let Some(old) = before.tables.iter().flatten().find(|old| old.name == table.name) else { continue };
            for column in &table.columns {
                let same = old.columns.iter().find(|old| old.name == column.name);
                let (Member::Attribute(at), Some(Member::Attribute(was))) = (column.member, same.map(|old| old.member))
                else {
                    continue;
                };
                let is_narrowed = self.model.manifest.attribute(at).kind == AttributeType::Integer
                    && manifest.attribute(was).kind != AttributeType::Integer;
                if !is_narrowed || !self.ledger.has(&column_item(&table.name, &column.name)) {
                    continue;
                }
                let fits = col(&column.name).between(i64::from(i32::MIN), i64::from(i32::MAX));
                let member = self.member(column);
                let reason = "the value does not fit into 32 bits".to_owned();
                let why = (member.as_str(), reason, "change these values, or keep the attribute a Long");
                self.refuse(table, &column.name, column.kind, fits.not(), why).await?;
            }
        }
        Ok(())
    }

    async fn refuse(
        &mut self,
        table: &Table,
        column: &str,
        kind: Kind,
        stands: Expr,
        (member, reason, remedy): (&str, String, &str),
    ) -> Result<(), StoreError> {
        let count =
            Query::select().expr(col(ID).count()).from(Alias::new(&table.name)).and_where(stands.clone()).take();
        let rows = self.number(&count).await?;
        if rows == 0 {
            return Ok(());
        }
        let select = Query::select()
            .expr(col(ID))
            .expr(col(column))
            .from(Alias::new(&table.name))
            .and_where(stands)
            .order_by(Alias::new(ID), Order::Asc)
            .limit(limits::EXAMPLES_LISTED_MAX)
            .take();
        let read = &mut |row: RawRow<'_>| Ok(Example { id: row.number(0)?, value: shown(row, 1, kind)? });
        let examples = self.place.fetch(&Statement::once(self.flavor().statement(&select)), read).await?;
        let (member, remedy) = (member.to_owned(), remedy.to_owned());
        self.refusals.push(Refusal { member, reason, rows, examples, remedy });
        Ok(())
    }

    /// Refuses a new rule of uniqueness that rows violate. Rows without a value violate none.
    pub(super) async fn refuse_duplicates(&mut self, index: &Index, unique: &Unique) -> Result<(), StoreError> {
        let Some(table) = self.table_named(&index.table).cloned() else { return Ok(()) };
        if self.created.contains(&table.name) {
            return Ok(());
        }
        let mut columns: Vec<(Expr, &Column)> = Vec::new();
        for (name, _) in &index.columns {
            let Some(column) = table.columns.iter().find(|column| column.name == *name) else { return Ok(()) };
            let Some(value) = self.value_to_be(&table, column)? else { return Ok(()) };
            columns.push((value, column));
        }
        let mut groups = Query::select();
        groups.expr_as(col(ID).count(), Alias::new("objects")).expr_as(col(ID).min(), Alias::new("first"));
        groups.from(Alias::new(&table.name)).and_having(col(ID).count().gt(1));
        let mut given = Condition::all();
        for (value, _) in &columns {
            given = given.add(value.clone().is_not_null());
            groups.add_group_by([value.clone()]);
        }
        groups.cond_where(given);
        let sum = Func::coalesce([Func::sum(col("objects")).into(), Expr::val(0)]).cast_as("bigint");
        let total = Query::select().expr(sum).from_subquery(groups.clone(), Alias::new("duplicates")).take();
        let rows = self.number(&total).await?;
        if rows == 0 {
            return Ok(());
        }
        for (value, _) in &columns {
            groups.expr(value.clone());
        }
        groups.order_by_expr(col(ID).min(), Order::Asc).limit(limits::EXAMPLES_LISTED_MAX);
        let manifest = &self.model.manifest;
        let name_of = |column: &Column| match column.member {
            Member::Attribute(at) => &manifest.attribute(at).name,
            Member::Reference(association) => &manifest.association(association).name,
        };
        let read = &mut |row: RawRow<'_>| {
            let (count, id) = (row.number(0)?, row.number(1)?);
            let mut values = Vec::new();
            for (position, (_, column)) in columns.iter().enumerate() {
                values.push(format!("{} = {}", name_of(column), shown(row, 2 + position, column.kind)?));
            }
            Ok(Example { id, value: format!("{} ({count} objects)", values.join(", ")) })
        };
        let examples = self.place.fetch(&Statement::text(self.flavor().text(&groups)), read).await?;
        self.refusals.push(Refusal {
            member: unique.entity.clone(),
            reason: format!("{} must be unique now, and is not", unique.members.join(", ")),
            rows,
            examples,
            remedy: "change or delete all but one of each".to_owned(),
        });
        Ok(())
    }

    /// What a column will hold when the steps are done, in terms of what is there now; none when nobody has a value.
    pub(super) fn value_to_be(&self, table: &Table, column: &Column) -> Result<Option<Expr>, StoreError> {
        if self.before.has(&column_item(&table.name, &column.name)) {
            return Ok(Some(col(&column.name)));
        }
        if let (Some(source), Member::Attribute(at)) =
            (self.choice.converted.get(&(table.name.clone(), column.name.clone())), column.member)
        {
            let to = self.target(table, column, at);
            let code = self.ledger.get(&column_item(&table.name, source)).unwrap_or_default();
            let from = Kind::of_code(code);
            return Ok(from.and_then(|from| convert(self.flavor(), from, &to, col(source))));
        }
        if column.refers_to.is_some() {
            return Ok(None);
        }
        Ok(self.default_value(table, column)?.map(Expr::Value))
    }
}

/// A value as an operator reads it.
fn shown(row: RawRow<'_>, position: usize, kind: Kind) -> Result<String, sqlx::Error> {
    use brooklet_values::Value as V;
    let cut = |text: &str| match text.char_indices().nth(limits::EXAMPLE_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    };
    if matches!(kind, Kind::Hash | Kind::Binary) {
        return Ok("…".to_owned());
    }
    Ok(match row.value(position, kind)? {
        V::Text(text) | V::Enumeration(text) => cut(&text),
        V::Integer(number) | V::DateTime(number) => number.to_string(),
        V::Decimal(number) => number.to_string(),
        V::Boolean(truth) => truth.to_string(),
        _ => "empty".to_owned(),
    })
}
