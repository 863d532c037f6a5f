//! A client's query, held to the client's rights.
//!
//! A constraint and a sort order tell something of the members that they name: who may not read a salary must not find out
//! who earns more than a thousand, or in which order. So a query is rewritten, not only filtered:
//!
//! - it finds only objects that the client may see, and of which it may read every member that the query names;
//! - a path leads only to such objects;
//! - a member that the client may read of no object at all is an error that names it.
//!
//! Hashes of passwords can be neither compared nor sorted by, whoever asks.

use brooklet_model::{AttributePath, AttributeType, Condition, EntityId, Manifest, Operand, PathStep, Query, SortKey};

use super::{
    filter::{Named, and},
    rights::Rights,
};

/// A query names what the client may not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The qualified name of the entity.
    pub(crate) entity: String,
    /// The member; none when no object of the entity may be seen.
    pub(crate) member: Option<String>,
}

/// Members that are named of the objects of one scope.
#[derive(Default)]
struct Needs(Vec<Named>);

impl Needs {
    fn add(&mut self, named: Named) {
        if !self.0.contains(&named) {
            self.0.push(named);
        }
    }
}

/// What is asked at the end of a path.
enum End<'q> {
    /// Which object it is, or that there is one.
    Identity,
    /// A member of it.
    Attribute(&'q AttributePath),
}

/// Holds a query to rights.
pub(super) fn guarded(rights: &Rights, manifest: &Manifest, query: Query) -> Result<Query, Unreadable> {
    let guard = Guard { rights, manifest };
    let entity = query.entity;
    let visible = rights.visible(manifest, entity);
    if visible == Some(Condition::Constant(false)) {
        return Ok(Query { constraint: visible, sort: Vec::new(), ..query });
    }
    let mut needs = Needs::default();
    let asked = query.constraint.map(|condition| guard.condition(condition, &mut needs)).transpose()?;
    let sort = query.sort.into_iter().map(|key| {
        let path = guard.attribute(key.path, &mut needs)?;
        Ok(SortKey { path, ..key })
    });
    let sort = sort.collect::<Result<_, _>>()?;
    let limit = and(visible, guard.readable(entity, &needs)?);
    Ok(Query { constraint: and(limit, asked), sort, ..query })
}

struct Guard<'a> {
    rights: &'a Rights,
    manifest: &'a Manifest,
}

impl Guard<'_> {
    /// A condition with what is limited inside it. The members that it names of its candidates go to `needs`.
    fn condition(&self, condition: Condition, needs: &mut Needs) -> Result<Condition, Unreadable> {
        let all = |parts: Vec<Condition>, needs: &mut Needs| {
            parts.into_iter().map(|part| self.condition(part, needs)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::Constant(holds) => Condition::Constant(holds),
            Condition::And(parts) => Condition::And(all(parts, needs)?),
            Condition::Or(parts) => Condition::Or(all(parts, needs)?),
            Condition::Not(inner) => Condition::Not(Box::new(self.condition(*inner, needs)?)),
            Condition::Compare { left, operator, right } => {
                let left = self.operand(left, needs)?;
                Condition::Compare { left, operator, right: self.operand(right, needs)? }
            }
            Condition::Match { operand, how, needle } => {
                let operand = self.operand(operand, needs)?;
                Condition::Match { operand, how, needle: self.operand(needle, needs)? }
            }
            Condition::Exists(steps) => Condition::Exists(self.steps(steps, &End::Identity, needs)?),
            Condition::Holds(operand) => Condition::Holds(self.operand(operand, needs)?),
            Condition::Among { entity, condition } => {
                let condition = condition.map(|inner| self.condition(*inner, needs).map(Box::new));
                Condition::Among { entity, condition: condition.transpose()? }
            }
        })
    }

    fn operand(&self, operand: Operand, needs: &mut Needs) -> Result<Operand, Unreadable> {
        Ok(match operand {
            Operand::Attribute(path) => Operand::Attribute(self.attribute(path, needs)?),
            Operand::Identity(steps) => Operand::Identity(self.steps(steps, &End::Identity, needs)?),
            Operand::Function(function, inner) => Operand::Function(function, Box::new(self.operand(*inner, needs)?)),
            fixed @ (Operand::Parameter(_)
            | Operand::Literal(_)
            | Operand::Token(_)
            | Operand::CurrentUser
            | Operand::UserRole(_)) => fixed,
        })
    }

    fn attribute(&self, path: AttributePath, needs: &mut Needs) -> Result<AttributePath, Unreadable> {
        let attribute = path.attribute;
        if self.manifest.attribute(attribute).kind == AttributeType::HashedString {
            return Err(self.unreadable(attribute.entity, Some(Named::Attribute(attribute))));
        }
        if path.steps.is_empty() {
            needs.add(Named::Attribute(attribute));
            return Ok(path);
        }
        let steps = self.steps(path.steps.clone(), &End::Attribute(&path), needs)?;
        Ok(AttributePath { steps, attribute })
    }

    /// A path that leads only to what may be read.
    fn steps(&self, steps: Vec<PathStep>, end: &End<'_>, needs: &mut Needs) -> Result<Vec<PathStep>, Unreadable> {
        let mut steps = steps.into_iter();
        let Some(step) = steps.next() else { return Ok(Vec::new()) };
        let rest: Vec<_> = steps.collect();
        let mut far = Needs::default();
        let follows = Named::Association(step.association);
        // The reference is a member of the object that has it.
        if step.reversed {
            far.add(follows)
        } else {
            needs.add(follows)
        };
        let filter = step.filter.map(|filter| self.condition(*filter, &mut far)).transpose()?;
        // Who may read a reference learns which object it leads to, but nothing else of it.
        let is_seen_from_here = rest.is_empty() && matches!(end, End::Identity) && filter.is_none() && !step.reversed;
        let rest = self.steps(rest, end, &mut far)?;
        if let (End::Attribute(path), true) = (end, rest.is_empty()) {
            far.add(Named::Attribute(path.attribute));
        }
        let filter = if is_seen_from_here {
            None
        } else {
            let visible = self.rights.visible(self.manifest, step.target);
            if visible == Some(Condition::Constant(false)) {
                return Err(self.unreadable(step.target, None));
            }
            and(and(visible, self.readable(step.target, &far)?), filter).map(Box::new)
        };
        let mut guarded = vec![PathStep { filter, ..step }];
        guarded.extend(rest);
        Ok(guarded)
    }

    /// The objects of which all that is needed may be read.
    fn readable(&self, of: EntityId, needs: &Needs) -> Result<Option<Condition>, Unreadable> {
        let mut limit = None;
        for named in &needs.0 {
            let readable = self.rights.readable(self.manifest, of, *named);
            if readable == Some(Condition::Constant(false)) {
                return Err(self.unreadable(of, Some(*named)));
            }
            limit = and(limit, readable);
        }
        Ok(limit)
    }

    fn unreadable(&self, entity: EntityId, member: Option<Named>) -> Unreadable {
        Unreadable {
            entity: self.manifest.entity(entity).name.clone(),
            member: member.map(|named| match named {
                Named::Attribute(at) => self.manifest.attribute(at).name.clone(),
                Named::Association(id) => self.manifest.association(id).name.clone(),
            }),
        }
    }
}
