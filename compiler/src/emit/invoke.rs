//! How the host gets into a guest, and the guest to the event handlers that the host names.

use brooklet_model::{Manifest, MicroflowId, Type};
use wasm_encoder::{
    BlockType,
    ValType::{I32, I64},
};

use super::{
    code::{Body, Callee, Code, at},
    expression::{is_text, is_wide, value_case},
    flow::shape,
    guest::Helper,
    layout::{RETURN_AREA, RETURN_VALUE, VALUE_BYTES, VALUE_PAYLOAD, global},
};

/// What microflows with equal types of parameters and results share: how their arguments are read, and their results written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Signature {
    parameters: Vec<Kind>,
    returns: Kind,
}

/// What matters about a type here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Nothing,
    Boolean,
    Wide(i32),
    Text(i32),
    Handle(i32),
}

impl From<Type> for Kind {
    fn from(kind: Type) -> Self {
        match kind {
            Type::Nothing => Self::Nothing,
            Type::Boolean => Self::Boolean,
            kind if is_wide(kind) => Self::Wide(value_case(kind)),
            kind if is_text(kind) => Self::Text(value_case(kind)),
            kind => Self::Handle(value_case(kind)),
        }
    }
}

impl Signature {
    /// The signature of a microflow.
    pub(super) fn of(microflow: &brooklet_model::Microflow) -> Self {
        Self {
            parameters: microflow.parameters.iter().map(|parameter| parameter.kind.into()).collect(),
            returns: microflow.returns.into(),
        }
    }
}

/// Writes the exported function: microflow, limit of depth, arguments and their number -> the return area.
///
/// The table has the functions of all microflows, and after them the readers of their signatures.
pub(super) fn invoke(microflows: usize, reader_type: u32) -> Body {
    let (microflow, limit, arguments) = (0, 1, 2);
    let mut code = Code::new(4);
    code.op().local_get(limit).global_set(global::DEPTH_LIMIT);
    code.op().local_get(microflow).local_get(arguments);
    code.op().local_get(microflow).i32_const(microflows as i32).i32_add().call_indirect(0, reader_type);
    code.op().i32_const(RETURN_AREA as i32);
    code.finish()
}

/// Writes the function that the host calls when it has read the result: it takes all allocations back.
pub(super) fn post_invoke(heap_base: u32) -> Body {
    let mut code = Code::new(1);
    code.op().i32_const(heap_base as i32).global_set(global::BUMP);
    code.finish()
}

/// Writes the reader of a signature: microflow, arguments.
pub(super) fn reader(signature: &Signature, function_type: u32) -> Body {
    let (microflow, arguments) = (0, 1);
    let mut code = Code::new(2);
    let (failed, flag) = (code.local(I32), code.local(I32));
    let (wide, narrow) = (code.local(I64), code.local(I32));
    code.op().i32_const(0);
    for (index, kind) in signature.parameters.iter().enumerate() {
        let offset = index as u32 * VALUE_BYTES;
        let payload = offset + VALUE_PAYLOAD;
        match kind {
            Kind::Nothing => {}
            Kind::Boolean => {
                // The payload of an empty value is not written.
                code.op().local_get(arguments).i32_load8_u(at(payload)).i32_const(1).i32_and();
                code.op().local_get(arguments).i32_load8_u(at(offset)).i32_const(0).i32_ne().i32_and();
            }
            Kind::Wide(_) => {
                code.op().local_get(arguments).i64_load(at(payload));
                code.op().local_get(arguments).i32_load8_u(at(offset)).i32_const(0).i32_ne();
            }
            Kind::Text(_) => {
                code.op().local_get(arguments).i32_load8_u(at(offset));
                code.if_typed(BlockType::Result(I32));
                code.op().local_get(arguments).i32_load(at(payload)).local_get(arguments).i32_load(at(payload + 4));
                code.help(Helper::TextFrom);
                code.else_();
                code.op().i32_const(0);
                code.end();
            }
            Kind::Handle(_) => {
                code.op().local_get(arguments).i32_load(at(payload)).i32_const(0);
                code.op().local_get(arguments).i32_load8_u(at(offset)).select();
            }
        }
    }
    code.op().local_get(microflow).call_indirect(0, function_type).local_set(failed);
    match signature.returns {
        Kind::Nothing => {}
        Kind::Wide(_) => {
            code.op().local_set(flag).local_set(wide);
        }
        _ => {
            code.op().local_set(narrow);
        }
    }
    code.op().i32_const(RETURN_AREA as i32).local_get(failed).i32_store8(at(0));
    code.op().i32_const(RETURN_VALUE as i32);
    match signature.returns {
        Kind::Nothing => {
            code.op().i32_const(0).i32_store8(at(0));
        }
        Kind::Boolean => {
            code.op().i32_const(super::layout::case::BOOLEAN).i32_store8(at(0));
            code.op().i32_const(RETURN_VALUE as i32).local_get(narrow).i32_store8(at(VALUE_PAYLOAD));
        }
        Kind::Wide(case) => {
            code.op().i32_const(case).local_get(wide).local_get(flag);
            code.help(Helper::StoreWide);
        }
        Kind::Text(case) => {
            code.op().i32_const(case).local_get(narrow);
            code.help(Helper::StoreText);
        }
        Kind::Handle(case) => {
            code.op().i32_const(case).local_get(narrow);
            code.help(Helper::StoreHandle);
        }
    }
    code.finish()
}

/// Writes the function that runs an event handler or the check of a rule: depth, microflow, object -> answer, error flag.
pub(super) fn run_handler(manifest: &Manifest) -> Body {
    let (depth, wanted, object) = (0, 1, 2);
    let mut code = Code::new(3);
    let (answer, failed) = (code.local(I32), code.local(I32));
    code.op().i32_const(1).local_set(answer);
    for handler in handlers(manifest) {
        let microflow = manifest.microflow(handler);
        code.op().local_get(wanted).i32_const(handler.0 as i32).i32_eq();
        code.if_();
        code.op().local_get(depth);
        for parameter in &microflow.parameters {
            match parameter.kind {
                Type::Object(_) => code.op().local_get(object),
                kind if is_wide(kind) => code.op().i64_const(0).i32_const(0),
                _ => code.op().i32_const(0),
            };
        }
        code.call(Callee::Microflow(handler.0));
        code.op().local_set(failed);
        if microflow.returns == Type::Boolean {
            code.op().local_set(answer);
        } else {
            for _ in shape(microflow.returns) {
                code.op().drop();
            }
        }
        code.op().local_get(answer).local_get(failed).return_();
        code.end();
    }
    code.op().unreachable();
    code.finish()
}

/// The microflows that the host may name, each once.
fn handlers(manifest: &Manifest) -> Vec<MicroflowId> {
    let mut all: Vec<MicroflowId> = manifest
        .entities
        .iter()
        .flat_map(|entity| {
            let events = entity.handlers.iter().map(|handler| handler.microflow);
            let rules = entity.rules.iter().filter_map(|rule| match rule.kind {
                brooklet_model::RuleKind::Expression(microflow) => Some(microflow),
                _ => None,
            });
            events.chain(rules)
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
