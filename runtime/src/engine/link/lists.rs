//! `interface lists`.

use super::{
    super::wire::{WireAggregation, WireCombination, WireMember, WireSortKey, WireValue, list, object},
    Interface, handle,
};

pub(super) fn define(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    elements(at)?;
    whole_lists(at)
}

fn elements(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.certain("create", |request, ()| request.list_create().map(|list| list.0))?;
    at.certain("copy", |request, (of,): (u32,)| request.list_copy(list(of)).map(|list| list.0))?;
    at.certain("length", |request, (of,): (u32,)| request.list_length(list(of)))?;
    at.certain("get", |request, (of, index): (u32, u32)| request.list_get(list(of), index).map(|object| object.0))?;
    at.fallible("add", |request, (to, element): (u32, u32)| request.list_add(list(to), object(element)))?;
    at.fallible("add-all", |request, (to, elements): (u32, u32)| request.list_add_all(list(to), list(elements)))?;
    at.fallible("remove", |request, (from, element): (u32, u32)| request.list_remove(list(from), object(element)))?;
    at.fallible("remove-all", |request, (from, elements): (u32, u32)| {
        request.list_remove_all(list(from), list(elements))
    })?;
    at.fallible("clear", |request, (of,): (u32,)| request.list_clear(list(of)))
}

fn whole_lists(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.certain("head", |request, (of,): (u32,)| request.list_head(list(of)).map(handle))?;
    at.certain("tail", |request, (of,): (u32,)| request.list_tail(list(of)).map(|list| list.0))?;
    at.certain("range", |request, (of, offset, amount): (u32, i64, Option<i64>)| {
        request.list_range(list(of), offset, amount).map(|list| list.0)
    })?;
    at.certain("combine", |request, (how, left, right): (WireCombination, u32, u32)| {
        request.list_combine(how.into(), list(left), list(right)).map(|list| list.0)
    })?;
    at.certain("contains", |request, (of, element): (u32, u32)| request.list_contains(list(of), object(element)))?;
    at.certain("contains-all", |request, (of, elements): (u32, u32)| {
        request.list_contains_all(list(of), list(elements))
    })?;
    at.certain("equals", |request, (left, right): (u32, u32)| request.list_equals(list(left), list(right)))?;
    at.certain("sort", |request, (of, by): (u32, Vec<WireSortKey>)| {
        let by: Vec<_> = by.into_iter().map(Into::into).collect();
        request.list_sort(list(of), &by).map(|list| list.0)
    })?;
    at.waiting("filter", |request, (of, by, value): (u32, WireMember, WireValue)| {
        Box::pin(async move { request.list_filter(list(of), by.into(), value.into_value()?).await.map(|list| list.0) })
    })?;
    at.waiting("find", |request, (of, by, value): (u32, WireMember, WireValue)| {
        Box::pin(async move { request.list_find(list(of), by.into(), value.into_value()?).await.map(handle) })
    })?;
    at.fallible("aggregate", |request, (how, of, slot): (WireAggregation, u32, u32)| {
        request.list_aggregate(how.into(), list(of), slot).map(WireValue::from)
    })
}
