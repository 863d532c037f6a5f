//! Tables of one SELECT: a candidate's own table, and those of its generalizations and specializations as needed.

use brooklet_model::EntityId;
use sea_query::{Alias, Expr, ExprTrait, IntoColumnRef, JoinType, SelectStatement};

use super::{Reason, Renderer};
use crate::schema::{DISCRIMINATOR, ID, Table};

/// The number of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScopeId(usize);

/// The tables of one SELECT.
pub(super) struct Scope {
    entity: EntityId,
    alias: String,
    joined: Vec<(EntityId, String)>,
}

/// A column of a table under an alias.
pub(super) fn column(alias: &str, name: &str) -> Expr {
    Expr::col((Alias::new(alias), Alias::new(name)).into_column_ref())
}

impl<'a> Renderer<'a> {
    /// The table of an entity; the reason when it has none.
    pub(super) fn table(&self, entity: EntityId) -> Result<&'a Table, Reason> {
        self.model.schema.table(entity).ok_or_else(|| {
            let name =
                self.model.manifest.entities.get(entity.index()).map_or("an unknown entity", |entity| &entity.name);
            format!("{name} is not stored in the database")
        })
    }

    pub(super) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// A new scope over the table of an entity.
    pub(super) fn open(&mut self, entity: EntityId) -> Result<ScopeId, Reason> {
        self.table(entity)?;
        let alias = self.alias();
        self.scopes.push(Scope { entity, alias, joined: Vec::new() });
        Ok(ScopeId(self.scopes.len() - 1))
    }

    pub(super) fn entity_of(&self, scope: ScopeId) -> EntityId {
        self.scopes[scope.0].entity
    }

    /// The identity of the scope's object.
    pub(super) fn id(&self, scope: ScopeId) -> Expr {
        column(&self.scopes[scope.0].alias, ID)
    }

    /// A column of the scope's object, which an entity declares; the table is joined when it is not there yet.
    pub(super) fn member(&mut self, scope: ScopeId, owner: EntityId, name: &str) -> Result<Expr, Reason> {
        self.table(owner)?;
        let known = &self.scopes[scope.0];
        if known.entity == owner {
            return Ok(column(&known.alias, name));
        }
        if let Some((_, alias)) = known.joined.iter().find(|(entity, _)| *entity == owner) {
            return Ok(column(alias, name));
        }
        let manifest = &self.model.manifest;
        if !manifest.is_a(known.entity, owner) && !manifest.is_a(owner, known.entity) {
            let (one, other) = (&manifest.entity(known.entity).name, &manifest.entity(owner).name);
            return Err(format!("{one} has no members of {other}"));
        }
        let alias = self.alias();
        let expression = column(&alias, name);
        self.scopes[scope.0].joined.push((owner, alias));
        Ok(expression)
    }

    /// The scope's tables as the FROM of a SELECT. To be called when all conditions are rendered.
    pub(super) fn close(&mut self, scope: ScopeId, select: &mut SelectStatement) -> Result<(), Reason> {
        self.leave_strangers(scope, select)?;
        let scope = &self.scopes[scope.0];
        select.from_as(Alias::new(&self.table(scope.entity)?.name), Alias::new(&scope.alias));
        for (entity, alias) in &scope.joined {
            // A generalization's row is always there, a specialization's only for its own objects.
            let is_general = self.model.manifest.is_a(scope.entity, *entity);
            let how = if is_general { JoinType::InnerJoin } else { JoinType::LeftJoin };
            let same_object = column(alias, ID).eq(column(&scope.alias, ID));
            select.join_as(how, Alias::new(&self.table(*entity)?.name), Alias::new(alias), same_object);
        }
        Ok(())
    }

    /// Leaves aside rows of the scope's table that are no objects of its entity.
    fn leave_strangers(&mut self, scope: ScopeId, select: &mut SelectStatement) -> Result<(), Reason> {
        let table = self.table(self.entity_of(scope))?;
        if table.strangers.is_empty() {
            return Ok(());
        }
        let discriminator = self.member(scope, table.root, DISCRIMINATOR)?;
        let is_stranger = discriminator.clone().is_in(table.strangers.iter().map(String::as_str));
        select.and_where(discriminator.is_null().or(is_stranger.not()));
        Ok(())
    }
}
