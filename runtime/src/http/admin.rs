//! The administration's interface: the whole cluster, through any node.
//!
//! | request | what |
//! | --- | --- |
//! | `GET /admin/nodes` | all nodes, and those that died recently |
//! | `POST /admin/nodes/{name}/drain`, `…/undrain` | a node takes nothing new, or serves again |
//! | `GET /admin/sessions?after=ID&limit=N` | sessions, by id |
//! | `DELETE /admin/sessions/{id}` | ends a session, on all nodes at once |
//! | `GET /admin/log`, `PUT /admin/log` with `{"filter": "debug"}` or `{"filter": null}` | what goes to the log of every node |
//! | `GET`, `PUT`, `DELETE /admin/maintenance` | what clients may do at the moment, on every node |
//! | `GET /admin/audit` | who did what, the latest first |
//!
//! Every request needs the token as `Authorization: Bearer …`. What changes something is recorded in the database, and in the log
//! under the target `audit`, with the address from which it came and what `Brooklet-By` says.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use brooklet_state::{Entry, SessionId, StateError};
use brooklet_store::{NodeEntry, NodeState, StoreError, Wanted};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Origin, Shared,
    problem::{Problem, codes},
};
use crate::{
    cluster::LOG_SETTING,
    flow::{Failure, FailureKind, failure_codes},
    limits::fixed::{ADMIN_BODY_BYTES, AUDIT_PER_ANSWER, LOGGED_NAME_LENGTH, SESSIONS_PER_ANSWER},
    options::AdminToken,
    versions::Control,
};

pub(super) fn routes(shared: Shared, token: AdminToken) -> Router<Shared> {
    Router::new()
        .route("/admin/nodes", get(nodes))
        .route("/admin/nodes/{name}/drain", post(drain))
        .route("/admin/nodes/{name}/undrain", post(undrain))
        .route("/admin/sessions", get(sessions))
        .route("/admin/sessions/{id}", axum::routing::delete(end_session))
        .route("/admin/log", get(log).put(set_log))
        .route("/admin/audit", get(records))
        .merge(super::maintenance::routes())
        .merge(super::versions::routes())
        .route_layer(middleware::from_fn_with_state((shared, Arc::new(token)), admit))
}

/// Lets those in who know the token, while there is something to answer with.
async fn admit(State((shared, token)): State<(Shared, Arc<AdminToken>)>, mut request: Request, next: Next) -> Response {
    let said = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let said = said.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    if said.is_some_and(|(_, said)| token.is(said.trim())) {
        let actor = Actor::of(&request);
        request.extensions_mut().insert(actor);
        return match shared.node.is_answered() {
            Ok(()) => next.run(request).await,
            Err(failure) => Problem::from(failure).into_response(),
        };
    }
    let address = request.extensions().get::<Origin>().map(|origin| origin.address.to_string());
    tracing::warn!(target: "audit", address, path = request.uri().path(), "administration refused: not the token");
    let what = "this needs the administration's token: send `Authorization: Bearer …`";
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, codes::ADMIN_TOKEN_REQUIRED, what).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

async fn nodes(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let nodes = shared.node.cluster().nodes().await.map_err(store_problem)?;
    let mut groups = Control::new(shared.member.clone()).groups().await.map_err(store_problem)?;
    let nodes: Vec<_> = nodes
        .into_iter()
        .map(|entry| {
            let group = groups.remove(&entry.description.name).filter(|_| entry.alive);
            NodeRecord { group, ..entry.into() }
        })
        .collect();
    Ok(Json(json!({ "nodes": nodes })))
}

/// A node as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeRecord {
    name: String,
    number: u16,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    process: u32,
    /// `starting`, `ready`, `draining`, `stopping`, or `dead`.
    state: &'static str,
    wanted: &'static str,
    version: String,
    requests: u64,
    started_ms: i64,
    seen_ms_ago: i64,
}

impl From<NodeEntry> for NodeRecord {
    fn from(entry: NodeEntry) -> Self {
        let state = match (entry.alive, entry.status.state) {
            (false, _) => "dead",
            (true, NodeState::Starting) => "starting",
            (true, NodeState::Ready) => "ready",
            (true, NodeState::Draining) => "draining",
            (true, NodeState::Stopping) => "stopping",
        };
        Self {
            name: entry.description.name,
            number: entry.number,
            url: entry.description.url,
            admin_url: entry.description.admin_url,
            group: None,
            process: entry.description.process,
            state,
            wanted: wanted_text(entry.wanted),
            version: entry.status.version,
            requests: entry.status.requests,
            started_ms: entry.description.started_ms,
            seen_ms_ago: entry.seen_ms_ago,
        }
    }
}

fn wanted_text(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Serve => "serve",
        Wanted::Drain => "drain",
    }
}

async fn drain(shared: State<Shared>, actor: Extension<Actor>, name: Path<String>) -> Result<Json<Value>, Problem> {
    want(shared, actor, name, Wanted::Drain).await
}

async fn undrain(shared: State<Shared>, actor: Extension<Actor>, name: Path<String>) -> Result<Json<Value>, Problem> {
    want(shared, actor, name, Wanted::Serve).await
}

async fn want(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Path(name): Path<String>,
    wanted: Wanted,
) -> Result<Json<Value>, Problem> {
    if !shared.node.cluster().want(&name, wanted).await.map_err(store_problem)? {
        let what = format!("there is no node `{name}`; GET /admin/nodes lists them");
        return Err(Problem::new(StatusCode::NOT_FOUND, codes::NODE_NOT_FOUND, what));
    }
    audit(&shared, &actor, &format!("{} node {name}", wanted_text(wanted))).await;
    Ok(Json(json!({ "name": name, "wanted": wanted_text(wanted) })))
}

