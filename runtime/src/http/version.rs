//! Versions of the model in headers: the one that a client says it knows, and the one that made an answer.
//!
//! Every answer of the application's interface says its version, in one place: a handler leaves a [`Ran`] with its answer,
//! a problem that happened inside a version does, and what no version had to do with says the one that serves.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

use super::Shared;
use crate::limits::fixed::SAID_VERSION_BYTES;

/// The header, in both directions.
pub(super) const VERSION: HeaderName = HeaderName::from_static("brooklet-version");

/// The version that made an answer: an extension of the answer.
#[derive(Clone, Debug)]
pub(super) struct Ran(pub(super) String);

/// The version that a client says it knows.
pub(super) fn said(headers: &HeaderMap) -> Option<Arc<str>> {
    let value = headers.get(VERSION)?;
    // What is no text, or too long, is no version that anybody knows.
    let text = value.to_str().ok().filter(|text| text.len() <= SAID_VERSION_BYTES).unwrap_or("?");
    Some(text.trim().into())
}

/// An answer that a version made.
pub(super) fn ran(version: impl Into<String>, mut response: Response) -> Response {
    response.extensions_mut().insert(Ran(version.into()));
    response
}

/// Where the application's interface is, on a port that may have others.
const INTERFACE: &str = "/api/";

/// Puts the version on every answer.
pub(super) async fn say(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(INTERFACE) {
        return next.run(request).await;
    }
    let mut response = next.run(request).await;
    let ran = response.extensions_mut().remove::<Ran>().map(|Ran(version)| version);
    let version = ran.or_else(|| Some(shared.node.version()?.hash().to_owned()));
    let value = version.and_then(|version| HeaderValue::try_from(version).ok());
    response.headers_mut().extend(value.map(|value| (VERSION, value)));
    response
}
