//! Versions of the model in the description: the header, the refusals that come of it, and the stream of events.

use serde_json::{Map, Value, json};

use super::reference;

/// Where operations are that may mean something else in another version.
const OF_THE_MODEL: [&str; 3] = ["/api/microflows/", "/api/objects/", "/api/commit"];

/// The header, as people write it.
const HEADER: &str = "Brooklet-Version";

/// Says of each operation which versions have to do with it.
pub(super) fn mention(paths: &mut Map<String, Value>) {
    for (path, item) in paths.iter_mut() {
        let is_of_the_model = OF_THE_MODEL.iter().any(|prefix| path.starts_with(prefix));
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            if is_of_the_model {
                held_to_the_model(operation);
            }
            for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                if status.starts_with('2') {
                    response["headers"][HEADER] = json!({ "$ref": "#/components/headers/Version" });
                }
            }
        }
    }
}

fn held_to_the_model(operation: &mut Value) {
    let parameter = json!({ "$ref": "#/components/parameters/Version" });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
    operation["responses"]["409"] = json!({ "$ref": "#/components/responses/Conflict" });
    operation["responses"]["410"] = json!({ "$ref": "#/components/responses/Gone" });
}

/// `GET /api/events`.
pub(super) fn events() -> Value {
    json!({ "get": {
        "operationId": "events", "summary": "Which version of the model serves, and whenever another one does",
        "security": [{ "bearer": [] }, { "cookie": [] }, {}],
        "responses": {
            "200": {
                "description": "Server-sent events named `model`, the first one at once. A stream ends when its node stops.",
                "content": { "text/event-stream": { "schema": reference("ModelEvent") } },
            },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    } })
}

/// The data of an event.
pub(super) fn event() -> Value {
    json!({
        "type": "object",
        "properties": {
            "version": { "type": "string" },
            "generation": { "type": "integer", "description": "Only grows." },
            "changed": {
                "enum": ["body-only", "interface", "additive", "breaking", null],
                "description": "The gravest difference from the version before; null when there is none.",
            },
        },
        "required": ["version", "generation", "changed"],
    })
}

/// `components.parameters`.
pub(super) fn parameters() -> Value {
    json!({ "Version": {
        "name": HEADER, "in": "header", "schema": { "type": "string" },
        "description": "The version of the model that the client knows. The request is served only if it means the same in \
                        the version that serves.",
    } })
}

/// `components.headers`.
pub(super) fn headers() -> Value {
    json!({ "Version": {
        "schema": { "type": "string" }, "description": "The version of the model that made the answer.",
    } })
}

/// Refusals that have to do with versions.
pub(super) fn responses() -> [(String, Value); 2] {
    let refusal = |description: &str| {
        json!({
            "description": description, "content": { "application/problem+json": { "schema": reference("Problem") } },
        })
    };
    [
        (
            "Conflict".to_owned(),
            refusal(
                "Another transaction is in the way, or the client knows another version of the model, in which this is \
                 something else (`operation-changed`, `version-unknown`): then it should reload the model.",
            ),
        ),
        ("Gone".to_owned(), refusal("The model does not have this any more (`operation-gone`): reload the model.")),
    ]
}
