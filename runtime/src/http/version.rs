//! Versions of the model in headers: the one that a client says it knows, and the one that made an answer.
//!
//! Every answer of the application's interface says its version, in one place: a handler leaves a [`Ran`] with its answer,
//! a problem that happened inside a version does, and what no version had to do with says the one that serves.

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};

use super::Shared;
use crate::{limits::fixed::SAID_VERSION_BYTES, versions::Audience};

/// The header, in both directions.
pub(super) const VERSION: HeaderName = HeaderName::from_static("brooklet-version");

/// The header with which a client asks for a version that is tried out.
const CANARY: HeaderName = HeaderName::from_static("brooklet-canary");

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

/// The word with which a client asks for a version that is tried out.
pub(super) fn word(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(CANARY)?.to_str().ok()?.trim();
    Audience::is_word(text).then(|| text.into())
}

/// An answer that a version made.
pub(super) fn ran(version: impl Into<String>, mut response: Response) -> Response {
    response.extensions_mut().insert(Ran(version.into()));
    response
}

/// Puts the version on an answer of the application's interface.
pub(super) fn say(shared: &Shared, response: &mut Response) {
    let value = match response.extensions_mut().remove::<Ran>() {
        Some(Ran(version)) => HeaderValue::try_from(version),
        None => match shared.node.version() {
            Some(version) => HeaderValue::try_from(version.hash()),
            None => return,
        },
    };
    response.headers_mut().extend(value.ok().map(|value| (VERSION, value)));
}
