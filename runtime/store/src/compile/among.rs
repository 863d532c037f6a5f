//! Candidates of one entity exactly, not of its specializations.
//!
//! Which entity an object is of stands in the discriminator of its most general table. What is asked of it as one of a
//! specialization goes into an EXISTS over that specialization's table, so that its members are columns that are always
//! there, and its paths start where they are declared.

use brooklet_model::{Condition, EntityId};
use sea_query::{BinOper, Expr, ExprTrait, Query};

use super::{Reason, Renderer, scope::ScopeId};
use crate::schema::DISCRIMINATOR;

impl Renderer<'_> {
    /// Whether a scope's object is of an entity exactly and satisfies a condition as such, or the opposite.
    pub(super) fn among(
        &mut self,
        scope: ScopeId,
        entity: EntityId,
        condition: Option<&Condition>,
        negated: bool,
    ) -> Result<Expr, Reason> {
        let candidate = self.entity_of(scope);
        self.table(entity)?;
        if !self.model.manifest.is_a(entity, candidate) {
            let (one, other) = (&self.model.manifest.entity(entity).name, &self.model.manifest.entity(candidate).name);
            return Err(format!("{one} does not specialize {other}"));
        }
        let is_it = self.is_exactly(scope, entity, negated)?;
        let Some(condition) = condition else { return Ok(is_it) };
        let holds = if entity == candidate {
            self.condition(scope, condition, negated)?
        } else {
            let exists = self.as_special(scope, entity, condition)?;
            // EXISTS is never NULL.
            if negated { exists.not() } else { exists }
        };
        Ok(if negated { is_it.or(holds) } else { is_it.and(holds) })
    }

    /// Whether the discriminator names the entity, or the opposite.
    fn is_exactly(&mut self, scope: ScopeId, entity: EntityId, negated: bool) -> Result<Expr, Reason> {
        let table = self.table(entity)?;
        let discriminator = self.member(scope, table.root, DISCRIMINATOR)?;
        let name = table.discriminator.as_str();
        Ok(if negated {
            discriminator.binary(BinOper::Custom("IS DISTINCT FROM"), name)
        } else {
            discriminator.eq(name)
        })
    }

    /// Whether the scope's object has a row in a specialization's table that satisfies a condition.
    fn as_special(&mut self, scope: ScopeId, entity: EntityId, condition: &Condition) -> Result<Expr, Reason> {
        let special = self.open(entity)?;
        let mut select = Query::select();
        let same_object = self.id(special).eq(self.id(scope));
        let holds = self.condition(special, condition, false)?;
        self.close(special, &mut select)?;
        Ok(Expr::exists(select.expr(Expr::cust("1")).and_where(same_object).and_where(holds).take()))
    }
}
