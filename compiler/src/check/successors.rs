//! What follows each activity: the edges of a flow chart.

use brooklet_model::{Activity, Successor};

use super::ir::{ErrorMode, ExprKind, Node, NodeKind};

/// Where control goes from a place.
#[derive(Clone, Copy)]
struct Around {
    /// After the block; none for the end of the flow.
    after: Option<u32>,
    /// The innermost loop, and what follows it.
    inner_loop: Option<(u32, Option<u32>)>,
}

/// Writes the successors of all activities of a flow.
pub(super) fn link(nodes: &[Node], activities: &mut [Activity]) {
    block(nodes, None, Around { after: None, inner_loop: None }, activities);
}

/// The first activity of a block that is another one than the present: several nodes can stand for one.
fn entry(nodes: &[Node], present: Option<u32>) -> Option<u32> {
    nodes.iter().map(|node| node.activity).find(|activity| Some(*activity) != present)
}

fn block(nodes: &[Node], parent: Option<u32>, around: Around, activities: &mut [Activity]) {
    for (index, node) in nodes.iter().enumerate() {
        let after = entry(&nodes[index + 1..], Some(node.activity)).or(around.after);
        link_node(node, parent, Around { after, ..around }, activities);
    }
}

fn link_node(node: &Node, parent: Option<u32>, around: Around, activities: &mut [Activity]) {
    let present = node.activity;
    if let ErrorMode::Handle { body, .. } = &node.on_error {
        set_handler(activities, present, entry(body, Some(present)).or(around.after));
        block(body, Some(present), around, activities);
    }
    // A node inside another of the same activity is a detail of it.
    let is_detail = parent == Some(present);
    let go = |when: &str, to: Option<u32>, activities: &mut [Activity]| {
        if !is_detail {
            add(activities, present, when, to);
        }
    };
    let branch = |body: &[Node]| entry(body, Some(present)).or(around.after);
    match &node.kind {
        NodeKind::If { condition, then, otherwise }
            if otherwise.is_empty() && condition.kind == ExprKind::Boolean(true) =>
        {
            // Several nodes that stand for one statement.
            go("", around.after, activities);
            block(then, Some(present), around, activities);
        }
        NodeKind::If { then, otherwise, .. } => {
            let (mut then, mut otherwise) = (then, otherwise);
            loop {
                go("true", branch(then), activities);
                block(then, Some(present), around, activities);
                // `elsif` is an `if` of the same activity within the other branch.
                match otherwise.as_slice() {
                    [Node { activity, kind: NodeKind::If { then: next, otherwise: rest, .. }, .. }]
                        if *activity == present =>
                    {
                        (then, otherwise) = (next, rest);
                    }
                    _ => break,
                }
            }
            go("false", branch(otherwise), activities);
            block(otherwise, Some(present), around, activities);
        }
        NodeKind::Case { branches, otherwise, .. } => {
            for (keys, body) in branches {
                for key in keys {
                    go(key.as_deref().unwrap_or("(empty)"), branch(body), activities);
                }
                block(body, Some(present), around, activities);
            }
            go("", branch(otherwise), activities);
            block(otherwise, Some(present), around, activities);
        }
        NodeKind::Split { branches, otherwise, .. } => {
            for (entity, body) in branches {
                let when = entity.map_or("(empty)".to_owned(), |entity| format!("entity {}", entity.0));
                go(&when, branch(body), activities);
                block(body, Some(present), around, activities);
            }
            go("", branch(otherwise), activities);
            block(otherwise, Some(present), around, activities);
        }
        NodeKind::Loop { body, .. } | NodeKind::While { body, .. } => {
            let inside = Around { after: Some(present), inner_loop: Some((present, around.after)) };
            if let Some(first) = entry(body, Some(present)) {
                go("body", Some(first), activities);
                go("done", around.after, activities);
            } else {
                go("", around.after, activities);
            }
            block(body, Some(present), inside, activities);
        }
        NodeKind::BeginExclusive { otherwise, .. } if !otherwise.is_empty() => {
            go("true", around.after, activities);
            go("false", None, activities);
        }
        NodeKind::Break => go("", around.inner_loop.and_then(|(_, after)| after), activities),
        NodeKind::Continue => go("", around.inner_loop.map(|(again, _)| again), activities),
        NodeKind::Return(_) => go("", None, activities),
        NodeKind::Rethrow | NodeKind::Throw(_) | NodeKind::Unavailable(_) => {}
        _ => go("", around.after, activities),
    }
}

fn add(activities: &mut [Activity], from: u32, when: &str, to: Option<u32>) {
    let successors = &mut activities[from as usize].successors;
    let new = Successor { activity: to, when: when.to_owned() };
    if !successors.contains(&new) {
        successors.push(new);
    }
}

fn set_handler(activities: &mut [Activity], of: u32, handler: Option<u32>) {
    activities[of as usize].on_error = handler;
}
