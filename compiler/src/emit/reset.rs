//! Taking back what a loop allocates.
//!
//! A guest allocates by moving a pointer. What a pass of a loop allocates is garbage after it, but for the texts that its
//! variables still name. All of those are known here: variables declared in the loop and used only in it end with the pass,
//! and everything that callers or earlier statements hold was allocated before the loop began. So after a pass the pointer
//! goes back to where it stood before the loop; texts of variables that live on are copied there first. Since copying costs,
//! it waits until the garbage is worth it. Objects and lists do not count: they live in the host.

use wasm_encoder::ValType::I32;

use crate::check::ir::{Flow, LocalId, Node, NodeKind, visit_nodes};

use super::{expression::is_text, flow::FlowWriter, guest::Helper, layout::global};

/// So much may be allocated before texts are copied, and at least as much as was copied the last time.
const PATIENCE_BYTES: i32 = 256 << 10;

/// A loop whose allocations are taken back.
pub(super) struct Reset {
    /// Where the pointer stood before the loop.
    base: u32,
    /// Variables that live on, and where the pointer must be for them to be copied.
    survivors: Option<(Vec<LocalId>, u32)>,
    /// Variables that end with a pass.
    fresh: Vec<LocalId>,
}

impl FlowWriter<'_> {
    /// Before the first pass.
    pub(super) fn begin_reset(&mut self, number: u32) -> Reset {
        let body = body(self.flow, number);
        let within = |local: &LocalId| {
            let variable = &self.flow.locals[local.index()];
            variable.loops.contains(&number) && !variable.escapes
        };
        let set = texts_set(self.flow, body);
        let (fresh, survivors): (Vec<_>, Vec<_>) = set.into_iter().partition(within);
        let base = self.code.temporary(I32);
        self.code.op().global_get(global::BUMP).local_set(base);
        let survivors = (!survivors.is_empty()).then(|| {
            let patience = self.code.temporary(I32);
            self.code.op().local_get(base).i32_const(PATIENCE_BYTES).i32_add().local_set(patience);
            (survivors, patience)
        });
        Reset { base, survivors, fresh }
    }

    /// At the begin of a pass: texts of the pass before are gone.
    pub(super) fn begin_pass(&mut self, reset: &Reset) {
        for local in &reset.fresh {
            let value = self.slot(*local).value;
            self.code.op().i32_const(0).local_set(value);
        }
    }

    /// At the end of a pass.
    pub(super) fn end_pass(&mut self, reset: &Reset) {
        let base = reset.base;
        let Some((survivors, patience)) = &reset.survivors else {
            self.code.op().local_get(base).global_set(global::BUMP);
            return;
        };
        self.code.op().global_get(global::BUMP).local_get(*patience).i32_gt_u();
        self.code.if_();
        let (top, size) = (self.code.temporary(I32), self.code.temporary(I32));
        self.code.op().global_get(global::BUMP).local_set(top);
        for local in survivors {
            let value = self.slot(*local).value;
            self.code.op().local_get(value).local_get(base).local_get(top);
            self.code.help(Helper::Survive);
            self.code.op().local_set(value);
        }
        self.code.op().global_get(global::BUMP).local_get(top).i32_sub().local_set(size);
        self.code.op().local_get(base).local_get(top).local_get(size).memory_copy(0, 0);
        self.code.op().local_get(base).local_get(size).i32_add().global_set(global::BUMP);
        self.code.op().local_get(size).i32_const(PATIENCE_BYTES).local_get(size).i32_const(PATIENCE_BYTES).i32_gt_u();
        self.code.op().select().global_get(global::BUMP).i32_add().local_set(*patience);
        self.code.end();
        self.code.release(top);
        self.code.release(size);
    }

    /// After the loop.
    pub(super) fn end_reset(&mut self, reset: Reset) {
        self.code.release(reset.base);
        if let Some((_, patience)) = reset.survivors {
            self.code.release(patience);
        }
    }
}

/// The body of the loop of that number.
fn body(flow: &Flow, number: u32) -> &[Node] {
    let mut found: &[Node] = &[];
    visit_nodes(&flow.body, &mut |node| {
        if let NodeKind::Loop { number: this, body, .. } | NodeKind::While { number: this, body, .. } = &node.kind
            && *this == number
        {
            found = body;
        }
    });
    found
}

/// Every variable with a text that is set, each once.
fn texts_set(flow: &Flow, body: &[Node]) -> Vec<LocalId> {
    let mut set = Vec::new();
    visit_nodes(body, &mut |node| {
        let local = match &node.kind {
            NodeKind::Assign(local, _)
            | NodeKind::Retrieve { target: local, .. }
            | NodeKind::RetrieveAggregate { target: local, .. }
            | NodeKind::Sort { target: local, .. }
            | NodeKind::FilterMember { target: local, .. }
            | NodeKind::AggregateMember { target: local, .. }
            | NodeKind::Create { target: Some(local), .. }
            | NodeKind::Call { target: Some(local), .. } => *local,
            _ => return,
        };
        if is_text(flow.locals[local.index()].kind) && !set.contains(&local) {
            set.push(local);
        }
    });
    set
}
