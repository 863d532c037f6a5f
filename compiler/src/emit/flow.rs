//! A microflow as a Wasm function.
//!
//! Its parameters are the depth of nested calls and the values of its own parameters; its results are its value (absent for
//! nothing) and an error flag. Errors are branches to the innermost error label: the handler of an activity, or the end of
//! the function, which answers the flag.

use brooklet_model::{AttributeRef, Manifest, Microflow, Type};
use wasm_encoder::ValType::{self, I32, I64};

use crate::check::ir::{Flow, LocalId};

use super::{
    code::{Body, Callee, Code, Label},
    expression::is_wide,
    imports::Import,
    layout::{Texts, global},
};

/// What must be done when control leaves a part of a flow early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cleanup {
    /// The error handler is left.
    Caught,
    /// The savepoint of an activity is no longer needed.
    Release,
    /// The microflow ends: whose rights hold is again what this local says.
    Restore(u32),
}

/// Where the statements of a loop's body can go.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopLabels {
    pub(super) done: Label,
    pub(super) next: Label,
    /// How many cleanups were due when the loop began.
    pub(super) cleanups: usize,
}

/// The Wasm locals of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) value: u32,
    /// Whether there is a value, for numbers that may be empty.
    pub(super) flag: Option<u32>,
}

/// Writes the function of one microflow.
pub(super) struct FlowWriter<'a> {
    pub(super) code: Code,
    pub(super) manifest: &'a Manifest,
    pub(super) texts: &'a mut Texts,
    pub(super) flow: &'a Flow,
    slots: Vec<Slot>,
    pub(super) error: Label,
    pub(super) cleanups: Vec<Cleanup>,
    pub(super) loops: Vec<LoopLabels>,
    offsets: Vec<u32>,
    /// Whether the microflow's operations are held to the rights of whoever called.
    applies_access: bool,
}

/// A microflow's body, with the offsets of its activities within the function.
pub(super) struct FlowBody {
    pub(super) body: Body,
    pub(super) offsets: Vec<u32>,
}

/// The shape of a value that may be empty.
pub(super) fn shape(kind: Type) -> &'static [ValType] {
    match kind {
        Type::Nothing => &[],
        kind if is_wide(kind) => &[I64, I32],
        _ => &[I32],
    }
}

/// The parameters of the function of a microflow.
pub(super) fn parameters(kinds: impl Iterator<Item = Type>) -> Vec<ValType> {
    std::iter::once(I32).chain(kinds.flat_map(|kind| shape(kind).iter().copied())).collect()
}

/// The results of the function of a microflow.
pub(super) fn results(kind: Type) -> Vec<ValType> {
    shape(kind).iter().copied().chain([I32]).collect()
}

/// Writes a microflow's function.
pub(super) fn write(flow: &Flow, microflow: &Microflow, manifest: &Manifest, texts: &mut Texts) -> FlowBody {
    let parameters = parameters(flow.locals[..flow.parameters].iter().map(|local| local.kind));
    let mut code = Code::new(parameters.len());
    let slots = slots(flow, &mut code);
    let error = code.block();
    let mut writer = FlowWriter {
        code,
        manifest,
        texts,
        flow,
        slots,
        error,
        cleanups: Vec::new(),
        loops: Vec::new(),
        offsets: vec![u32::MAX; microflow.activities.len()],
        applies_access: microflow.applies_entity_access,
    };
    writer.check_depth();
    writer.begin_access();
    writer.nodes(&flow.body);
    if flow.returns == Type::Nothing {
        writer.leave(0);
        writer.code.op().i32_const(0).return_();
    } else {
        // The checker has seen that every way returns.
        writer.code.op().unreachable();
    }
    writer.code.end();
    writer.leave(0);
    for kind in shape(flow.returns) {
        match kind {
            I64 => writer.code.op().i64_const(0),
            _ => writer.code.op().i32_const(0),
        };
    }
    writer.code.op().i32_const(1);
    let FlowWriter { code, mut offsets, .. } = writer;
    let body = code.finish();
    for offset in &mut offsets {
        *offset = offset.saturating_add(body.prologue);
    }
    FlowBody { body, offsets }
}

fn slots(flow: &Flow, code: &mut Code) -> Vec<Slot> {
    let mut next_parameter = 1;
    flow.locals
        .iter()
        .enumerate()
        .map(|(index, local)| {
            if index < flow.parameters {
                let value = next_parameter;
                let shape = shape(local.kind);
                next_parameter += shape.len() as u32;
                return Slot { value, flag: (shape.len() == 2).then_some(value + 1) };
            }
            if is_wide(local.kind) {
                let value = code.local(I64);
                return Slot { value, flag: local.nullable.then(|| code.local(I32)) };
            }
            Slot { value: code.local(I32), flag: None }
        })
        .collect()
}

impl FlowWriter<'_> {
    pub(super) fn slot(&self, local: LocalId) -> Slot {
        self.slots[local.index()]
    }

    /// An attribute as the host knows it.
    pub(super) fn slot_of(&self, attribute: AttributeRef) -> i32 {
        self.manifest.slot(attribute) as i32
    }

    /// Takes the value from the stack, in the shape that may be empty.
    pub(super) fn set_nullable(&mut self, local: LocalId) {
        let slot = self.slot(local);
        if is_wide(self.flow.locals[local.index()].kind) {
            match slot.flag {
                Some(flag) => self.code.op().local_set(flag),
                None => self.code.op().drop(),
            };
        }
        self.code.op().local_set(slot.value);
    }

    /// Notes where an activity's code begins.
    pub(super) fn mark(&mut self, activity: u32) {
        let offset = self.code.offset();
        if let Some(at) = self.offsets.get_mut(activity as usize)
            && *at == u32::MAX
        {
            *at = offset;
        }
    }

    fn check_depth(&mut self) {
        self.code.op().local_get(0).global_get(global::DEPTH_LIMIT).i32_ge_u();
        self.code.if_();
        self.code.op().i32_const(0);
        self.code.host(Import::LimitExceeded);
        self.code.op().unreachable();
        self.code.end();
    }

    /// Holds what the microflow does to the rights of whoever called, if it is one of those, until it ends.
    fn begin_access(&mut self) {
        if self.applies_access {
            let before = self.code.local(I32);
            self.code.op().i32_const(1);
            self.code.host(Import::ApplyAccess);
            self.code.op().local_set(before);
            self.cleanups.push(Cleanup::Restore(before));
        }
    }

    /// Calls a microflow: depth, arguments -> results, error flag. What it does is not held to rights because this one is.
    pub(super) fn call(&mut self, microflow: u32) {
        let changes = self.applies_access && !self.manifest.microflows[microflow as usize].applies_entity_access;
        if changes {
            self.code.op().i32_const(0);
            self.code.host(Import::ApplyAccess);
            self.code.op().drop();
        }
        self.code.call(Callee::Microflow(microflow));
        if changes {
            self.code.op().i32_const(1);
            self.code.host(Import::ApplyAccess);
            self.code.op().drop();
        }
    }

    /// Does what is due when control leaves for a place where only `kept` cleanups are due.
    pub(super) fn leave(&mut self, kept: usize) {
        for index in (kept..self.cleanups.len()).rev() {
            match self.cleanups[index] {
                Cleanup::Caught => self.code.host(Import::Caught),
                Cleanup::Release => self.code.host(Import::Release),
                Cleanup::Restore(before) => {
                    self.code.op().local_get(before);
                    self.code.host(Import::ApplyAccess);
                    self.code.op().drop();
                }
            }
        }
    }
}
