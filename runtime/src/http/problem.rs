//! Errors as clients of HTTP see them: problem documents of RFC 9457.

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::version::ran;
use crate::{
    errors::ValidationMessage,
    flow::{Failure, FailureKind, Outdated, Place, Within},
};

/// How long a client that was turned away should wait when nobody knows better.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Codes of problems of the protocol.
pub(crate) mod codes {
    pub(crate) const NOT_FOUND: &str = "not-found";
    pub(crate) const METHOD_NOT_ALLOWED: &str = "method-not-allowed";
    pub(crate) const PAYLOAD_TOO_LARGE: &str = "payload-too-large";
    pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "unsupported-media-type";
    pub(crate) const INCOMPLETE_BODY: &str = "incomplete-body";
    pub(crate) const CSRF_TOKEN: &str = "csrf-token";
    /// The application's health microflow says that something is wrong.
    pub(crate) const UNHEALTHY: &str = "unhealthy";
    /// A call of the administration's interface without its token.
    pub(crate) const ADMIN_TOKEN_REQUIRED: &str = "admin-token-required";
    pub(crate) const NODE_NOT_FOUND: &str = "node-not-found";
    pub(crate) const SESSION_NOT_FOUND: &str = "session-not-found";
    pub(crate) const INVALID_LOG_FILTER: &str = "invalid-log-filter";
    /// What is said of maintenance cannot be.
    pub(crate) const INVALID_MAINTENANCE: &str = "invalid-maintenance";
    /// A component that is to be deployed does not load.
    pub(crate) const COMPONENT_REFUSED: &str = "component-refused";
    /// Data stands in the way of a version.
    pub(crate) const MIGRATION_REFUSED: &str = "migration-refused";
    pub(crate) const DEPLOYMENT_UNDER_WAY: &str = "deployment-under-way";
    pub(crate) const DEPLOYMENT_UNSUITABLE: &str = "deployment-unsuitable";
    pub(crate) const PLAN_CHANGED: &str = "plan-changed";
    pub(crate) const VERSION_NOT_FOUND: &str = "version-not-found";
    /// Answers of the front.
    pub(crate) const NO_NODE_READY: &str = "no-node-ready";
    pub(crate) const NODE_FAILED: &str = "node-failed";
    pub(crate) const NODE_TIMEOUT: &str = "node-timeout";
}

/// A problem: what an answer says of it.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Cow<'static, str>,
    code: &'static str,
    frames: Vec<Place>,
    details: Vec<Detail>,
    /// How long to wait before the next attempt, where that is known.
    retry_after: Option<Duration>,
    /// The version of the model inside which it happened.
    within: Option<Box<Within>>,
}

/// A problem document.
#[derive(Serialize)]
struct Document<'p> {
    /// `urn:brooklet:error:<code>`; the page of that name is under `docs/errors/`.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'p str,
    code: &'static str,
    /// Where the model was: the innermost frame.
    #[serde(flatten)]
    place: Option<&'p Place>,
    #[serde(skip_serializing_if = "<[Place]>::is_empty")]
    frames: &'p [Place],
    #[serde(skip_serializing_if = "<[Detail]>::is_empty")]
    details: &'p [Detail],
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Versions<'p>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    changes: &'p [String],
}

/// The version that a client knows, and the one that serves.
#[derive(Serialize)]
struct Versions<'p> {
    known: &'p str,
    serving: &'p str,
}

/// The code of an answer that is a problem: an extension of the answer, for what is around its handler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code(pub(super) &'static str);

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
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let (frames, details) = (Vec::new(), Vec::new());
        Self { status, detail: detail.into(), code, frames, details, retry_after: None, within: None }
    }

    /// What a client that knows another version must learn.
    fn outdated(&self) -> Option<(&Outdated, &str)> {
        let within = self.within.as_ref()?;
        Some((within.outdated.as_ref()?, &within.version))
    }

    fn document(&self) -> Document<'_> {
        let outdated = self.outdated();
        Document {
            kind: format!("urn:brooklet:error:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            place: self.frames.first(),
            frames: &self.frames,
            details: &self.details,
            versions: outdated.map(|(outdated, serving)| Versions { known: &outdated.known, serving }),
            changes: outdated.map_or(&[][..], |(outdated, _)| outdated.changes.as_slice()),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let problem = Self::new(status(failure.kind), failure.code, failure.message);
        Self {
            frames: failure.frames,
            details: failure.details.into_iter().map(Detail::from).collect(),
            retry_after: failure.retry_after,
            within: failure.within,
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
        FailureKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FailureKind::Denied => StatusCode::FORBIDDEN,
        FailureKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Precondition => StatusCode::PRECONDITION_FAILED,
        FailureKind::Conflict | FailureKind::Outdated => StatusCode::CONFLICT,
        FailureKind::Gone => StatusCode::GONE,
        FailureKind::Limit | FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let body = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let may_pass =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
        // To send the same again is no help to a client that knows another version.
        if may_pass && self.outdated().is_none() {
            // Whole seconds, and never too few.
            let seconds = self.retry_after.unwrap_or(RETRY_AFTER).as_millis().div_ceil(1000);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Code(self.code));
        match self.within {
            Some(within) => ran(within.version, response),
            None => response,
        }
    }
}
