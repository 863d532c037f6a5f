//! What whoever watches a node asks: does it live, should calls come here, is the application well?
//!
//! All of it is answered on the application's port and on the administration's. `/live` and `/ready` touch nothing: they tell
//! what is known. `/health` runs a microflow of the model, and shares its answer among those who ask at the same time.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{sync::Mutex, time::timeout};

use super::{
    Shared,
    problem::{Problem, codes},
};
use crate::{
    cluster::Member,
    flow::{Call, Trigger},
    limits::fixed::{HEALTH_REUSED, HEALTH_TIME},
};

/// The setting that names the microflow that says whether the application is well.
const HEALTH_CHECK: (&str, &str) = ("model", "HealthCheckMicroflow");

/// What the application said last, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct LastWord(Arc<Mutex<Option<(Instant, Diagnosis)>>>);

/// What is wrong; nothing when all is well.
type Diagnosis = Option<String>;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/live", get(|| async { "live\n" })).route("/ready", get(ready)).route("/health", get(health))
}

/// `GET /ready`.
async fn ready(State(shared): State<Shared>) -> Result<Response, Problem> {
    shared.member.ready()?;
    Ok(plain("ready\n"))
}

/// `GET /health`.
async fn health(State(shared): State<Shared>) -> Result<Response, Problem> {
    shared.member.ready()?;
    // Whoever comes while somebody asks waits for that answer.
    let mut last = shared.health.0.lock().await;
    let diagnosis = match &*last {
        Some((at, diagnosis)) if at.elapsed() < HEALTH_REUSED => diagnosis.clone(),
        _ => {
            let diagnosis = ask(&shared.member).await;
            if let Some(what) = &diagnosis {
                tracing::warn!(what, "the application is not well");
            }
            *last = Some((Instant::now(), diagnosis.clone()));
            diagnosis
        }
    };
    match diagnosis {
        None => Ok(plain("healthy\n")),
        Some(what) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, codes::UNHEALTHY, what)),
    }
}

/// Runs the model's health microflow, if it has one. A text that is not empty says what is wrong.
async fn ask(member: &Member) -> Diagnosis {
    let version = member.node().version()?;
    let (section, key) = HEALTH_CHECK;
    let name = version.manifest().setting(section, key).filter(|name| !name.is_empty())?;
    let answer = timeout(HEALTH_TIME, member.node().run(Call::new(name, "{}", Trigger::Health))).await;
    match answer {
        Ok(Ok(outcome)) => match serde_json::from_str::<Option<String>>(&outcome.result) {
            Ok(text) => text.filter(|text| !text.trim().is_empty()),
            Err(_) => Some(format!("the health microflow {name} does not answer a text")),
        },
        Ok(Err(failure)) => Some(format!("the health microflow {name} ended in an error: {failure}")),
        Err(_) => Some(format!("the health microflow {name} took longer than {} s", HEALTH_TIME.as_secs())),
    }
}

fn plain(text: &'static str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], text).into_response()
}
