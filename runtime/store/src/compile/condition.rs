//! Conditions, as they are and negated.
//!
//! SQL answers NULL for a comparison with NULL, and NOT NULL is NULL again: an object without a value would satisfy neither
//! a condition nor its opposite. So NOT is never put around a comparison. It is carried inwards to the leaves, and each leaf
//! is written in the form that is wanted: `not(a < 5)` becomes `a >= 5 OR a IS NULL`. With AND and OR only, NULL does no
//! harm: it counts as false. Around EXISTS, which is never NULL, NOT stays.

use brooklet_model::{CompareOperator, Condition, Operand, PathStep, TextMatch};
use sea_query::{Expr, ExprTrait, Func};

use super::{
    Reason, Renderer,
    operand::{Term, attribute_steps, constant},
    scope::ScopeId,
};
use crate::kind::Kind;

/// Renders what is said of operands, or its opposite, when they are at hand.
type Leaf<'f, 'a, const N: usize> = &'f mut dyn FnMut(&mut Renderer<'a>, [Term; N], bool) -> Result<Expr, Reason>;

impl<'a> Renderer<'a> {
    /// A condition over a scope's object, or its opposite.
    pub(super) fn condition(&mut self, scope: ScopeId, condition: &Condition, negated: bool) -> Result<Expr, Reason> {
        match condition {
            Condition::Constant(holds) => Ok(constant(*holds != negated)),
            Condition::Not(inner) => self.condition(scope, inner, !negated),
            Condition::And(parts) => self.junction(scope, parts, negated, !negated),
            Condition::Or(parts) => self.junction(scope, parts, negated, negated),
            Condition::Compare { left, operator, right } => match (left, right) {
                (Operand::Identity(steps), other) if self.is_many(scope, steps)? => {
                    self.compare_identity(scope, steps, *operator, other, negated)
                }
                (other, Operand::Identity(steps)) if self.is_many(scope, steps)? => {
                    self.compare_identity(scope, steps, *operator, other, negated)
                }
                _ => self.over_paths(scope, [left, right], negated, &mut |renderer, [left, right], negated| {
                    renderer.compare(left, *operator, right, negated)
                }),
            },
            Condition::Match { operand, how, needle } => {
                self.over_paths(scope, [operand, needle], negated, &mut |renderer, [text, needle], negated| {
                    renderer.matches(text, *how, needle, negated)
                })
            }
            Condition::Exists(steps) => {
                let exists = self.exists_any(scope, steps)?;
                // EXISTS and IS NOT NULL are never NULL.
                Ok(if negated { exists.not() } else { exists })
            }
            Condition::Holds(operand) => {
                self.over_paths(scope, [operand], negated, &mut |renderer, [term], negated| {
                    renderer.holds(term, negated)
                })
            }
            Condition::Among { entity, condition } => self.among(scope, *entity, condition.as_deref(), negated),
        }
    }

    fn junction(
        &mut self,
        scope: ScopeId,
        parts: &[Condition],
        negated: bool,
        conjunctive: bool,
    ) -> Result<Expr, Reason> {
        let mut joined: Option<Expr> = None;
        for part in parts {
            let part = self.condition(scope, part, negated)?;
            joined = Some(match joined {
                None => part,
                Some(before) if conjunctive => before.and(part),
                Some(before) => before.or(part),
            });
        }
        Ok(joined.unwrap_or_else(|| constant(conjunctive)))
    }

    /// A condition over operands, each of which may stand at the end of a path: then it holds when it holds for some
    /// objects there.
    fn over_paths<const N: usize>(
        &mut self,
        scope: ScopeId,
        operands: [&Operand; N],
        negated: bool,
        leaf: Leaf<'_, 'a, N>,
    ) -> Result<Expr, Reason> {
        let has_path = operands.iter().any(|operand| !attribute_steps(operand).is_empty());
        let mut terms: [Term; N] = std::array::from_fn(|_| Term::Missing);
        let holds = self.next_path(scope, &operands, 0, &mut terms, negated && !has_path, leaf)?;
        Ok(if negated && has_path { holds.not() } else { holds })
    }

