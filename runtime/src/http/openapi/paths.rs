//! The operations.

use brooklet_model::{AssociationOwner, Entity, EntityId, Manifest, Microflow, Type};
use serde_json::{Map, Value, json};

use super::{
    reference,
    schemas::{self, argument, describe, sent_name, value},
    security, versions,
};

/// The module whose objects belong to the runtime. They can be read like others, but are no part of an application.
const SYSTEM: &str = "System.";

/// Every path of the interface.
pub(super) fn all(manifest: &Manifest) -> Value {
    let mut paths = Map::new();
    for microflow in &manifest.microflows {
        if schemas::is_called(microflow.kind) && microflow.unavailable.is_none() {
            paths.insert(format!("/api/microflows/{}", microflow.name), json!({ "post": call(manifest, microflow) }));
        }
    }
    for (id, entity) in (0..).map(EntityId).zip(&manifest.entities) {
        if !entity.name.starts_with(SYSTEM) {
            of_entity(&mut paths, manifest, id, entity);
        }
    }
    paths.insert("/api/commit".to_owned(), json!({ "post": commit_several(manifest) }));
    of_sessions(&mut paths);
    paths.insert("/api/events".to_owned(), versions::events());
    versions::mention(&mut paths);
    Value::Object(paths)
}

fn call(manifest: &Manifest, microflow: &Microflow) -> Value {
    let parameters = microflow.parameters.iter();
    let arguments: Map<_, _> = parameters.map(|one| (one.name.clone(), argument(manifest, one.kind))).collect();
    let answer = json!({
        "type": "object",
        "properties": { "result": value(manifest, microflow.returns), "effects": reference("Effects") },
        "required": ["result", "effects"],
    });
    let mut operation = json!({
        "operationId": microflow.name,
        "tags": [module(&microflow.name)],
        "security": security(manifest, true),
        "requestBody": body(json!({
            "type": "object", "properties": arguments, "additionalProperties": false,
        }), false),
        "responses": { "200": answered("It ran to its end.", answer), "default": problem() },
    });
    describe(&mut operation, &microflow.documentation);
    operation
}

fn of_entity(paths: &mut Map<String, Value>, manifest: &Manifest, id: EntityId, entity: &Entity) {
    let name = &entity.name;
    let operation = |what: &str, summary: &str, changes: bool| {
        json!({
            "operationId": format!("{name}.{what}"), "summary": summary, "tags": [module(name)],
            "security": security(manifest, changes),
        })
    };
    let about_one = |mut operation: Value, conditional: bool| {
        let mut parameters =
            vec![json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } })];
        if conditional {
            parameters.push(json!({
                "name": "If-Match", "in": "header", "schema": { "type": "string" },
                "description": "The ETag of what the client saw; 412 when the object is not that any more.",
            }));
        }
        operation["parameters"] = json!(parameters);
        operation["responses"] =
            json!({ "200": one(name, "The object as the session sees it."), "default": problem() });
        operation
    };
    let sent = || body(reference(&sent_name(entity)), true);

    let mut create = operation("create", "Makes an object, in the session", true);
    create["requestBody"] = body(reference(&sent_name(entity)), false);
    let mut created = one(name, "The object, which is not committed.");
    created["headers"]["Location"] = json!({ "schema": { "type": "string" } });
    create["responses"] = json!({ "201": created, "default": problem() });
    let mut collection = json!({ "post": create });
    if entity.persistable && entity.unavailable.is_none() {
        let mut retrieve = operation("retrieve", "Finds objects in the database", false);
        retrieve["parameters"] = query_parameters();
        retrieve["responses"] = json!({ "200": many(name, true), "default": problem() });
        collection["get"] = retrieve;
    }
    paths.insert(format!("/api/objects/{name}"), collection);

    let mut change = about_one(operation("change", "Sets members, in the session", true), true);
    change["requestBody"] = sent();
    let mut delete = about_one(operation("delete", "Deletes the object", true), true);
    delete["responses"]["200"] = one(name, "It is gone.");
    let mut read = about_one(operation("read", "The object as the session sees it", false), false);
    read["responses"]["304"] = json!({ "description": "It is as `If-None-Match` says." });
    paths.insert(format!("/api/objects/{name}/{{id}}"), json!({ "get": read, "patch": change, "delete": delete }));

    for (what, summary) in
        [("commit", "Writes the object to the database"), ("rollback", "Undoes what is not committed")]
    {
        let operation = about_one(operation(what, summary, true), true);
        paths.insert(format!("/api/objects/{name}/{{id}}/{what}"), json!({ "post": operation }));
    }
    let settable = manifest.associations_of(id).filter(|(_, one)| {
        one.system.is_none() && (manifest.is_a(id, one.from) || one.owner == AssociationOwner::Both)
    });
    let names: Vec<_> = settable.map(|(_, one)| one.name.as_str()).collect();
    if !names.is_empty() {
        let mut associate = about_one(operation("associate", "Changes where an association leads", true), true);
        if let Some(parameters) = associate["parameters"].as_array_mut() {
            parameters
                .push(json!({ "name": "association", "in": "path", "required": true, "schema": { "enum": names } }));
        }
        let ids = json!({ "type": "array", "items": { "type": "string" } });
        associate["requestBody"] = body(json!({ "type": "object", "properties": { "add": ids, "remove": ids } }), true);
        paths.insert(format!("/api/objects/{name}/{{id}}/{{association}}"), json!({ "post": associate }));
    }
}

