//! What is found out about a flow as a whole.

use brooklet_model::{Manifest, Type};

use super::ir::{Expr, ExprKind, Flow, LocalId, Node, NodeKind, Range, visit_nodes};

/// Whether control never comes to the end of a block.
pub(super) fn terminates(nodes: &[Node], manifest: &Manifest) -> bool {
    nodes.iter().any(|node| match &node.kind {
        NodeKind::Return(_)
        | NodeKind::Rethrow
        | NodeKind::Throw(_)
        | NodeKind::Break
        | NodeKind::Continue
        | NodeKind::Unavailable(_) => true,
        NodeKind::If { then, otherwise, .. } => terminates(then, manifest) && terminates(otherwise, manifest),
        NodeKind::Case { subject, branches, otherwise } => {
            branches.iter().all(|(_, body)| terminates(body, manifest))
                && (terminates(otherwise, manifest) || covers_everything(subject.ty, branches, manifest))
        }
        NodeKind::Split { branches, otherwise, .. } => {
            branches.iter().all(|(_, body)| terminates(body, manifest)) && terminates(otherwise, manifest)
        }
        NodeKind::While { condition, body, .. } => condition.kind == ExprKind::Boolean(true) && !breaks(body),
        _ => false,
    })
}

/// Whether a `case` has a branch for every value, `(empty)` included.
fn covers_everything(subject: Type, branches: &[(Vec<Option<String>>, Vec<Node>)], manifest: &Manifest) -> bool {
    let has = |wanted: Option<&str>| branches.iter().any(|(keys, _)| keys.iter().any(|key| key.as_deref() == wanted));
    match subject {
        Type::Boolean => has(Some("true")) && has(Some("false")),
        Type::Enumeration(id) => has(None) && manifest.enumeration(id).values.iter().all(|value| has(Some(&value.key))),
        _ => false,
    }
}

/// Whether a loop's body leaves it with `break`.
fn breaks(body: &[Node]) -> bool {
    body.iter().any(|node| match &node.kind {
        NodeKind::Break => true,
        // A `break` in there is theirs, but for the error handler of the loop itself.
        NodeKind::Loop { .. } | NodeKind::While { .. } => false,
        _ => node.blocks().into_iter().any(breaks),
    })
}

/// Finds out which variables can be empty: those that are ever set to something that can be.
pub(super) fn find_nullable(flow: &mut Flow) {
    for parameter in &mut flow.locals[..flow.parameters] {
        parameter.nullable = true;
    }
    loop {
        let mut found: Vec<LocalId> = Vec::new();
        visit_nodes(&flow.body, &mut |node| {
            if let NodeKind::Assign(local, value) = &node.kind
                && !flow.locals[local.index()].nullable
                && value.can_be_empty(&flow.locals)
            {
                found.push(*local);
            }
        });
        if found.is_empty() {
            return;
        }
        for local in found {
            flow.locals[local.index()].nullable = true;
        }
    }
}

/// Lets the database count or aggregate what is retrieved for nothing else: the list then never exists.
pub(super) fn aggregate_in_database(flow: &mut Flow) {
    let mut reads = vec![0_u32; flow.locals.len()];
    visit_nodes(&flow.body, &mut |node| {
        for expression in node.expressions() {
            expression.visit(&mut |part| {
                if let ExprKind::Local(local) = part.kind {
                    reads[local.index()] += 1;
                }
            });
        }
    });
    rewrite(&mut flow.body, &reads);
}

fn rewrite(nodes: &mut Vec<Node>, reads: &[u32]) {
    let mut at = 0;
    while at < nodes.len() {
        if let [first, second, ..] = &nodes[at..]
            && let Some(kind) = merged(first, second, reads)
        {
            nodes[at].kind = kind;
            nodes.remove(at + 1);
        }
        for block in nodes[at].blocks_mut() {
            rewrite(block, reads);
        }
        at += 1;
    }
}

fn merged(first: &Node, second: &Node, reads: &[u32]) -> Option<NodeKind> {
    let NodeKind::Retrieve { target: list, query, parameters, range: Range::All } = &first.kind else { return None };
    let propagates = |node: &Node| node.on_error == super::ir::ErrorMode::Propagate;
    if reads[list.index()] != 1 || !propagates(first) || !propagates(second) {
        return None;
    }
    let is_list = |expr: &Expr| expr.kind == ExprKind::Local(*list);
    let (target, aggregate) = match &second.kind {
        NodeKind::AggregateMember { target, list, how, attribute } if is_list(list) => {
            (*target, Some((*how, *attribute)))
        }
        NodeKind::Assign(target, Expr { kind: ExprKind::ListLength(list), .. }) if is_list(list) => (*target, None),
        _ => return None,
    };
    Some(NodeKind::RetrieveAggregate { target, query: *query, parameters: parameters.clone(), aggregate })
}