    /// Follows the path of one operand after the other; at the end of the last one all terms are there.
    fn next_path<const N: usize>(
        &mut self,
        scope: ScopeId,
        operands: &[&Operand; N],
        index: usize,
        terms: &mut [Term; N],
        negated: bool,
        leaf: Leaf<'_, 'a, N>,
    ) -> Result<Expr, Reason> {
        let Some(operand) = operands.get(index) else { return leaf(self, terms.clone(), negated) };
        self.exists(scope, attribute_steps(operand), &mut |renderer, end| {
            terms[index] = renderer.term(end, operand)?;
            renderer.next_path(scope, operands, index + 1, terms, negated, leaf)
        })
    }

    /// Whether an identity is not simply a column of the candidate.
    fn is_many(&mut self, scope: ScopeId, steps: &[PathStep]) -> Result<bool, Reason> {
        Ok(match steps {
            [] => false,
            [step] => self.reference(scope, step)?.is_none(),
            _ => true,
        })
    }

    /// Compares the objects at the end of a path with another. No object there equals `empty`, and differs from
    /// every object.
    fn compare_identity(
        &mut self,
        scope: ScopeId,
        steps: &[PathStep],
        operator: CompareOperator,
        other: &Operand,
        negated: bool,
    ) -> Result<Expr, Reason> {
        let wants_equal = match operator {
            CompareOperator::Equal => true,
            CompareOperator::NotEqual => false,
            _ => return Err("objects can only be compared with = and !=".to_owned()),
        };
        let other = match other {
            Operand::Identity(steps) if steps.len() > 1 => {
                return Err("two paths of associations cannot be compared".to_owned());
            }
            other => self.term(scope, other)?,
        };
        let holds = match other {
            Term::Missing if wants_equal => self.exists_any(scope, steps)?.not(),
            Term::Missing => self.exists_any(scope, steps)?,
            other => {
                let flavor = self.flavor();
                let mut compare = |identity: Expr| match &other {
                    Term::Ids(ids) if wants_equal => flavor.is_in_ids(identity, ids.clone()),
                    Term::Ids(ids) => flavor.is_in_ids(identity, ids.clone()).not(),
                    Term::Known { expression, .. } if wants_equal => identity.eq(expression.clone()),
                    Term::Known { expression, .. } => identity.ne(expression.clone()),
                    Term::Missing => constant(false),
                };
                let some = self.exists_identity(scope, steps, &mut compare)?;
                if wants_equal { some } else { some.or(self.exists_any(scope, steps)?.not()) }
            }
        };
        // Each path here ends in an EXISTS, which is never NULL.
        Ok(if negated { holds.not() } else { holds })
    }

    fn matches(&mut self, text: Term, how: TextMatch, needle: Term, negated: bool) -> Result<Expr, Reason> {
        let (
            Term::Known { expression: text, kind: text_kind, nullable: text_nullable },
            Term::Known { expression: needle, kind: needle_kind, nullable: needle_nullable },
        ) = (text, needle)
        else {
            return Ok(constant(negated));
        };
        if !text_kind.is_text() || !needle_kind.is_text() {
            return Err("contains(), starts-with() and ends-with() need texts".to_owned());
        }
        let flavor = self.flavor();
        let (folded, folded_needle) = (flavor.fold(text.clone()), flavor.fold(needle.clone()));
        let holds = match how {
            TextMatch::Contains => flavor.position(folded, folded_needle).gt(0),
            TextMatch::StartsWith => flavor.position(folded, folded_needle).eq(1),
            TextMatch::EndsWith => {
                // Its last characters, as many as the needle has; all of them or none when it has fewer.
                let start = length(folded.clone()).sub(length(folded_needle.clone())).add(1);
                Expr::from(Func::cust("substr").args([folded, start])).eq(folded_needle)
            }
        };
        if !negated {
            return Ok(holds);
        }
        let mut fails = holds.not();
        for (expression, nullable) in [(text, text_nullable), (needle, needle_nullable)] {
            if nullable {
                fails = fails.or(expression.is_null());
            }
        }
        Ok(fails)
    }

    fn holds(&mut self, term: Term, negated: bool) -> Result<Expr, Reason> {
        match term {
            Term::Missing => Ok(constant(negated)),
            Term::Known { expression, kind: Kind::Boolean, nullable } => Ok(match (negated, nullable) {
                (false, _) => expression,
                (true, false) => expression.not(),
                (true, true) => expression.clone().not().or(expression.is_null()),
            }),
            _ => Err("a truth value is needed".to_owned()),
        }
    }
}

fn length(text: Expr) -> Expr {
    Func::cust("length").arg(text).into()
}