fn commit_several(manifest: &Manifest) -> Value {
    let named = json!({
        "type": "object",
        "properties": {
            "entity": { "type": "string" }, "id": { "type": "string" }, "etag": { "type": "string" },
        },
        "required": ["entity", "id"],
    });
    json!({
        "operationId": "commit", "summary": "Writes several objects to the database, or none of them",
        "security": security(manifest, true),
        "requestBody": body(json!({
            "type": "object", "properties": { "objects": { "type": "array", "items": named } }, "required": ["objects"],
        }), true),
        "responses": { "200": answered("The objects.", json!({
            "type": "object",
            "properties": {
                "objects": { "type": "array", "items": { "type": "object" } }, "effects": reference("Effects"),
            },
            "required": ["objects", "effects"],
        })), "default": problem() },
    })
}

fn of_sessions(paths: &mut Map<String, Value>) {
    let text = || json!({ "type": "string" });
    let session = json!({
        "type": "object",
        "properties": {
            "user": value(&Manifest::default(), Type::Text), "roles": { "type": "array", "items": text() },
            "token": text(), "csrf": value(&Manifest::default(), Type::Text), "expires_in": { "type": "integer" },
            "anonymous": { "type": "boolean" }, "language": text(), "version": text(),
            "maintenance": {
                "type": ["object", "null"],
                "properties": { "mode": { "enum": ["notice", "read-only", "blocked"] }, "message": text() },
            },
        },
    });
    let credentials = json!({
        "type": "object", "properties": { "name": text(), "password": text() }, "required": ["name", "password"],
    });
    let answer = |what: &str| json!({ "200": answered(what, session.clone()), "default": problem() });
    let login = json!({
        "operationId": "login", "summary": "Opens a session for a user", "security": [],
        "requestBody": body(credentials, true), "responses": answer("The session."),
    });
    let logout = json!({
        "operationId": "logout", "summary": "Ends the session", "security": [{ "bearer": [] }, { "cookie": [], "csrf": [] }],
        "responses": { "204": { "description": "It has ended." }, "default": problem() },
    });
    let who = json!({
        "operationId": "session", "summary": "Who one is", "security": [{ "bearer": [] }, { "cookie": [] }, {}],
        "responses": answer("The session."),
    });
    let visit = json!({
        "operationId": "visit", "summary": "Opens a session for a visitor",
        "security": [{ "bearer": [] }, { "cookie": [], "csrf": [] }, {}], "responses": answer("The session."),
    });
    paths.insert("/api/login".to_owned(), json!({ "post": login }));
    paths.insert("/api/logout".to_owned(), json!({ "post": logout }));
    paths.insert("/api/session".to_owned(), json!({ "get": who, "post": visit }));
}

fn query_parameters() -> Value {
    let parameter = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "query", "schema": schema, "description": description });
    let number = || json!({ "type": "integer", "minimum": 0 });
    json!([
        parameter("where", json!({ "type": "string" }), "An XPath constraint: `[Total > 100][State = 'Open']`."),
        parameter("sort", json!({ "type": "string" }), "Attributes, `-` for from high to low: `-Total,Name`."),
        parameter("limit", number(), "How many objects at most."),
        parameter("offset", number(), "How many are passed over."),
        parameter("count", json!({ "type": "boolean" }), "Whether to say how many there are."),
    ])
}

/// An answer about one object.
fn one(entity: &str, description: &str) -> Value {
    let object = json!({ "anyOf": [reference(entity), { "type": "null" }] });
    let mut answer = answered(
        description,
        json!({
            "type": "object", "properties": { "object": object, "effects": reference("Effects") },
            "required": ["object", "effects"],
        }),
    );
    answer["headers"] = json!({
        "ETag": { "schema": { "type": "string" }, "description": "Changes with what the client may see of the object." },
    });
    answer
}

/// An answer with objects.
fn many(entity: &str, counted: bool) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "objects": { "type": "array", "items": reference(entity) }, "effects": reference("Effects"),
        },
        "required": ["objects", "effects"],
    });
    if counted {
        schema["properties"]["count"] = json!({ "type": "integer", "description": "Only when it was asked for." });
    }
    answered("The objects.", schema)
}

fn answered(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn body(schema: Value, required: bool) -> Value {
    json!({ "required": required, "content": { "application/json": { "schema": schema } } })
}

fn problem() -> Value {
    json!({ "$ref": "#/components/responses/Problem" })
}

fn module(name: &str) -> &str {
    name.split_once('.').map_or(name, |(module, _)| module)
}