/// Which sessions are asked for.
#[derive(Deserialize)]
struct Which {
    after: Option<String>,
    limit: Option<u32>,
}

async fn sessions(State(shared): State<Shared>, Query(which): Query<Which>) -> Result<Json<Value>, Problem> {
    let after = which.after.as_deref().map(session_id).transpose()?;
    let limit = which.limit.unwrap_or(SESSIONS_PER_ANSWER).clamp(1, SESSIONS_PER_ANSWER);
    let (state, now_ms) = (shared.node.sessions().state(), shared.node.clock().now_ms());
    let entries = state.list(after, limit, now_ms).await.map_err(state_problem)?;
    let count = state.count(now_ms).await.map_err(state_problem)?;
    let next = entries.last().filter(|_| entries.len() as u32 == limit).map(|entry| entry.id.to_string());
    let sessions: Vec<_> = entries.into_iter().map(SessionEntry::from).collect();
    Ok(Json(json!({ "sessions": sessions, "count": count, "next": next })))
}

/// A session as programs read it. The id is no secret: nobody gets in with it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionEntry {
    id: String,
    user: String,
    roles: Vec<String>,
    anonymous: bool,
    administrator: bool,
    node: String,
    address: String,
    user_agent: String,
    version: String,
    created_ms: i64,
    last_active_ms: i64,
    object_bytes: u64,
}

impl From<Entry> for SessionEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            user: entry.record.user_name,
            roles: entry.record.user_roles,
            anonymous: entry.record.anonymous,
            administrator: entry.record.administrator,
            node: entry.seen.node,
            address: entry.seen.address,
            user_agent: entry.record.user_agent,
            version: entry.seen.version,
            created_ms: entry.record.created_ms,
            last_active_ms: entry.seen.at_ms,
            object_bytes: entry.image_bytes,
        }
    }
}

async fn end_session(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let session = session_id(&id)?;
    if !shared.node.sessions().state().end(session).await.map_err(state_problem)? {
        return Err(no_session(&id));
    }
    audit(&shared, &actor, &format!("end session {id}")).await;
    Ok(Json(json!({ "id": id, "ended": true })))
}

async fn log(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let settings = shared.node.cluster().settings().await.map_err(store_problem)?;
    let own = shared.member.log().map(|log| log.own());
    Ok(Json(json!({ "filter": settings.get(LOG_SETTING), "own": own })))
}

/// What is to go to the log of every node; null for each node's own filter.
#[derive(Deserialize)]
struct Filter {
    filter: Option<String>,
}

async fn set_log(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let Filter { filter } = read(request.into_body()).await?;
    if let (Some(filter), Some(log)) = (&filter, shared.member.log()) {
        log.check(filter).map_err(|error| {
            let what =
                format!("`{filter}` is no filter: {error}; write a level such as debug, or info,microflow=trace");
            Problem::new(StatusCode::BAD_REQUEST, codes::INVALID_LOG_FILTER, what)
        })?;
    }
    shared.node.cluster().set(LOG_SETTING, filter.as_deref()).await.map_err(store_problem)?;
    // This node need not wait for its beat to learn it.
    shared.member.announce();
    audit(&shared, &actor, &format!("set the log's filter to {}", filter.as_deref().unwrap_or("each node's own")))
        .await;
    Ok(Json(json!({ "filter": filter })))
}

pub(super) async fn read<T: serde::de::DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let wrong = |what: String| Problem::new(StatusCode::BAD_REQUEST, failure_codes::MALFORMED_JSON, what);
    let bytes = Limited::new(body, ADMIN_BODY_BYTES).collect().await.map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&bytes.to_bytes()).map_err(|error| wrong(error.to_string()))
}

fn session_id(text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| no_session(text))
}

fn no_session(id: &str) -> Problem {
    let what = format!("there is no session `{id}` (any more); GET /admin/sessions lists them");
    Problem::new(StatusCode::NOT_FOUND, codes::SESSION_NOT_FOUND, what)
}

pub(super) fn store_problem(error: StoreError) -> Problem {
    Failure::of_store(error).into()
}

fn state_problem(error: StateError) -> Problem {
    tracing::error!(%error, "the state store did not answer the administration");
    let what = "the state store does not answer; try again in a moment";
    Failure::new(FailureKind::Unavailable, failure_codes::STATE_UNAVAILABLE, what).into()
}

/// Who asks for something: what it says of itself, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Actor(pub(super) Arc<str>);

/// The header in which somebody says who it is. It proves nothing: whoever has the token may say anything.
const BY: &str = "brooklet-by";

impl Actor {
    fn of(request: &Request) -> Self {
        let said = request.headers().get(BY).and_then(|said| said.to_str().ok()).unwrap_or_default().trim();
        let said: String = said.chars().take(LOGGED_NAME_LENGTH).collect();
        let address = request.extensions().get::<Origin>().map(|origin| origin.address.to_string()).unwrap_or_default();
        Self(if said.is_empty() { address.into() } else { format!("{said} ({address})").into() })
    }
}

/// Records who did what, in the log and in the database.
pub(super) async fn audit(shared: &Shared, Actor(by): &Actor, what: &str) {
    tracing::info!(target: "audit", by = &**by, "administration: {what}");
    if let Err(error) = shared.node.cluster().record(by, what).await {
        tracing::warn!(target: "audit", %error, "the database has no record of this");
    }
}

/// `GET /admin/audit`.
async fn records(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let records = shared.node.cluster().records(AUDIT_PER_ANSWER).await.map_err(store_problem)?;
    let records: Vec<_> = records
        .into_iter()
        .map(|record| json!({ "id": record.id, "atMs": record.at_ms, "by": record.by, "what": record.what }))
        .collect();
    Ok(Json(json!({ "records": records })))
}
