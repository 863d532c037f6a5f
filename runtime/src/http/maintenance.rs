//! Maintenance: the administrator's side, and what clients are told.
//!
//! | request | what |
//! | --- | --- |
//! | `GET /admin/maintenance` | `{"maintenance": …}`: what holds, or null |
//! | `PUT /admin/maintenance`, `{"mode": "blocked", "message": …, "exempt": [roles]}` | holds from now on, on every node within a second |
//! | `DELETE /admin/maintenance` | nothing holds any more |

use axum::{
    Extension, Json, Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Shared,
    admin::{Actor, audit, read, store_problem},
    problem::{Problem, codes},
};
use crate::{
    cluster::MAINTENANCE_SETTING,
    flow::{Maintenance, MaintenanceMode},
    limits::fixed::MAINTENANCE_MESSAGE_LENGTH,
};

/// The header of answers.
const MAINTENANCE: HeaderName = HeaderName::from_static("brooklet-maintenance");

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/admin/maintenance", get(look).put(begin).delete(end))
}

/// Puts on an answer what clients may do at the moment.
pub(super) fn say(shared: &Shared, response: &mut Response) {
    if let Some(maintenance) = shared.node.notices().current() {
        response.headers_mut().insert(MAINTENANCE, HeaderValue::from_static(maintenance.mode.name()));
    }
}

/// What a client is told of maintenance to which it is held.
pub(super) fn shown(maintenance: Option<&Maintenance>) -> Value {
    maintenance.map_or(Value::Null, |one| json!({ "mode": one.mode, "message": one.message }))
}

async fn look(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let said = shared.node.cluster().settings().await.map_err(store_problem)?.remove(MAINTENANCE_SETTING);
    let holds: Option<Maintenance> = said.map(|said| serde_json::from_str(&said)).transpose().map_err(|_| {
        let what = "what holds was said by a newer version of brooklet, which this node cannot read: say it anew";
        Problem::new(StatusCode::CONFLICT, codes::INVALID_MAINTENANCE, what)
    })?;
    Ok(Json(json!({ "maintenance": holds })))
}

/// What an administrator says. What is stored may have more one day, and is read by older nodes, too; what is said may not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    mode: MaintenanceMode,
    #[serde(default)]
    message: String,
    #[serde(default)]
    exempt: Vec<String>,
}

async fn begin(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let Wanted { mode, message, exempt } = read(request.into_body()).await?;
    let wanted = Maintenance { mode, message, exempt };
    let wrong = |what: String| Problem::new(StatusCode::BAD_REQUEST, codes::INVALID_MAINTENANCE, what);
    if wanted.message.chars().count() > MAINTENANCE_MESSAGE_LENGTH {
        return Err(wrong(format!("a message has at most {MAINTENANCE_MESSAGE_LENGTH} characters")));
    }
    if let Some(version) = shared.node.version() {
        version.manifest().security.check_user_roles(&wanted.exempt).map_err(wrong)?;
    }
    let text = serde_json::to_string(&wanted).map_err(|error| wrong(error.to_string()))?;
    set(&shared, Some(&text)).await?;
    let exempt = match wanted.exempt.join(", ") {
        roles if roles.is_empty() => roles,
        roles => format!(", but for {roles}"),
    };
    audit(&shared, &actor, &format!("maintenance: {}{exempt}: {:?}", wanted.mode.name(), wanted.message)).await;
    Ok(Json(json!({ "maintenance": wanted })))
}

async fn end(State(shared): State<Shared>, Extension(actor): Extension<Actor>) -> Result<Json<Value>, Problem> {
    set(&shared, None).await?;
    audit(&shared, &actor, "maintenance is over").await;
    Ok(Json(json!({ "maintenance": null })))
}

async fn set(shared: &Shared, text: Option<&str>) -> Result<(), Problem> {
    shared.node.cluster().set(MAINTENANCE_SETTING, text).await.map_err(store_problem)?;
    // This node need not wait for its beat to learn it.
    shared.member.announce();
    Ok(())
}
