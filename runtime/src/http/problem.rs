//! Errors as clients of HTTP see them: problem documents of RFC 9457.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    errors::ValidationMessage,
    flow::{Failure, FailureKind, Place},
};

/// How long a client that was turned away should wait, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// Codes of problems of the protocol.
pub(super) mod codes {
    pub(in crate::http) const NOT_FOUND: &str = "not-found";
    pub(in crate::http) const METHOD_NOT_ALLOWED: &str = "method-not-allowed";
    pub(in crate::http) const PAYLOAD_TOO_LARGE: &str = "payload-too-large";
    pub(in crate::http) const UNSUPPORTED_MEDIA_TYPE: &str = "unsupported-media-type";
    pub(in crate::http) const INCOMPLETE_BODY: &str = "incomplete-body";
}

/// A problem document.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    /// `urn:brooklet:error:<code>`; the page of that name is under `docs/errors/`.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    code: &'static str,
    /// Where the model was: the innermost frame.
    #[serde(flatten)]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// What is wrong with a member of an object.
#[derive(Debug, Serialize)]
struct Detail {
    entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    message: String,
}

impl Problem {
    /// A problem of the protocol: the microflow was never reached.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: format!("urn:brooklet:error:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            place: None,
            frames: Vec::new(),
            details: Vec::new(),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let problem = Self::new(status(failure.kind), failure.code, failure.message);
        Self {
            place: failure.frames.first().cloned(),
            frames: failure.frames,
            details: failure.details.into_iter().map(Detail::from).collect(),
            ..problem
        }
    }
}

impl From<ValidationMessage> for Detail {
    fn from(message: ValidationMessage) -> Self {
        Self {
            entity: message.entity,
            id: message.object.map(|id| id.0.to_string()),
            member: message.member,
            message: message.message,
        }
    }
}

/// The status that says the same.
fn status(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::Invalid => StatusCode::BAD_REQUEST,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Conflict => StatusCode::CONFLICT,
        FailureKind::Limit | FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::CONFLICT {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}
