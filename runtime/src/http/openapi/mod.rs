//! The interface described for programs: an OpenAPI 3.1 document, made from the model.
//!
//! It says what the model has, not who may do what: rights depend on the user. `paths` has the operations, `schemas` what is
//! sent and answered.

mod paths;
mod schemas;
mod versions;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use brooklet_model::{Manifest, SecurityLevel};
use serde_json::{Map, Value, json};

use super::{
    Origin, Shared,
    api::{JSON, not_ready},
    credentials::{COOKIE, CSRF},
    problem::Problem,
    version::ran,
};

/// The version of the specification that the document follows.
const OPENAPI: &str = "3.1.0";

/// The setting of a model that says what it is called.
const TITLE: (&str, &str) = ("model", "ApplicationName");

/// The document of the version that serves, and the version's hash.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(String, Arc<Value>)>>);

/// `GET /api/openapi.json`.
pub(super) async fn serve(State(shared): State<Shared>, request: Request) -> Result<Response, Problem> {
    let version = shared.node.version().ok_or_else(not_ready)?;
    let known = {
        let known = shared.openapi.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(hash, _)| hash == version.hash()).map(|(_, document)| document.clone())
    };
    let made = match known {
        Some(known) => known,
        None => {
            let made = Arc::new(document(version.manifest(), version.hash()));
            *shared.openapi.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((version.hash().to_owned(), made.clone()));
            made
        }
    };
    let mut document = (*made).clone();
    // Where the application is depends on what the client went through.
    if let Some(origin) = request.extensions().get::<Origin>() {
        document["servers"] = json!([{ "url": origin.link("") }]);
    }
    let no_cache = HeaderValue::from_static("no-cache");
    let answer = ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, no_cache)], document.to_string());
    Ok(ran(version.hash(), answer.into_response()))
}

/// The document for a model; `version` names the model's version.
pub fn document(manifest: &Manifest, version: &str) -> Value {
    let title = manifest.setting(TITLE.0, TITLE.1).filter(|title| !title.is_empty()).unwrap_or("Brooklet application");
    let paths = paths::all(manifest);
    let mut schemas = schemas::all(manifest);
    let responses = schemas::responses();
    keep_used(&mut schemas, &[&paths, &responses]);
    json!({
        "openapi": OPENAPI,
        "info": {
            "title": title,
            "version": version,
            "description": "Microflows and objects of the model. Each user may do what the roles of the user allow.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "parameters": versions::parameters(),
            "headers": versions::headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token that a login answers, for programs.",
                },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "The cookie that a login sets, for browsers.",
                },
                "csrf": {
                    "type": "apiKey", "in": "header", "name": CSRF.as_str(),
                    "description": "Goes with the cookie whenever something may change; `GET /api/session` says it.",
                },
            },
        },
    })
}

/// Who may make a request: those who show a token or a cookie, and visitors when the model lets them in.
fn security(manifest: &Manifest, changes: bool) -> Value {
    let cookie = if changes { json!({ "cookie": [], "csrf": [] }) } else { json!({ "cookie": [] }) };
    let mut ways = vec![json!({ "bearer": [] }), cookie];
    if manifest.security.level == SecurityLevel::Off || manifest.security.guest_role.is_some() {
        ways.push(json!({}));
    }
    Value::Array(ways)
}

/// A reference to a schema.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

const SCHEMAS: &str = "#/components/schemas/";

/// Leaves out the schemas that nothing leads to.
fn keep_used(schemas: &mut Map<String, Value>, from: &[&Value]) {
    let mut used = std::collections::BTreeSet::new();
    let mut next: Vec<String> = from.iter().flat_map(|value| referred(value)).collect();
    while let Some(name) = next.pop() {
        if let Some(schema) = schemas.get(&name)
            && used.insert(name)
        {
            next.extend(referred(schema));
        }
    }
    schemas.retain(|name, _| used.contains(name));
}

/// The names of the schemas that a part of the document refers to.
fn referred(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(referred).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value.as_str().and_then(|text| text.strip_prefix(SCHEMAS)) {
                Some(schema) if name == "$ref" => vec![schema.to_owned()],
                _ => referred(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}
