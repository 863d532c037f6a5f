//! What a store of wasmtime holds for us.

use std::sync::Arc;

use wasmtime::{ResourceLimiter, StoreContextMut, WasmBacktrace};

use super::places::Places;
use crate::limits::fixed::TABLE_ELEMENTS;
use crate::{
    errors::{Interruption, LimitExceeded, Outcome},
    limits::EngineLimits,
    request::Request,
};

/// The data of one instance. The request comes and goes; the rest stays with the instance.
pub(super) struct State {
    /// The request that the instance works for. Host functions are called during a request only.
    request: Option<Box<Request>>,
    /// What the guest's memory may grow to, and has grown to.
    pub(super) memory: MemoryLimiter,
    pub(super) limits: Arc<EngineLimits>,
    places: Arc<Places>,
}

impl State {
    pub(super) fn new(limits: Arc<EngineLimits>, places: Arc<Places>) -> Self {
        Self { request: None, memory: MemoryLimiter { limit: limits.memory_bytes, size: 0 }, limits, places }
    }

    /// Begins to work for a request.
    pub(super) fn begin(&mut self, request: Box<Request>) {
        debug_assert!(self.request.is_none(), "an instance works for one request at a time");
        self.request = Some(request);
    }

    /// The request back.
    pub(super) fn end(&mut self) -> Option<Box<Request>> {
        self.request.take()
    }

    /// The request; an error when the guest calls the host outside of one, from its start function say.
    pub(super) fn request(&mut self) -> wasmtime::Result<&mut Request> {
        match &mut self.request {
            Some(request) => Ok(request),
            None => Err(Stop(Interruption::internal("the guest called the host outside of a request")).into()),
        }
    }
}

/// Why the host stops a guest. It travels through wasmtime as an error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Stop(pub(super) Interruption);

/// The store as a host function sees it.
pub(super) type Context<'a> = StoreContextMut<'a, State>;

/// What a host function with a `result` answers: the outcome of the request's method in the form that the contract has. A
/// microflow error is kept in the request, with the places where it happened; anything else stops the guest.
pub(super) fn answer<T>(mut store: Context<'_>, outcome: Outcome<T>) -> wasmtime::Result<(Result<T, ()>,)> {
    match outcome {
        Ok(value) => Ok((Ok(value),)),
        Err(Interruption::Microflow(error)) => {
            store.data_mut().request()?.fail(*error);
            locate_pending(&mut store)?;
            Ok((Err(()),))
        }
        Err(stop) => Err(Stop(stop).into()),
    }
}

/// What a host function without a `result` answers.
pub(super) fn certain<T>(outcome: Outcome<T>) -> wasmtime::Result<(T,)> {
    outcome.map(|value| (value,)).map_err(|stop| Stop(stop).into())
}

/// Tells the pending error where it happened.
pub(super) fn locate_pending(store: &mut Context<'_>) -> wasmtime::Result<()> {
    let is_located = |request: &Request| request.pending().is_none_or(|error| !error.frames.is_empty());
    if is_located(store.data_mut().request()?) {
        return Ok(());
    }
    let backtrace = WasmBacktrace::force_capture(&*store);
    let frames = store.data().places.frames(&backtrace);
    if let Some(error) = store.data_mut().request()?.pending_mut() {
        error.frames = frames;
    }
    Ok(())
}

/// Bounds the linear memory of a guest.
#[derive(Debug)]
pub(super) struct MemoryLimiter {
    limit: usize,
    /// The size that the memory has grown to.
    pub(super) size: usize,
}

impl ResourceLimiter for MemoryLimiter {
    /// A refusal makes `memory.grow` answer -1; the guest then says `limits.exceeded`.
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = desired <= self.limit;
        if allowed {
            self.size = desired;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

/// The error for a guest that needs more memory than it may have.
pub(super) fn memory_exceeded(bytes: usize) -> LimitExceeded {
    LimitExceeded { limit: "memory_bytes", bound: bytes as u64, what: "bytes of memory" }
}
