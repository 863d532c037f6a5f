//! Entity access: what a session may do with objects.
//!
//! A model's access rules say, entity by entity and for sets of module roles, whether objects may be created and deleted and
//! which members may be read and written; a constraint limits a rule to some objects. Rules add up, and they are not
//! inherited. [`Access`] has those of one version; [`Rights`] is what they come to for the user roles of a session.
//!
//! Rights are used in three ways:
//!
//! - as a condition that goes into a query, before limit and count (`filter`), and into what a client asks itself (`guard`);
//! - as a [`Grant`] for each object that a request shows or changes. Which constrained rules hold for which objects is
//!   decided in the database, one query per rule for as many objects as there are ([`Access::rule`]), and stays decided
//!   for the request;
//! - as plain answers that no object changes: who may create, who may call.
//!
//! Only the security level `production` enforces rights on entities. Who asks, and when, is the request's business
//! (`crate::request`); what a condition means in the database is the store's.

mod filter;
mod guard;
mod members;
mod queries;
mod rights;
mod size;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use brooklet_model::{
    AttributeRef, CompareOperator, Condition, EntityId, Manifest, Microflow, Operand, Query, QueryId, SecurityLevel,
    Type,
};
use brooklet_store::{CompiledQuery, Plan, StoreError};

pub(crate) use guard::Unreadable;
pub use rights::{Grant, Rights};

use self::{
    filter::{Named, and},
    members::Members,
    queries::Queries,
    rights::{Rule, RuleName},
};
use crate::limits::fixed::{ASKED_QUERIES, FILTERED_QUERIES, ROLE_SETS};

/// The access rules of one version.
#[derive(Debug)]
pub struct Access {
    manifest: Arc<Manifest>,
    plan: Arc<Plan>,
    is_enforced: bool,
    /// What rules speak of, by entity.
    members: Vec<Arc<Members>>,
    /// All rights on entities.
    system: Arc<Rights>,
    /// The rights of sets of user roles that were met, by their sorted names.
    rights: RwLock<HashMap<Vec<String>, Arc<Rights>>>,
    /// How many rights were ever worked out.
    numbers: AtomicU32,
    /// Queries of rules and of the model.
    filtered: Queries<Filtered>,
    /// What clients asked.
    asked: Queries<(Asked, u32)>,
}

/// What a query that the model makes is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Filtered {
    /// For which of some objects a rule holds.
    Rule(RuleName),
    /// A query of the model for some rights, of which an attribute is aggregated.
    Query { query: QueryId, rights: u32, aggregated: Option<(EntityId, u32)> },
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    /// The entity.
    pub(crate) entity: EntityId,
    /// The XPath constraint; empty for all objects.
    pub(crate) constraint: String,
    /// Paths to attributes, and whether from high to low.
    pub(crate) sort: Vec<(String, bool)>,
}

/// Why a client's question has no query.
#[derive(Debug)]
pub(crate) enum NotAsked {
    /// It cannot be understood; in words for the client.
    Malformed(String),
    /// It names what the client may not read.
    Unreadable(Unreadable),
    /// The store cannot do it.
    Store(StoreError),
}

impl Access {
    /// The access rules of a version.
    pub fn new(manifest: Arc<Manifest>, plan: Arc<Plan>) -> Self {
        let entities = (0..manifest.entities.len() as u32).map(EntityId);
        Self {
            is_enforced: rights::is_enforced(manifest.security.level),
            members: entities.map(|entity| Arc::new(Members::of(&manifest, entity))).collect(),
            system: Arc::new(Rights::unrestricted()),
            rights: RwLock::default(),
            numbers: AtomicU32::new(1),
            filtered: Queries::new(FILTERED_QUERIES),
            asked: Queries::new(ASKED_QUERIES),
            manifest,
            plan,
        }
    }

    /// What somebody with these user roles may do.
    pub fn rights(&self, user_roles: &[String]) -> Arc<Rights> {
        if !self.is_enforced {
            return self.system.clone();
        }
        let mut key = user_roles.to_vec();
        key.sort_unstable();
        key.dedup();
        if let Some(known) = self.rights.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let number = self.numbers.fetch_add(1, Relaxed);
        let rights = Arc::new(Rights::new(&self.manifest, &self.members, &key, number));
        let mut known = self.rights.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ROLE_SETS {
            known.clear();
        }
        known.insert(key, rights.clone());
        rights
    }

