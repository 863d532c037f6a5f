//! The administration's interface to versions: the whole cluster, through any node.
//!
//! | request | what |
//! | --- | --- |
//! | `GET /admin/versions` | the versions that the registry has, and the releases so far |
//! | `POST /admin/plan`, the component | what a deployment would change |
//! | `POST /admin/deployments?plan=&share=&audience=&stay=&group=`, the component | begins to deploy: `{"deployment": N}` |
//! | `GET /admin/deployments`, `GET /admin/deployments/{N}` | how far they have come, on whose word |
//! | `POST /admin/rollback?to=` | begins to go back |
//! | `POST /admin/canary/promote`, `POST /admin/canary/abort` | ends a trial |
//! | `POST /admin/unpin` | sessions that stay on the version before go on with the active one |
//! | `DELETE /admin/groups/{group}` | the nodes of a group go on with the active version |
//!
//! `share` is in parts of ten thousand, `stay` in milliseconds, `audience` a JSON object of who has a canary besides:
//! `{"roles": [...], "users": [...], "word": "..."}`.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Shared,
    admin::{Actor, audit, store_problem},
    problem::{Problem, codes},
};
use crate::{
    flow::failure_codes,
    limits::fixed::COMPONENT_BYTES,
    versions::{Audience, Control, ControlError, DeployOptions, Thresholds},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin/versions", get(versions))
        .route("/admin/plan", post(plan))
        .route("/admin/deployments", get(deployments).post(deploy))
        .route("/admin/deployments/{id}", get(deployment))
        .route("/admin/rollback", post(roll_back))
        .route("/admin/canary/{verdict}", post(settle))
        .route("/admin/unpin", post(unpin))
        .route("/admin/groups/{name}", delete(ungroup))
}

fn control(shared: &Shared) -> Control {
    Control::new(shared.member.clone())
}

async fn versions(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let (versions, releases) = control(&shared).versions().await?;
    Ok(Json(json!({ "versions": versions, "releases": releases })))
}

async fn plan(State(shared): State<Shared>, request: Request) -> Result<Json<Value>, Problem> {
    let component = component(request).await?;
    let plan = control(&shared).plan(component).await?;
    Ok(Json(json!(plan.described())))
}

/// What is wanted of a deployment.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    plan: Option<String>,
    share: Option<u32>,
    audience: Option<String>,
    group: Option<String>,
    stay: Option<i64>,
    failures_permille: Option<u64>,
    latency_factor: Option<f64>,
    to: Option<String>,
}

async fn deploy(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Problem> {
    let component = component(request).await?;
    let usual = Thresholds::default();
    let options = DeployOptions {
        plan: wanted.plan,
        share: wanted.share,
        audience: audience(wanted.audience.as_deref())?,
        group: wanted.group,
        thresholds: Thresholds {
            failures_permille: wanted.failures_permille.unwrap_or(usual.failures_permille),
            latency_factor: wanted.latency_factor.unwrap_or(usual.latency_factor),
            ..usual
        },
        stay_ms: wanted.stay,
        by: actor.0.to_string(),
    };
    let id = control(&shared).deploy(component, options).await?;
    audit(&shared, &actor, &format!("deploy: deployment {id}")).await;
    Ok(begun(id))
}

fn audience(said: Option<&str>) -> Result<Audience, Problem> {
    let Some(said) = said else { return Ok(Audience::default()) };
    serde_json::from_str(said).map_err(|error| {
        let what = format!("`audience` is a JSON object of `roles`, `users` and `word`: {error}");
        Problem::new(StatusCode::BAD_REQUEST, failure_codes::MALFORMED_JSON, what)
    })
}

async fn roll_back(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let id = control(&shared).roll_back(wanted.to.as_deref(), actor.0.to_string()).await?;
    audit(&shared, &actor, &format!("roll back: deployment {id}")).await;
    Ok(begun(id))
}

async fn settle(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Path(verdict): Path<String>,
) -> Result<Response, Problem> {
    let is_good = match verdict.as_str() {
        "promote" => true,
        "abort" => false,
        _ => {
            let what = "a canary is promoted with POST /admin/canary/promote, or aborted with POST /admin/canary/abort";
            return Err(Problem::new(StatusCode::NOT_FOUND, codes::NOT_FOUND, what));
        }
    };
    let id = control(&shared).settle_canary(is_good).await?;
    audit(&shared, &actor, &format!("{verdict} the canary of deployment {id}")).await;
    Ok(begun(id))
}

async fn unpin(State(shared): State<Shared>, Extension(actor): Extension<Actor>) -> Result<Json<Value>, Problem> {
    control(&shared).unpin(&actor.0).await?;
    audit(&shared, &actor, "sessions that stayed on the version before go on with the active one").await;
    Ok(Json(json!({})))
}

async fn ungroup(
    State(shared): State<Shared>,
    Extension(actor): Extension<Actor>,
    Path(group): Path<String>,
) -> Result<Json<Value>, Problem> {
    control(&shared).ungroup(&group, &actor.0).await?;
    audit(&shared, &actor, &format!("the nodes of group {group} go on with the active version")).await;
    Ok(Json(json!({})))
}

async fn deployments(State(shared): State<Shared>) -> Result<Json<Value>, Problem> {
    let known = control(&shared).deployments().await?;
    let known: Vec<_> = known
        .into_iter()
        .map(|(id, deployment)| {
            json!({
                "deployment": id,
                "origin": deployment.origin,
                "version": deployment.version,
                "before": deployment.before,
                "by": deployment.by,
                "beganMs": deployment.began_ms,
                "phase": deployment.phase,
            })
        })
        .collect();
    Ok(Json(json!({ "deployments": known })))
}

async fn deployment(State(shared): State<Shared>, Path(id): Path<i64>) -> Result<Json<Value>, Problem> {
    match control(&shared).deployment(id).await? {
        Some(deployment) => Ok(Json(json!(deployment))),
        None => Err(ControlError::Unknown(format!("there is no deployment {id}")).into()),
    }
}

fn begun(id: i64) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "deployment": id }))).into_response()
}

async fn component(request: Request) -> Result<Arc<[u8]>, Problem> {
    match Limited::new(request.into_body(), COMPONENT_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().as_ref().into()),
        Err(error) if error.is::<LengthLimitError>() => {
            let what = format!("a component has at most {COMPONENT_BYTES} bytes");
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, codes::PAYLOAD_TOO_LARGE, what))
        }
        Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, codes::INCOMPLETE_BODY, "the component ended too early")),
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let (status, code) = match error {
            ControlError::Store(error) => return store_problem(error),
            ControlError::Version(_) => (StatusCode::UNPROCESSABLE_ENTITY, codes::COMPONENT_REFUSED),
            ControlError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, codes::MIGRATION_REFUSED),
            ControlError::Busy(_) => (StatusCode::CONFLICT, codes::DEPLOYMENT_UNDER_WAY),
            ControlError::PlanChanged(_) => (StatusCode::CONFLICT, codes::PLAN_CHANGED),
            ControlError::Unknown(_) => (StatusCode::NOT_FOUND, codes::VERSION_NOT_FOUND),
            ControlError::Unsuitable(_) => (StatusCode::CONFLICT, codes::DEPLOYMENT_UNSUITABLE),
        };
        Self::new(status, code, error.to_string())
    }
}
