//! Objects over HTTP: `/api/objects` and `/api/commit`.

use std::panic::AssertUnwindSafe;

use axum::{
    body::Bytes,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

use super::{
    Shared,
    api::{JSON, arguments},
    asker::{Asker, granted},
    peer::Peer,
    problem::Problem,
    retrieve::retrieve_of,
    version::ran,
};
use crate::{
    flow::{Call, Expected, ObjectName, ObjectWork, Outcome, Trigger, Work, failure_codes},
    session::Grant,
};

/// What a client may see of an object is the client's; it may keep it, but must ask whether it is still so.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// `POST /api/objects/{entity}`.
pub(super) async fn create(
    State(shared): State<Shared>,
    Path(entity): Path<String>,
    asker: Asker,
    request: Request,
) -> Response {
    caught(async {
        let (parts, body) = read(&shared, request).await?;
        let outcome = run(&shared, asker, ObjectWork::Create { entity: &entity, body: text(&body)? }).await?;
        let place = outcome.object.as_ref().map(|created| {
            format!("{}/api/objects/{}/{}", Peer::of(&parts.extensions).prefix, created.entity, created.id.0)
        });
        let mut response = object(outcome, StatusCode::CREATED);
        let place = place.and_then(|place| HeaderValue::try_from(place).ok());
        response.headers_mut().extend(place.map(|place| (header::LOCATION, place)));
        Ok(response)
    })
    .await
}

/// `GET /api/objects/{entity}`.
pub(super) async fn retrieve(
    State(shared): State<Shared>,
    Path(entity): Path<String>,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
    asker: Asker,
) -> Response {
    caught(async {
        let Query(asked) = asked.map_err(|rejection| {
            Problem::new(StatusCode::BAD_REQUEST, failure_codes::WRONG_ARGUMENT_TYPE, rejection.body_text())
        })?;
        let asked = retrieve_of(&entity, &asked)?;
        Ok(objects(run(&shared, asker, ObjectWork::Retrieve(asked)).await?))
    })
    .await
}

/// `GET /api/objects/{entity}/{id}`.
pub(super) async fn read_one(
    State(shared): State<Shared>,
    Path((entity, id)): Path<(String, String)>,
    headers: HeaderMap,
    asker: Asker,
) -> Response {
    caught(async {
        let of = ObjectName { entity: &entity, id: &id, expected: Expected::Any };
        let outcome = run(&shared, asker, ObjectWork::Read(of)).await?;
        let known = tags(&headers, &header::IF_NONE_MATCH);
        let is_known = outcome.object.as_ref().is_some_and(|object| known.contains(&object.tag));
        let mut response = object(outcome, StatusCode::OK);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = axum::body::Body::empty();
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        Ok(response)
    })
    .await
}

/// `PATCH /api/objects/{entity}/{id}`.
pub(super) async fn change(
    State(shared): State<Shared>,
    Path((entity, id)): Path<(String, String)>,
    asker: Asker,
    request: Request,
) -> Response {
    caught(async {
        let (parts, body) = read(&shared, request).await?;
        let of = named(&entity, &id, &parts.headers);
        Ok(object(run(&shared, asker, ObjectWork::Change { of, body: text(&body)? }).await?, StatusCode::OK))
    })
    .await
}

/// `DELETE /api/objects/{entity}/{id}`.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Path((entity, id)): Path<(String, String)>,
    headers: HeaderMap,
    asker: Asker,
) -> Response {
    caught(async {
        let of = named(&entity, &id, &headers);
        Ok(object(run(&shared, asker, ObjectWork::Delete(of)).await?, StatusCode::OK))
    })
    .await
}

/// `POST /api/objects/{entity}/{id}/{association}`, where `commit` and `rollback` are no associations.
pub(super) async fn act(
    State(shared): State<Shared>,
    Path((entity, id, action)): Path<(String, String, String)>,
    asker: Asker,
    request: Request,
) -> Response {
    caught(async {
        let (parts, body) = read(&shared, request).await?;
        let of = named(&entity, &id, &parts.headers);
        let work = match action.as_str() {
            "commit" => ObjectWork::Commit(of),
            "rollback" => ObjectWork::Rollback(of),
            association => ObjectWork::Associate { of, association, body: text(&body)? },
        };
        Ok(object(run(&shared, asker, work).await?, StatusCode::OK))
    })
    .await
}

