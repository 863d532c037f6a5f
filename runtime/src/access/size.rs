//! How large a query is: what clients ask must not keep the database busy for ever.

use brooklet_model::{AttributePath, Condition, Operand, PathStep, Query};

/// The comparisons and the steps of a query.
pub(super) fn parts(query: &Query) -> usize {
    let sort: usize = query.sort.iter().map(|key| 1 + of_path(&key.path)).sum();
    query.constraint.as_ref().map_or(0, of_condition) + sort
}

fn of_condition(condition: &Condition) -> usize {
    match condition {
        Condition::Constant(_) => 1,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().map(of_condition).sum(),
        Condition::Not(inner) => of_condition(inner),
        Condition::Compare { left, right, .. } => 1 + of_operand(left) + of_operand(right),
        Condition::Match { operand, needle, .. } => 1 + of_operand(operand) + of_operand(needle),
        Condition::Exists(steps) => 1 + of_steps(steps),
        Condition::Holds(operand) => 1 + of_operand(operand),
        Condition::Among { condition, .. } => 1 + condition.as_deref().map_or(0, of_condition),
    }
}

fn of_operand(operand: &Operand) -> usize {
    match operand {
        Operand::Attribute(path) => of_path(path),
        Operand::Identity(steps) => of_steps(steps),
        Operand::Function(_, inner) => of_operand(inner),
        Operand::Parameter(_)
        | Operand::Literal(_)
        | Operand::Token(_)
        | Operand::CurrentUser
        | Operand::UserRole(_) => 0,
    }
}

fn of_path(path: &AttributePath) -> usize {
    of_steps(&path.steps)
}

fn of_steps(steps: &[PathStep]) -> usize {
    steps.iter().map(|step| 1 + step.filter.as_deref().map_or(0, of_condition)).sum()
}
