//! The body of one function while it is written.
//!
//! Calls are written with a placeholder and linked at the end (`link.rs`), because the number of a function depends on which
//! imports and helpers turn out to be used.

use wasm_encoder::{BlockType, Encode, InstructionSink, MemArg, ValType};

use super::{guest::Helper, imports::Import};

/// What a call names, before functions have numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Callee {
    /// A function of the host.
    Import(Import),
    /// A function that every guest may have.
    Helper(Helper),
    /// A microflow, by number.
    Microflow(u32),
}

/// The width of a call's operand: a LEB128 number padded to its longest form.
pub(super) const CALL_OPERAND_BYTES: usize = 5;

/// Where a block began: the target of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u32);

/// A function's body.
#[derive(Debug)]
pub(super) struct Code {
    bytes: Vec<u8>,
    parameters: u32,
    locals: Vec<ValType>,
    free: Vec<(ValType, u32)>,
    depth: u32,
    calls: Vec<(usize, Callee)>,
}

/// A finished body, not yet linked.
#[derive(Debug)]
pub(super) struct Body {
    /// Declarations of locals and instructions.
    pub(super) bytes: Vec<u8>,
    /// Offsets of call operands, with what they name.
    pub(super) calls: Vec<(usize, Callee)>,
    /// How many bytes the declarations take: what an instruction's offset must be moved by.
    pub(super) prologue: u32,
}

impl Code {
    /// An empty body of a function with so many parameters.
    pub(super) fn new(parameters: usize) -> Self {
        Self {
            bytes: Vec::new(),
            parameters: parameters as u32,
            locals: Vec::new(),
            free: Vec::new(),
            depth: 0,
            calls: Vec::new(),
        }
    }

    /// The next instructions.
    pub(super) fn op(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.bytes)
    }

    /// Where the next instruction will stand, in bytes after the declarations.
    pub(super) fn offset(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// A local for good.
    pub(super) fn local(&mut self, kind: ValType) -> u32 {
        self.locals.push(kind);
        self.parameters + self.locals.len() as u32 - 1
    }

    /// A local for a while; give it back with [`Code::release`].
    pub(super) fn temporary(&mut self, kind: ValType) -> u32 {
        match self.free.iter().rposition(|(free, _)| *free == kind) {
            Some(at) => self.free.remove(at).1,
            None => self.local(kind),
        }
    }

    /// The temporary can serve for something else.
    pub(super) fn release(&mut self, temporary: u32) {
        let kind = self.locals[(temporary - self.parameters) as usize];
        self.free.push((kind, temporary));
    }

    /// Calls a function.
    pub(super) fn call(&mut self, callee: Callee) {
        self.bytes.push(0x10);
        self.calls.push((self.bytes.len(), callee));
        self.bytes.extend([0x80; CALL_OPERAND_BYTES - 1]);
        self.bytes.push(0);
    }

    /// Calls a function of the host.
    pub(super) fn host(&mut self, import: Import) {
        self.call(Callee::Import(import));
    }

    /// Calls a helper.
    pub(super) fn help(&mut self, helper: Helper) {
        self.call(Callee::Helper(helper));
    }

    /// Begins a block whose label stands at its end.
    pub(super) fn block(&mut self) -> Label {
        self.op().block(BlockType::Empty);
        self.enter()
    }

    /// Begins a block whose label stands at its begin.
    pub(super) fn loop_(&mut self) -> Label {
        self.op().loop_(BlockType::Empty);
        self.enter()
    }

    /// Begins a block that is run when the number on the stack is not zero.
    pub(super) fn if_(&mut self) -> Label {
        self.if_typed(BlockType::Empty)
    }

    /// The same, with results.
    pub(super) fn if_typed(&mut self, kind: BlockType) -> Label {
        self.op().if_(kind);
        self.enter()
    }

    fn enter(&mut self) -> Label {
        self.depth += 1;
        Label(self.depth)
    }

    /// Begins the other branch of an `if`.
    pub(super) fn else_(&mut self) {
        self.op().else_();
    }

    /// Ends the innermost block.
    pub(super) fn end(&mut self) {
        self.depth -= 1;
        self.op().end();
    }

    /// Goes to a label.
    pub(super) fn branch(&mut self, to: Label) {
        let distance = self.depth - to.0;
        self.op().br(distance);
    }

    /// Goes to a label when the number on the stack is not zero.
    pub(super) fn branch_if(&mut self, to: Label) {
        let distance = self.depth - to.0;
        self.op().br_if(distance);
    }

    /// Ends the function and puts the declarations in front.
    pub(super) fn finish(mut self) -> Body {
        debug_assert_eq!(self.depth, 0, "every block is ended");
        self.op().end();
        let mut bytes = Vec::with_capacity(self.bytes.len() + 8);
        let runs: Vec<(u32, ValType)> =
            self.locals.chunk_by(|a, b| a == b).map(|run| (run.len() as u32, run[0])).collect();
        runs.len().encode(&mut bytes);
        for (count, kind) in runs {
            count.encode(&mut bytes);
            kind.encode(&mut bytes);
        }
        let prologue = bytes.len();
        bytes.extend_from_slice(&self.bytes);
        let calls = self.calls.into_iter().map(|(at, callee)| (at + prologue, callee)).collect();
        Body { bytes, calls, prologue: prologue as u32 }
    }
}

/// The operand of a load or store of four-byte units or less at an offset.
pub(super) fn at(offset: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align: 0, memory_index: 0 }
}
