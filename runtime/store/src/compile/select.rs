//! Whole queries: rows, counts and aggregates.

use brooklet_model::{AttributePath, AttributeRef, Query, SortKey};
use sea_query::{Expr, ExprTrait, Func, NullOrdering, Order, Query as Sql, SelectStatement};

use super::{LIMIT_MARKER, OFFSET_MARKER, Reason, Rendered, Renderer, Shape, Variant, operand::Term, scope::ScopeId};
use crate::{
    Aggregate,
    kind::Kind,
    plan::{Layout, Model},
    schema::DISCRIMINATOR,
};

/// Renders a query for a shape.
pub(super) fn render(model: &Model, query: &Query, variant: Variant) -> Result<Rendered, Reason> {
    let mut renderer = Renderer::new(model, Some(query), variant.empty);
    let scope = renderer.open(query.entity)?;
    let mut select = Sql::select();
    match variant.shape {
        Shape::Rows => {
            let layout = model.layout(query.entity).ok_or("the entity is not stored")?;
            renderer.columns(scope, layout, &mut select)?;
            for key in &query.sort {
                renderer.sort(scope, key, &mut select)?;
            }
            select.order_by_expr(renderer.id(scope), Order::Asc).limit(LIMIT_MARKER).offset(OFFSET_MARKER);
        }
        Shape::Identities => {
            select.expr(renderer.id(scope)).order_by_expr(renderer.id(scope), Order::Asc);
        }
        Shape::Count => {
            select.expr(renderer.id(scope).count());
        }
        Shape::Sum(attribute) => {
            let (value, kind) = renderer.aggregated(scope, attribute)?;
            if !matches!(kind, Kind::Integer | Kind::Decimal) {
                return Err("sums and averages need numbers".to_owned());
            }
            select.expr(renderer.flavor().sum_as_text(value.clone())).expr(value.count());
        }
        Shape::Extreme(aggregate, attribute) => {
            let (value, kind) = renderer.aggregated(scope, attribute)?;
            let value = renderer.sortable(kind, value);
            let function = if aggregate == Aggregate::Minimum { Func::min(value) } else { Func::max(value) };
            select.expr(function);
        }
    }
    if let Some(constraint) = &query.constraint {
        let condition = renderer.condition(scope, constraint, false)?;
        select.and_where(condition);
    }
    renderer.close(scope, &mut select)?;
    let statement = renderer.flavor().statement(&select);
    Ok(renderer.finish(statement))
}

impl Renderer<'_> {
    /// Selects all that a row needs, in the order in which the layout reads it.
    pub(super) fn columns(
        &mut self,
        scope: ScopeId,
        layout: &Layout,
        select: &mut SelectStatement,
    ) -> Result<(), Reason> {
        select.expr(self.id(scope));
        if layout.is_discriminated() {
            let root = self.table(self.entity_of(scope))?.root;
            let discriminator = self.member(scope, root, DISCRIMINATOR)?;
            select.expr(discriminator);
        }
        for column in layout.columns() {
            let member = self.member(scope, column.owner, &column.name)?;
            select.expr(member);
        }
        Ok(())
    }

    /// Sorts by a key: NULL comes last when ascending, first when descending.
    fn sort(&mut self, scope: ScopeId, key: &SortKey, select: &mut SelectStatement) -> Result<(), Reason> {
        let AttributePath { steps, attribute } = &key.path;
        let kind = self.model.schema.attribute(*attribute).map_or(Kind::Text, |column| column.kind);
        let value = self.least(scope, steps, kind, &mut |renderer, end| {
            let (value, kind) = renderer.aggregated(end, *attribute)?;
            Ok(if steps.is_empty() { value } else { renderer.sortable(kind, value) })
        })?;
        let (order, nulls) =
            if key.descending { (Order::Desc, NullOrdering::First) } else { (Order::Asc, NullOrdering::Last) };
        select.order_by_expr_with_nulls(value, order, nulls);
        Ok(())
    }

    /// An attribute of a scope's object, and its kind.
    fn aggregated(&mut self, scope: ScopeId, attribute: AttributeRef) -> Result<(Expr, Kind), Reason> {
        let path = AttributePath { steps: Vec::new(), attribute };
        match self.term(scope, &brooklet_model::Operand::Attribute(path))? {
            Term::Known { expression, kind, .. } => Ok((expression, kind)),
            _ => Err("an attribute is needed".to_owned()),
        }
    }

    /// A value of which there is a least and a greatest one: PostgreSQL knows none of truth values.
    fn sortable(&self, kind: Kind, value: Expr) -> Expr {
        match kind {
            Kind::Boolean => value.cast_as("integer"),
            kind => self.flavor().ordered(kind, value),
        }
    }
}
