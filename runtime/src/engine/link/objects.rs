//! `interface objects`.

use brooklet_model::{AssociationId, EntityId};

use super::{
    super::wire::{WireAssignment, WireHandler, WireTarget, object},
    Interface, handle,
};

pub(super) fn define(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    members(at)?;
    operations(at)
}

fn members(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.fallible("create", |request, (entity,): (u32,)| request.create(EntityId(entity)).map(|object| object.0))?;
    at.fallible("get-boolean", |request, (of, slot): (u32, u32)| request.get_boolean(object(of), slot))?;
    at.fallible("get-integer", |request, (of, slot): (u32, u32)| request.get_integer(object(of), slot))?;
    at.fallible("get-date-time", |request, (of, slot): (u32, u32)| request.get_date_time(object(of), slot))?;
    at.fallible("get-text", |request, (of, slot): (u32, u32)| request.get_text(object(of), slot))?;
    at.waiting("change", |request, (of, to): (u32, Vec<WireAssignment>)| {
        Box::pin(async move {
            let to = to.into_iter().map(WireAssignment::into_assignment).collect::<Result<_, _>>()?;
            request.change(object(of), to).await
        })
    })?;
    at.waiting("add-reference", |request, (of, association, to): (u32, u32, WireTarget)| {
        Box::pin(request.add_reference(object(of), AssociationId(association), to.into()))
    })?;
    at.waiting("remove-reference", |request, (of, association, to): (u32, u32, WireTarget)| {
        Box::pin(request.remove_reference(object(of), AssociationId(association), to.into()))
    })?;
    at.waiting("follow", |request, (of, association, reversed): (u32, u32, bool)| {
        Box::pin(async move { request.follow(object(of), AssociationId(association), reversed).await.map(handle) })
    })?;
    at.waiting("follow-all", |request, (of, association, reversed): (u32, u32, bool)| {
        Box::pin(async move { request.follow_all(object(of), AssociationId(association), reversed).await.map(|l| l.0) })
    })?;
    at.certain("is-new", |request, (of,): (u32,)| request.is_new(object(of)))?;
    at.certain("is-a", |request, (of, entity): (u32, u32)| request.is_a(object(of), EntityId(entity)))?;
    at.certain("same", |request, (left, right): (u32, u32)| request.same(object(left), object(right)))
}

fn operations(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.waiting("commit", |request, (of, events): (WireTarget, bool)| Box::pin(request.commit(of.into(), events)))?;
    at.waiting("delete", |request, (of,): (WireTarget,)| Box::pin(request.delete(of.into())))?;
    at.waiting("rollback", |request, (of,): (WireTarget,)| Box::pin(request.rollback(of.into())))?;
    at.certain("next-handler", |request, ()| request.next_handler().map(WireHandler::from))?;
    at.waiting("handler-returned", |request, (answer,): (bool,)| Box::pin(request.handler_returned(answer)))?;
    at.silent("handler-failed", |request, ()| request.handler_failed())
}