    /// What runs on nobody's behalf: everything.
    pub fn system(&self) -> Arc<Rights> {
        self.system.clone()
    }

    /// A query of the model that finds only what the rights let see, and, when an attribute is aggregated, only objects of
    /// which it may be read. None when the query is right as it is.
    pub(crate) fn filtered(
        &self,
        rights: &Rights,
        query: QueryId,
        aggregated: Option<AttributeRef>,
    ) -> Result<Option<Arc<CompiledQuery>>, StoreError> {
        let key =
            Filtered::Query { query, rights: rights.number, aggregated: aggregated.map(|at| (at.entity, at.index)) };
        self.filtered.get_or(key, || {
            let Some(original) = self.manifest.queries.get(query.index()) else { return Ok(None) };
            let visible = rights.visible(&self.manifest, original.entity);
            let readable =
                aggregated.and_then(|at| rights.readable(&self.manifest, original.entity, Named::Attribute(at)));
            let Some(limit) = and(visible, readable) else { return Ok(None) };
            let constraint = and(Some(limit), original.constraint.clone());
            self.plan.compile(&Query { constraint, ..original.clone() }).map(Some)
        })
    }

    /// The query for what a client asks, held to its rights. `parse` reads the constraint and the sort order, which may
    /// have at most `parts` comparisons and steps.
    pub(crate) fn asked(
        &self,
        rights: &Rights,
        asked: Asked,
        parts: usize,
        parse: impl FnOnce(&Manifest, &Asked) -> Result<Query, String>,
    ) -> Result<Arc<CompiledQuery>, NotAsked> {
        let key = (asked.clone(), rights.number);
        let query = self.asked.get_or(key, || {
            let query = parse(&self.manifest, &asked).map_err(NotAsked::Malformed)?;
            if size::parts(&query) > parts {
                let what = format!("the constraint and the sort order have more than {parts} comparisons and steps");
                return Err(NotAsked::Malformed(what));
            }
            let query = guard::guarded(rights, &self.manifest, query).map_err(NotAsked::Unreadable)?;
            self.plan.compile(&query).map(Some).map_err(NotAsked::Store)
        })?;
        query.ok_or_else(|| NotAsked::Malformed("nothing is asked".to_owned()))
    }

    /// The query that tells for which objects of a list, its only parameter, a rule holds.
    fn rule(&self, entity: EntityId, rule: &Rule) -> Result<Option<Arc<CompiledQuery>>, StoreError> {
        self.filtered.get_or(Filtered::Rule(rule.name), || {
            let is_asked_for = Condition::Compare {
                left: Operand::Identity(Vec::new()),
                operator: CompareOperator::Equal,
                right: Operand::Parameter(0),
            };
            let query = Query {
                entity,
                constraint: Some(Condition::And(vec![is_asked_for, rule.condition.clone()])),
                sort: Vec::new(),
                parameters: vec![Type::List(entity)],
                text: self.manifest.entity(entity).name.clone(),
            };
            self.plan.compile(&query).map(Some)
        })
    }

    /// The queries that tell which constrained rules hold for objects of exactly this entity, each with its rule's place.
    pub(crate) fn rules(
        &self,
        rights: &Rights,
        entity: EntityId,
    ) -> Result<Vec<(usize, Arc<CompiledQuery>)>, StoreError> {
        let rules = rights.of(entity).map_or(&[][..], |rights| &rights.conditional).iter().enumerate();
        let queries = rules.map(|(place, rule)| Ok(self.rule(entity, rule)?.map(|query| (place, query))));
        queries.filter_map(Result::transpose).collect()
    }
}

/// The module roles that user roles bring.
pub fn module_roles(manifest: &Manifest, user_roles: &[String]) -> BTreeSet<String> {
    manifest.security.module_roles_of(user_roles).map(str::to_owned).collect()
}

/// Whether somebody with these user roles may call a microflow from outside.
pub fn may_execute(manifest: &Manifest, microflow: &Microflow, user_roles: &[String]) -> bool {
    let is_allowed = |role: &str| microflow.allowed_roles.iter().any(|allowed| allowed == role);
    manifest.security.level == SecurityLevel::Off || manifest.security.module_roles_of(user_roles).any(is_allowed)
}
