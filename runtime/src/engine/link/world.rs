//! `interface functions`, `interface effects`, `interface limits`.

use brooklet_model::{ConstantId, EnumerationId};

use super::{
    super::{
        guest::call_depth_exceeded,
        state::{Context, Stop, memory_exceeded},
        wire::{
            WireArgument, WireArithmetic, WireLevel, WireLimit, WireMember, WireSeverity, WireValue, object, values,
        },
    },
    Interface, handle,
};

pub(super) fn define_functions(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.fallible("decimal-arithmetic", |request, (how, left, right): (WireArithmetic, String, String)| {
        request.decimal_arithmetic(how.into(), &left, &right)
    })?;
    at.certain("decimal-compare", |request, (left, right): (String, String)| request.decimal_compare(&left, &right))?;
    at.fallible("evaluate", |request, (function, arguments): (u32, Vec<WireValue>)| {
        request.evaluate(function, &values(arguments)?).map(WireValue::from)
    })?;
    at.fallible("constant", |request, (number,): (u32,)| request.constant(ConstantId(number)).map(WireValue::from))?;
    at.certain("caption", |request, (enumeration, key): (u32, String)| {
        request.caption(EnumerationId(enumeration), &key)
    })?;
    at.waiting_certain("current-user", |request, ()| {
        Box::pin(async move { request.current_user().await.map(handle) })
    })?;
    at.certain("current-session", |request, ()| request.current_session().map(handle))
}

pub(super) fn define_effects(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.silent("log", |request, (level, node, message): (WireLevel, String, String)| {
        request.log(level.into(), node, message)
    })?;
    at.silent("show-message", |request, (severity, message, blocking): (WireSeverity, String, bool)| {
        request.show_message(severity.into(), message, blocking)
    })?;
    at.silent("validation-feedback", |request, (of, member, message): (u32, WireMember, String)| {
        request.validation_feedback(object(of), member.into(), message)
    })?;
    at.silent("instruct", |request, (kind, name, arguments): (String, String, Vec<WireArgument>)| {
        let arguments = arguments.into_iter().map(|one| one.value.into_value().map(|value| (one.name, value)));
        request.instruct(kind, name, arguments.collect::<Result<_, _>>()?)
    })?;
    at.silent("expectation", |request, (number, holds, sides): (u32, bool, Vec<WireValue>)| {
        request.expectation(number, holds, values(sides)?)
    })
}

pub(super) fn define_limits(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.0.func_wrap("exceeded", |store: Context<'_>, (limit,): (WireLimit,)| -> wasmtime::Result<()> {
        let limits = &store.data().limits;
        let exceeded = match limit {
            WireLimit::CallDepth => call_depth_exceeded(limits.call_depth),
            WireLimit::Memory => memory_exceeded(limits.memory_bytes),
        };
        Err(Stop(exceeded.into()).into())
    })
}
