//! XPath constraints: names looked up relative to the candidate, and what the microflow passes collected as parameters.
//!
//! `condition` reads conditions, `operand` what they compare, `path` how associations are followed. A constraint that no
//! microflow runs, because it stands in an access rule or comes from outside ([`outside`](super::outside)), may only have
//! values that are fixed.

mod condition;
mod operand;
mod path;

use brooklet_model::{AttributePath, Condition, EntityId, Operand, PathStep, Query, QueryId, SortKey};

use crate::{
    codes,
    source::Span,
    syntax::ast::{QualifiedName, SortItem, XPath, XPathStep},
};

use super::{flow::FlowChecker, ir::Expr};
use path::Place;

/// Conditions may be nested so deeply: hosts and databases walk them recursively, and a manifest spells them in JSON.
pub(super) const MAX_CONDITION_DEPTH: u32 = 32;

/// Collects the values that a query is given.
#[derive(Default)]
pub(super) struct Parameters {
    values: Vec<Expr>,
}

impl Parameters {
    fn operand(&mut self, value: Expr) -> Operand {
        let number = match self.values.iter().position(|known| *known == value) {
            Some(number) => number,
            None => {
                self.values.push(value);
                self.values.len() - 1
            }
        };
        Operand::Parameter(number as u32)
    }
}

impl FlowChecker<'_> {
    /// Adds a query to the model; answers its number and the values of its parameters.
    pub(super) fn query(
        &mut self,
        entity: EntityId,
        constraint: Option<&XPath>,
        text: &str,
        sort: &[SortItem],
    ) -> Option<(QueryId, Vec<Expr>)> {
        let mut parameters = Parameters::default();
        let condition = constraint.map(|constraint| self.constraint(entity, constraint, &mut parameters));
        let keys: Vec<Option<SortKey>> = sort.iter().map(|item| self.sort_key(entity, item)).collect();
        let constraint = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        let query = Query {
            entity,
            constraint,
            sort: keys.into_iter().collect::<Option<_>>()?,
            parameters: parameters.values.iter().map(|value| value.ty).collect(),
            text: text.to_owned(),
        };
        let number = match self.queries.iter().position(|known| *known == query) {
            Some(number) => number,
            None => {
                self.queries.push(query);
                self.queries.len() - 1
            }
        };
        Some((QueryId(number as u32), parameters.values))
    }

    /// A whole constraint.
    pub(super) fn constraint(
        &mut self,
        entity: EntityId,
        constraint: &XPath,
        parameters: &mut Parameters,
    ) -> Option<Condition> {
        let condition = self.xpath(entity, constraint, parameters)?;
        if depth(&condition) > MAX_CONDITION_DEPTH {
            self.error(codes::TOO_DEEP, constraint.span, "this constraint is nested too deeply")
                .help(format!("at most {MAX_CONDITION_DEPTH} levels of parentheses and nested constraints are read"));
            return None;
        }
        Some(condition)
    }

    fn sort_key(&mut self, entity: EntityId, item: &SortItem) -> Option<SortKey> {
        let steps: Vec<XPathStep> = item
            .path
            .iter()
            .map(|name| XPathStep { name: name.clone(), predicates: Vec::new(), reversed: false })
            .collect();
        let path = self.sort_path(entity, &steps, item.span)?;
        Some(SortKey { path, descending: item.descending })
    }

    /// The attribute that a sort key names.
    pub(super) fn sort_path(&mut self, entity: EntityId, steps: &[XPathStep], span: Span) -> Option<AttributePath> {
        if let [step] = steps
            && let Some(path) = self.attribute_of_neighbour(entity, &step.name)
        {
            for followed in &path.steps {
                self.followed(followed.association, step)?;
            }
            self.searchable(path.attribute, step)?;
            return Some(path);
        }
        match self.path(entity, steps, &mut Parameters::default())? {
            Place::Attribute(path) => Some(path),
            Place::Objects(..) => {
                self.error(codes::INVALID_XPATH, span, "objects have no order").help("sort by one of their attributes");
                None
            }
        }
    }

    /// `M.E.A` of an entity to which exactly one association leads.
    fn attribute_of_neighbour(&self, entity: EntityId, name: &QualifiedName) -> Option<AttributePath> {
        let [module, owner, attribute] = name.parts.as_slice() else { return None };
        let owner = QualifiedName { parts: vec![module.clone(), owner.clone()], span: name.span };
        let target = self.scope.try_entity(&owner)?;
        let names = self.scope.names();
        if names.is_a(entity, target) {
            return None;
        }
        let mut steps = self.manifest.associations_of(entity).filter_map(|(association, record)| {
            let forward = names.is_a(entity, record.from) && names.is_a(target, record.to);
            let backward = names.is_a(entity, record.to) && names.is_a(target, record.from);
            (forward || backward).then_some(PathStep { association, reversed: !forward, target, filter: None })
        });
        let step = steps.next().filter(|_| steps.next().is_none())?;
        Some(AttributePath { steps: vec![step], attribute: names.attribute(target, attribute)? })
    }
}

/// How deeply a condition is nested.
fn depth(condition: &Condition) -> u32 {
    let of_steps = |steps: &[PathStep]| {
        steps.iter().filter_map(|step| step.filter.as_deref()).map(|filter| depth(filter) + 1).max().unwrap_or(0)
    };
    fn steps_of(operand: &Operand) -> &[PathStep] {
        match operand {
            Operand::Attribute(path) => &path.steps,
            Operand::Identity(steps) => steps,
            Operand::Function(_, inner) => steps_of(inner),
            _ => &[],
        }
    }
    let below = match condition {
        Condition::Constant(_) => 0,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().map(depth).max().unwrap_or(0),
        Condition::Not(inner) => depth(inner),
        Condition::Compare { left, right, .. } => of_steps(steps_of(left)).max(of_steps(steps_of(right))),
        Condition::Match { operand, needle, .. } => of_steps(steps_of(operand)).max(of_steps(steps_of(needle))),
        Condition::Exists(steps) => of_steps(steps),
        Condition::Holds(operand) => of_steps(steps_of(operand)),
        Condition::Among { condition, .. } => condition.as_deref().map_or(0, depth),
    };
    below + 1
}
