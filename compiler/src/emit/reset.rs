//! Which loops may take their allocations back after each pass.
//!
//! A guest allocates by moving a pointer. What a pass of a loop allocates is garbage after it, unless a text that was made in
//! the pass is kept by a variable that lives on. So a loop may reset the pointer if every text-like variable that its body
//! sets is declared within it and used only there. Objects and lists do not count: they live in the host, which copies.

use crate::check::ir::{Flow, LocalId, Node, NodeKind, visit_nodes};

use super::expression::is_text;

/// Whether the loop of that number may reset.
pub(super) fn may_reset(flow: &Flow, number: u32) -> bool {
    find(&flow.body, number).is_some_and(|body| {
        let mut allowed = true;
        assigned(body, &mut |local| {
            let variable = &flow.locals[local.index()];
            if is_text(variable.kind) && (variable.escapes || !variable.loops.contains(&number)) {
                allowed = false;
            }
        });
        allowed
    })
}

fn find(nodes: &[Node], wanted: u32) -> Option<&[Node]> {
    let mut found = None;
    visit_nodes(nodes, &mut |node| {
        if let NodeKind::Loop { number, body, .. } | NodeKind::While { number, body, .. } = &node.kind
            && *number == wanted
        {
            found = Some(body.as_slice());
        }
    });
    found
}

/// Every variable that is set.
fn assigned(nodes: &[Node], each: &mut impl FnMut(LocalId)) {
    visit_nodes(nodes, &mut |node| match &node.kind {
        NodeKind::Assign(local, _)
        | NodeKind::Retrieve { target: local, .. }
        | NodeKind::RetrieveAggregate { target: local, .. }
        | NodeKind::Sort { target: local, .. }
        | NodeKind::FilterMember { target: local, .. }
        | NodeKind::AggregateMember { target: local, .. }
        | NodeKind::Create { target: Some(local), .. }
        | NodeKind::Call { target: Some(local), .. } => each(*local),
        _ => {}
    });
}