/// `POST /api/commit`.
pub(super) async fn commit(State(shared): State<Shared>, asker: Asker, request: Request) -> Response {
    caught(async {
        let (_, body) = read(&shared, request).await?;
        Ok(objects(run(&shared, asker, ObjectWork::CommitAll { body: text(&body)? }).await?))
    })
    .await
}

async fn run(shared: &Shared, asker: Asker, work: ObjectWork<'_>) -> Result<Outcome, Problem> {
    let call = Call { caller: asker.caller(), ..Call::of(Work::Objects(work), Trigger::Http) };
    Ok(shared.node.run(call).await?)
}

/// An answer, whatever happens on the way to it.
async fn caught(answer: impl Future<Output = Result<Response, Problem>>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(answer) => answer.unwrap_or_else(Problem::into_response),
        Err(_) => {
            tracing::error!("a request about objects panicked");
            let what = "something is wrong inside; the node's log says what";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, failure_codes::INTERNAL, what).into_response()
        }
    }
}

/// A request's body apart from the rest.
async fn read(shared: &Shared, request: Request) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let mut rest = Request::new(body);
    *rest.headers_mut() = parts.headers.clone();
    let body = arguments(rest, shared.node.limits().request.payload_bytes).await?;
    Ok((parts, body))
}

fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body)
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, failure_codes::MALFORMED_JSON, "the body is not UTF-8 text"))
}

/// The object that a path names, in the state that `If-Match` demands.
fn named<'a>(entity: &'a str, id: &'a str, headers: &HeaderMap) -> ObjectName<'a> {
    let is_any = headers.get_all(header::IF_MATCH).iter().all(|value| value.as_bytes().trim_ascii() == b"*");
    let expected = if is_any { Expected::Any } else { Expected::Tags(tags(headers, &header::IF_MATCH)) };
    ObjectName { entity, id, expected }
}

/// The tags of a header. Weak ones are none of ours.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let strong = |tag: &str| Some(tag.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned());
    values.flat_map(|value| value.split(',').filter_map(strong)).collect()
}

/// `{"object": …, "effects": […]}`, with the object's tag.
fn object(outcome: Outcome, status: StatusCode) -> Response {
    let body = format!("{{\"object\":{},\"effects\":{}}}", outcome.result, outcome.effects);
    let tag = outcome.object.and_then(|object| HeaderValue::try_from(format!("\"{}\"", object.tag)).ok());
    let mut response = answer(status, body, (outcome.grant, outcome.version));
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// `{"objects": […], "count": …, "effects": […]}`.
fn objects(outcome: Outcome) -> Response {
    let count = outcome.count.map_or_else(String::new, |count| format!("\"count\":{count},"));
    let body = format!("{{\"objects\":{},{count}\"effects\":{}}}", outcome.result, outcome.effects);
    answer(StatusCode::OK, body, (outcome.grant, outcome.version))
}

fn answer(status: StatusCode, body: String, (grant, version): (Option<Grant>, String)) -> Response {
    ran(version, granted((status, [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, PRIVATE)], body), grant))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (header::IF_MATCH, HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_a_client_expects_is_read_from_if_match() {
        let expected = |values: &[&'static str]| named("M.E", "7", &headers(values)).expected;
        let tags = |tags: &[&str]| Expected::Tags(tags.iter().copied().map(str::to_owned).collect());
        assert_eq!(expected(&[]), Expected::Any);
        assert_eq!(expected(&[" * "]), Expected::Any);
        assert_eq!(expected(&["\"a\", \"b\"", "\"c\""]), tags(&["a", "b", "c"]));
        // A weak tag is never the same as a strong one, and what is no tag is no reason to go on.
        assert_eq!(expected(&["W/\"a\""]), tags(&[]));
        assert_eq!(expected(&["a"]), tags(&[]));
    }
}
