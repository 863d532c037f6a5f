//! Makes an expression that disagrees as small as it can be.

use crate::{
    model::{Batch, Disagreement, Host},
    tree::{Expr, Kind, Node},
};

/// Smaller expressions that are tried for one disagreement.
const TRIES: usize = 400;

/// A smaller expression that disagrees too, or the same one.
pub(crate) fn shrink(host: &Host, expr: &Expr, version: u32, found: Disagreement) -> Disagreement {
    let (mut smallest, mut found) = (expr.clone(), found);
    let mut tries = 0;
    'smaller: loop {
        for candidate in candidates(&smallest) {
            tries += 1;
            if tries > TRIES {
                return found;
            }
            let batch = Batch { expressions: vec![candidate.clone()], version };
            let compared = host.compare(&batch).ok();
            if let Some(disagreement) = compared.and_then(|mut outcome| outcome.disagreements.pop()) {
                (smallest, found) = (candidate, disagreement);
                continue 'smaller;
            }
        }
        return found;
    }
}

/// Expressions with a part replaced by one of its own parts or by a literal, those that lose most first.
fn candidates(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    for position in 0..expr.size() {
        let mut at = position;
        let part = nth(expr, &mut at).expect("there are as many parts as the size says");
        let mut replacements: Vec<Expr> =
            part.children().into_iter().filter(|child| child.kind == part.kind).cloned().collect();
        if part.size() > 1 {
            replacements.extend(part.kind.map(simplest));
        }
        for replacement in replacements {
            let mut smaller = expr.clone();
            let mut at = position;
            *nth_mut(&mut smaller, &mut at).expect("the same part") = replacement;
            found.push(smaller);
        }
    }
    found.sort_by_key(Expr::size);
    found
}

fn simplest(kind: Kind) -> Expr {
    let node = match kind {
        Kind::Boolean => Node::Boolean(true),
        Kind::Integer => Node::Integer(1),
        Kind::Decimal => Node::Decimal("1.5".to_owned()),
        Kind::DateTime => Node::Now,
        Kind::Text => Node::Text("a".to_owned()),
        Kind::Enumeration => Node::Colour(0),
    };
    Expr::new(kind, node)
}

/// The part at a position, counted from the outside in and from left to right.
fn nth<'e>(expr: &'e Expr, position: &mut usize) -> Option<&'e Expr> {
    if *position == 0 {
        return Some(expr);
    }
    *position -= 1;
    expr.children().into_iter().find_map(|child| nth(child, position))
}

fn nth_mut<'e>(expr: &'e mut Expr, position: &mut usize) -> Option<&'e mut Expr> {
    if *position == 0 {
        return Some(expr);
    }
    *position -= 1;
    expr.children_mut().into_iter().find_map(|child| nth_mut(child, position))
}
