//! Statements that follow from the model alone: objects by id, and along associations.

use brooklet_model::{AssociationId, EntityId, PathStep};
use sea_query::{Alias, Expr, ExprTrait, JoinType, Order, Query, SelectStatement};

use super::{Reason, Rendered, Renderer, Slot, scope::column};
use crate::{
    StoreError,
    plan::Model,
    schema::{FROM_ID, ID, Place, TO_ID},
};

/// A statement about some ids, which are its only value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fixed {
    /// The objects of an entity with the ids.
    Get(EntityId),
    /// The objects at the other end of an association, each after the id it was reached from.
    Follow(AssociationId, bool),
    /// The pairs of an association with the ids at its FROM (reversed: TO) end: from, to.
    Links(AssociationId, bool),
    /// The ids of an entity that exist; their rows are locked.
    Lock(EntityId),
}

impl Fixed {
    /// Renders the statement.
    pub(crate) fn render(self, model: &Model) -> Result<Rendered, StoreError> {
        let mut renderer = Renderer::new(model, None, 0);
        let select = match self {
            Self::Get(entity) => renderer.get(entity),
            Self::Follow(association, reversed) => renderer.follow(association, reversed),
            Self::Links(association, reversed) => renderer.links(association, reversed),
            Self::Lock(entity) => renderer.lock(entity),
        };
        let select = select.map_err(StoreError::Model)?;
        let statement = renderer.flavor().statement(&select);
        Ok(renderer.finish(statement))
    }
}

impl Renderer<'_> {
    fn is_asked_for(&mut self, id: Expr) -> Expr {
        let ids = self.placeholder(Slot::Ids);
        self.flavor().is_in_ids(id, ids)
    }

    fn get(&mut self, entity: EntityId) -> Result<SelectStatement, Reason> {
        let scope = self.open(entity)?;
        let mut select = Query::select();
        let layout = self.model.layout(entity).ok_or("the entity is not stored")?;
        self.columns(scope, layout, &mut select)?;
        let id = self.id(scope);
        select.and_where(self.is_asked_for(id.clone())).order_by_expr(id, Order::Asc);
        self.close(scope, &mut select)?;
        Ok(select)
    }

    fn lock(&mut self, entity: EntityId) -> Result<SelectStatement, Reason> {
        // The row of the most general entity: foreign keys refer to it.
        let table = self.table(self.table(entity)?.root)?;
        let id = Expr::col(Alias::new(ID));
        let is_asked_for = self.is_asked_for(id.clone());
        // In one order, so that two who lock do not wait for one another.
        let mut select = Query::select();
        select.expr(id.clone()).from(Alias::new(&table.name)).and_where(is_asked_for).order_by_expr(id, Order::Asc);
        Ok(select.lock_exclusive().take())
    }

    fn follow(&mut self, association: AssociationId, reversed: bool) -> Result<SelectStatement, Reason> {
        let ends = self.model.manifest.association(association);
        let (near, far) = if reversed { (ends.to, ends.from) } else { (ends.from, ends.to) };
        let place = self.place(&PathStep { association, reversed, target: far, filter: None })?;
        let scope = self.open(far)?;
        let far_id = self.id(scope);
        let mut select = Query::select();
        let near_id = match place {
            Place::Column { owner, column: reference, .. } if reversed => self.member(scope, *owner, reference)?,
            Place::Column { column: reference, .. } => {
                let holder = self.alias();
                let is_far = column(&holder, reference).eq(far_id.clone());
                let table = Alias::new(&self.table(near)?.name);
                select.join_as(JoinType::InnerJoin, table, Alias::new(&holder), is_far);
                column(&holder, ID)
            }
            Place::Pairs { table, .. } => {
                let pair = self.alias();
                let (near_column, far_column) = if reversed { (TO_ID, FROM_ID) } else { (FROM_ID, TO_ID) };
                let is_far = column(&pair, far_column).eq(far_id.clone());
                select.join_as(JoinType::InnerJoin, Alias::new(table), Alias::new(&pair), is_far);
                column(&pair, near_column)
            }
        };
        select.expr(near_id.clone());
        let layout = self.model.layout(far).ok_or("the entity is not stored")?;
        self.columns(scope, layout, &mut select)?;
        let is_asked_for = self.is_asked_for(near_id.clone());
        select.and_where(is_asked_for).order_by_expr(near_id, Order::Asc).order_by_expr(far_id, Order::Asc);
        self.close(scope, &mut select)?;
        Ok(select)
    }

    fn links(&mut self, association: AssociationId, reversed: bool) -> Result<SelectStatement, Reason> {
        let ends = self.model.manifest.association(association);
        let place = self.place(&PathStep { association, reversed, target: ends.to, filter: None })?;
        let (table, from, to) = match place {
            Place::Column { owner, column, .. } => (&self.table(*owner)?.name, ID, column.as_str()),
            Place::Pairs { table, .. } => (table, FROM_ID, TO_ID),
        };
        let (from, to) = (Expr::col(Alias::new(from)), Expr::col(Alias::new(to)));
        let is_asked_for = self.is_asked_for(if reversed { to.clone() } else { from.clone() });
        let mut select = Query::select();
        select.expr(from.clone()).expr(to.clone()).from(Alias::new(table));
        select.and_where(is_asked_for).and_where(to.clone().is_not_null());
        Ok(select.order_by_expr(from, Order::Asc).order_by_expr(to, Order::Asc).take())
    }
}
