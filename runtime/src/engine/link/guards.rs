//! `interface guards`.

use brooklet_model::MicroflowId;

use super::Interface;

pub(super) fn define(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.waiting("begin-exclusive", |request, (microflow,): (u32,)| {
        Box::pin(request.begin_exclusive(MicroflowId(microflow)))
    })?;
    at.waiting_certain("apply-access", |request, (on,): (bool,)| Box::pin(request.apply_access(on)))
}
