//! Retrieving, counting and aggregating in the database.
//!
//! A retrieve makes fresh instances and sees only what is in the database: what others committed, and what this request
//! committed before. It does not see what is merely changed in memory.

use std::sync::Arc;

use brooklet_model::{AttributeRef, Query, QueryId};
use brooklet_store::{Aggregate, Bindings, CompiledQuery, Plan, QueryParameter, Range, TokenClock};
use brooklet_values::{ListHandle, Value, token};

use super::{Aggregation, Request, Session, transaction::store_error};
use crate::errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes};

impl Request {
    /// WIT `database.retrieve`: what a query finds, as a new list of fresh instances.
    pub async fn retrieve(
        &mut self,
        query: QueryId,
        parameters: Vec<Value>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Outcome<ListHandle> {
        let run = self.prepare(query, &parameters, None)?;
        let (limit, offset) = (amount(limit, "limit")?, amount(offset, "offset")?);
        // One more than is allowed tells that there are too many.
        let bound = self.limits.rows_per_retrieve as u64;
        let range = Range { limit: if limit == 0 { bound + 1 } else { limit.min(bound + 1) }, offset };
        let compiled = run.query(query)?;
        let rows = self.transaction.retrieve(compiled, &run.bindings(), range).await.map_err(store_error)?;
        if rows.len() as u64 > bound {
            let what = "objects per retrieve";
            return Err(Interruption::Limit(LimitExceeded { limit: "rows_per_retrieve", bound, what }));
        }
        let instances = rows.into_iter().map(|row| self.adopt(row)).collect::<Outcome<Vec<_>>>()?;
        if self.granted.is_guarding() {
            self.decide(&instances).await?;
        }
        self.lists.create(instances)
    }

    /// WIT `database.count`.
    pub async fn count(&mut self, query: QueryId, parameters: Vec<Value>) -> Outcome<i64> {
        let run = self.prepare(query, &parameters, None)?;
        let count = self.transaction.count(run.query(query)?, &run.bindings()).await.map_err(store_error)?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// WIT `database.aggregate`.
    pub async fn aggregate(
        &mut self,
        query: QueryId,
        parameters: Vec<Value>,
        how: Aggregation,
        slot: u32,
    ) -> Outcome<Value> {
        let attribute = self.query_attribute(query, slot)?;
        let run = self.prepare(query, &parameters, Some(attribute))?;
        let compiled = run.query(query)?;
        let how = match how {
            Aggregation::Sum => Aggregate::Sum,
            Aggregation::Average => Aggregate::Average,
            Aggregation::Minimum => Aggregate::Minimum,
            Aggregation::Maximum => Aggregate::Maximum,
        };
        self.transaction.aggregate(compiled, &run.bindings(), how, attribute).await.map_err(store_error)
    }

    fn query_attribute(&self, query: QueryId, slot: u32) -> Outcome<AttributeRef> {
        let entity = self.query_of_model(query)?.entity;
        let slot = self.model.entity(entity).slots.get(slot as usize);
        slot.map(|slot| slot.attribute)
            .ok_or_else(|| Interruption::internal("the guest aggregates an attribute that the entity does not have"))
    }

    fn query_of_model(&self, query: QueryId) -> Outcome<&Query> {
        let found = self.model.manifest().queries.get(query.index());
        found.ok_or_else(|| Interruption::internal(format!("the guest named query {}, which does not exist", query.0)))
    }

    /// Everything that a run of a query of the model depends on; `aggregated` is the attribute of which it aggregates.
    fn prepare(&mut self, query: QueryId, parameters: &[Value], aggregated: Option<AttributeRef>) -> Outcome<Run> {
        self.query_of_model(query)?;
        let parameters = parameters.iter().map(|value| self.parameter(value)).collect::<Outcome<Vec<_>>>()?;
        let mut run = self.run_of(parameters);
        if self.granted.is_guarding() {
            let access = self.model.access();
            run.filtered = access.filtered(&self.granted.rights, query, aggregated).map_err(store_error)?;
        }
        Ok(run)
    }

    /// Everything that a run of any query depends on.
    pub(super) fn run_of(&mut self, parameters: Vec<QueryParameter>) -> Run {
        let context = self.context_now().clone();
        let now_ms = context.now_ms;
        Run {
            parameters,
            session: self.session.clone(),
            // Only a moment beyond the calendar cannot be computed; nothing is there to compare with it anyway.
            tokens: Box::new(move |date| token::resolve(date, &context).unwrap_or(now_ms)),
            plan: self.model.plan().clone(),
            filtered: None,
        }
    }

    fn parameter(&self, value: &Value) -> Outcome<QueryParameter> {
        Ok(match value {
            Value::Object(object) => QueryParameter::Object(Some(self.space.peek(*object)?.id())),
            Value::List(list) => QueryParameter::Objects(self.space.ids(self.lists.elements(Some(*list))?)?),
            value => QueryParameter::Value(value.clone()),
        })
    }
}

/// What a run of a query depends on, owned: the transaction is borrowed meanwhile.
pub(super) struct Run {
    parameters: Vec<QueryParameter>,
    session: Arc<Session>,
    tokens: Box<TokenClock<'static>>,
    plan: Arc<Plan>,
    /// The query as rights limit it, when they do.
    filtered: Option<Arc<CompiledQuery>>,
}

impl Run {
    /// A query of the model, limited by rights when they are applied.
    fn query(&self, query: QueryId) -> Outcome<&CompiledQuery> {
        match &self.filtered {
            Some(filtered) => Ok(filtered),
            None => self.plan.query(query).map_err(store_error),
        }
    }

    pub(super) fn bindings(&self) -> Bindings<'_> {
        Bindings {
            parameters: &self.parameters,
            // A visitor is somebody too: what belongs to nobody does not belong to a visitor.
            current_user: self.session.user.or(self.session.visitor()),
            user_roles: &self.session.user_roles,
            tokens: &*self.tokens,
        }
    }
}

/// A number of objects; none is 0.
fn amount(given: Option<i64>, what: &str) -> Outcome<u64> {
    u64::try_from(given.unwrap_or(0)).map_err(|_| {
        let message = format!("The {what} of a retrieve is negative.");
        MicroflowError::new(codes::OUT_OF_RANGE, message).into()
    })
}
