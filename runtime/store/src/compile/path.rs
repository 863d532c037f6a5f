//! Paths over associations: nested EXISTS, through a column or a table of pairs, in both directions.

use brooklet_model::PathStep;
use sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};

use super::{
    Reason, Renderer,
    scope::{ScopeId, column},
};
use crate::{
    kind::Kind,
    schema::{FROM_ID, Place, TO_ID},
};

/// Renders a condition over the object at the end of a path.
pub(super) type AtEnd<'f, 'a> = &'f mut dyn FnMut(&mut Renderer<'a>, ScopeId) -> Result<Expr, Reason>;

/// Renders a condition over the identity at the end of a path.
pub(super) type AtIdentity<'f> = &'f mut dyn FnMut(Expr) -> Expr;

impl<'a> Renderer<'a> {
    pub(super) fn place(&self, step: &PathStep) -> Result<&'a Place, Reason> {
        self.model.schema.place(step.association).ok_or_else(|| {
            let association = self.model.manifest.associations.get(step.association.index());
            let name = association.map_or("an unknown association", |association| &association.name);
            format!("{name} is not stored in the database")
        })
    }

    /// Whether every object at the end of the step counts, so that its table need not be looked at: foreign keys see to it
    /// that it exists.
    fn counts_all(&self, step: &PathStep) -> bool {
        let association = self.model.manifest.association(step.association);
        let end = if step.reversed { association.from } else { association.to };
        step.filter.is_none() && self.model.manifest.is_a(end, step.target)
    }

    /// The column that holds the identity at the end of a step, when there is one at hand.
    pub(super) fn reference(&mut self, scope: ScopeId, step: &PathStep) -> Result<Option<Expr>, Reason> {
        match self.place(step)? {
            Place::Column { owner, column, .. } if !step.reversed && self.counts_all(step) => {
                self.member(scope, *owner, column).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Whether some object at the end of the path satisfies a condition.
    pub(super) fn exists(&mut self, scope: ScopeId, steps: &[PathStep], at_end: AtEnd<'_, 'a>) -> Result<Expr, Reason> {
        let Some((step, rest)) = steps.split_first() else { return at_end(self, scope) };
        let (far, mut select) = self.step(scope, step)?;
        let rest = self.exists(far, rest, at_end)?;
        self.close(far, &mut select)?;
        Ok(Expr::exists(select.and_where(rest).expr(Expr::cust("1")).take()))
    }

    /// The object at the far end of a step, and a SELECT that finds it but is not closed yet.
    fn step(&mut self, near: ScopeId, step: &PathStep) -> Result<(ScopeId, SelectStatement), Reason> {
        let far = self.open(step.target)?;
        let mut select = Query::select();
        match self.place(step)? {
            Place::Column { owner, column, .. } => {
                let (holder, referred) = if step.reversed { (far, near) } else { (near, far) };
                select.and_where(self.member(holder, *owner, column)?.eq(self.id(referred)));
            }
            Place::Pairs { table, .. } => {
                let (near_id, far_id) = if step.reversed { (TO_ID, FROM_ID) } else { (FROM_ID, TO_ID) };
                let pair = self.alias();
                let joined = column(&pair, far_id).eq(self.id(far));
                select.join_as(JoinType::InnerJoin, Alias::new(table), Alias::new(&pair), joined);
                select.and_where(column(&pair, near_id).eq(self.id(near)));
            }
        }
        if let Some(filter) = &step.filter {
            select.and_where(self.condition(far, filter, false)?);
        }
        Ok((far, select))
    }

    /// Whether there is an object at the end of the path.
    pub(super) fn exists_any(&mut self, scope: ScopeId, steps: &[PathStep]) -> Result<Expr, Reason> {
        self.exists_identity(scope, steps, &mut |identity| identity.is_not_null())
    }

    /// Whether some object at the end of the path has an identity that satisfies a condition. NULL is passed as an
    /// identity where there is no object: the condition must not hold for it.
    pub(super) fn exists_identity(
        &mut self,
        scope: ScopeId,
        steps: &[PathStep],
        holds: AtIdentity<'_>,
    ) -> Result<Expr, Reason> {
        let Some((last, before)) = steps.split_last() else { return Ok(holds(self.id(scope))) };
        self.exists(scope, before, &mut |renderer, near| renderer.last_identity(near, last, holds))
    }

    fn last_identity(&mut self, near: ScopeId, step: &PathStep, holds: AtIdentity<'_>) -> Result<Expr, Reason> {
        if let Some(reference) = self.reference(near, step)? {
            return Ok(holds(reference));
        }
        if let (Place::Pairs { table, .. }, true) = (self.place(step)?, self.counts_all(step)) {
            let (near_id, far_id) = if step.reversed { (TO_ID, FROM_ID) } else { (FROM_ID, TO_ID) };
            let pair = self.alias();
            let select = Query::select()
                .expr(Expr::cust("1"))
                .from_as(Alias::new(table), Alias::new(&pair))
                .and_where(column(&pair, near_id).eq(self.id(near)))
                .and_where(holds(column(&pair, far_id)))
                .take();
            return Ok(Expr::exists(select));
        }
        self.exists(near, std::slice::from_ref(step), &mut |renderer, far| Ok(holds(renderer.id(far))))
    }

    /// A value at the end of a path, to sort by: the least when there are many.
    pub(super) fn least(
        &mut self,
        scope: ScopeId,
        steps: &[PathStep],
        kind: Kind,
        at_end: AtEnd<'_, 'a>,
    ) -> Result<Expr, Reason> {
        let Some((step, rest)) = steps.split_first() else { return at_end(self, scope) };
        let (far, mut select) = self.step(scope, step)?;
        let value = self.least(far, rest, kind, at_end)?;
        self.close(far, &mut select)?;
        let least = Expr::SubQuery(None, Box::new(select.expr(value.min()).take().into()));
        Ok(self.flavor().ordered(kind, least))
    }
}
