//! `interface database`.

use brooklet_model::QueryId;

use super::{
    super::wire::{WireAggregation, WireValue, values},
    Interface,
};

pub(super) fn define(at: &mut Interface<'_>) -> wasmtime::Result<()> {
    at.waiting(
        "retrieve",
        |request, (query, parameters, limit, offset): (u32, Vec<WireValue>, Option<i64>, Option<i64>)| {
            Box::pin(async move {
                request.retrieve(QueryId(query), values(parameters)?, limit, offset).await.map(|list| list.0)
            })
        },
    )?;
    at.waiting("count", |request, (query, parameters): (u32, Vec<WireValue>)| {
        Box::pin(async move { request.count(QueryId(query), values(parameters)?).await })
    })?;
    at.waiting("aggregate", |request, (query, parameters, how, slot): (u32, Vec<WireValue>, WireAggregation, u32)| {
        Box::pin(async move {
            let parameters = values(parameters)?;
            request.aggregate(QueryId(query), parameters, how.into(), slot).await.map(WireValue::from)
        })
    })
}
