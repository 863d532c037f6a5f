//! What the interface answers.

use std::panic::AssertUnwindSafe;

use axum::{
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;

use super::{
    Shared,
    asker::{Asker, granted},
    problem::{Problem, codes},
    version::ran,
};
use crate::{
    flow::{Call, Failure, FailureKind, Outcome, Trigger, failure_codes},
    json::type_name,
    limits::fixed::{BODY_DRAIN_LIMITS, BODY_DRAIN_TIME, BODY_TIME},
};

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `POST /api/microflows/{name}`.
pub(super) async fn call(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    asker: Asker,
    request: Request,
) -> Response {
    let answer = async {
        let arguments = arguments(request, shared.node.limits().request.payload_bytes).await?;
        let arguments = std::str::from_utf8(&arguments).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, failure_codes::MALFORMED_JSON, "the body is not UTF-8 text")
        })?;
        Ok(shared.node.run(Call { caller: asker.caller(), ..Call::new(&name, arguments, Trigger::Http) }).await?)
    };
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(Ok(outcome)) => ran(&*outcome.version, granted(success(&outcome), outcome.grant)),
        Ok(Err(problem)) => Problem::into_response(problem),
        Err(_) => {
            tracing::error!(microflow = name, "a call panicked");
            let what = "something is wrong inside; the node's log says what";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, failure_codes::INTERNAL, what).into_response()
        }
    }
}

fn success(outcome: &Outcome) -> Response {
    let mut body = String::with_capacity(outcome.result.len() + outcome.effects.len() + 24);
    body.push_str("{\"result\":");
    body.push_str(&outcome.result);
    body.push_str(",\"effects\":");
    body.push_str(&outcome.effects);
    body.push('}');
    ([(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// The body: a JSON text of bounded size. No body stands for no arguments.
pub(super) async fn arguments(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let is_json = is_json(request.headers());
    let mut body = request.into_body();
    let read = tokio::time::timeout(BODY_TIME, Limited::new(&mut body, limit).collect()).await;
    let bytes = match read {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            drain(body, limit.saturating_mul(BODY_DRAIN_LIMITS)).await;
            let what = format!("the body has more than {limit} bytes (limit `payload_bytes`)");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, codes::PAYLOAD_TOO_LARGE, what));
        }
        Ok(Err(_)) => {
            return Err(Problem::new(StatusCode::BAD_REQUEST, codes::INCOMPLETE_BODY, "the body ended too early"));
        }
        Err(_) => {
            return Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                codes::INCOMPLETE_BODY,
                "the body took too long to arrive",
            ));
        }
    };
    if bytes.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if is_json {
        return Ok(bytes);
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        codes::UNSUPPORTED_MEDIA_TYPE,
        "arguments are sent as JSON, with the header `Content-Type: application/json`",
    ))
}

/// Reads on for a while what nobody wants: most clients read an answer only when they have sent all they have.
async fn drain(mut body: Body, bytes: usize) {
    let read = async {
        let mut left = bytes;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    // Too slow is as good as too much.
    let _ = tokio::time::timeout(BODY_DRAIN_TIME, read).await;
}

/// Whether the body is said to be JSON, or nothing is said.
///
/// This keeps the forms of other sites out, but is no protection by itself: a script can send a body without a type from
/// any page. Calls that act for the user of a cookie need a token ([`super::asker`]).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(kind) = kind.to_str() else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || (kind.len() > 5 && kind.as_bytes()[kind.len() - 5..].eq_ignore_ascii_case(b"+json"))
}

/// `GET /api/microflows`: those that the client may call.
pub(super) async fn list(State(shared): State<Shared>, asker: Asker) -> Result<Response, Problem> {
    let (version, callable) = shared.node.callable(asker.client()).await?;
    let manifest = version.manifest();
    let microflows: Vec<_> = callable
        .into_iter()
        .map(|id| {
            let microflow = manifest.microflow(id);
            let parameters: Vec<_> = microflow
                .parameters
                .iter()
                .map(|one| json!({ "name": one.name, "type": type_name(one.kind, manifest) }))
                .collect();
            json!({
                "name": microflow.name,
                "parameters": parameters,
                "returns": type_name(microflow.returns, manifest),
                "documentation": microflow.documentation,
            })
        })
        .collect();
    let body = json!({ "version": version.hash(), "microflows": microflows }).to_string();
    Ok(ran(version.hash(), ([(header::CONTENT_TYPE, JSON)], body).into_response()))
}

pub(super) fn not_ready() -> Problem {
    Failure::new(FailureKind::Unavailable, failure_codes::NOT_READY, "the node is starting or stopping").into()
}
