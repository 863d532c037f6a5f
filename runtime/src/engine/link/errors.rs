//! `interface errors`.

use super::{
    super::{
        state::{Context, Stop, locate_pending},
        wire::{WireCatchMode, WireReason},
    },
    Interface, handle,
};

pub(super) fn define(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    // Raises the error, and says where that was.
    at.0.func_wrap("raise", |mut store: Context<'_>, (reason, message): (WireReason, String)| {
        store.data_mut().request()?.raise(reason.into(), message).map_err(Stop)?;
        locate_pending(&mut store)
    })?;
    at.fallible("savepoint", |request, ()| request.savepoint())?;
    at.waiting_silent("release", |request, ()| Box::pin(request.release()))?;
    at.waiting("catch", |request, (mode,): (WireCatchMode,)| Box::pin(request.catch(mode.into())))?;
    at.silent("caught", |request, ()| request.caught())?;
    at.silent("rethrow", |request, ()| request.rethrow())?;
    at.certain("latest", |request, ()| request.latest().map(handle))
}
