//! What is sent and answered, as JSON schemas.
//!
//! An entity `M.E` has `M.E`, an object as it is answered; `M.E.Members`, its members; and `M.E.Sent`, an object as it is
//! sent. An enumeration `M.N` has `M.N.Key`. Names with two dots are no entity's, so that none meets another.

use brooklet_model::{
    AssociationKind, Attribute, AttributeType, Entity, EntityId, EnumerationId, Manifest, MicroflowKind, Type,
};
use serde_json::{Map, Value, json};

use super::{reference, versions};

/// The schemas of a model, and those that every model has.
pub(super) fn all(manifest: &Manifest) -> Map<String, Value> {
    let mut schemas = Map::new();
    for (id, entity) in (0..).map(EntityId).zip(&manifest.entities) {
        schemas.insert(entity.name.clone(), object(manifest, id, entity));
        schemas.insert(members_name(entity), members(manifest, id, entity));
        schemas.insert(sent_name(entity), sent(manifest, id, entity));
    }
    for (id, enumeration) in (0..).map(EnumerationId).zip(&manifest.enumerations) {
        let keys: Vec<_> = enumeration.values.iter().map(|value| value.key.as_str()).collect();
        let mut schema = json!({ "type": "string", "enum": keys });
        describe(&mut schema, &enumeration.documentation);
        schemas.insert(key_name(manifest, id), schema);
    }
    schemas.insert(
        "Reference".to_owned(),
        json!({
            "type": "object", "description": "An object, named by its id.",
            "properties": { "id": { "type": "string" } }, "required": ["id"],
        }),
    );
    schemas.insert("Effects".to_owned(), json!({ "type": "array", "items": reference("Effect") }));
    schemas.insert(
        "Effect".to_owned(),
        json!({
            "type": "object",
            "description": "What the model says besides the result: a message, a page to show, a log line.",
            "properties": {
                "kind": { "type": "string" },
                "message": { "type": "string" },
                "severity": { "enum": ["information", "warning", "error"] },
                "entity": { "type": "string" }, "id": { "type": "string" }, "member": { "type": "string" },
                "name": { "type": "string" }, "arguments": { "type": "object" }, "about": { "type": "string" },
            },
            "required": ["kind"],
        }),
    );
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("ModelEvent".to_owned(), versions::event());
    schemas
}

/// Answers that many operations have.
pub(super) fn responses() -> Value {
    let mut responses = json!({
        "Problem": {
            "description": "It was not done; `code` says why.",
            "content": { "application/problem+json": { "schema": reference("Problem") } },
        },
    });
    for (name, response) in versions::responses() {
        responses[name] = response;
    }
    responses
}

fn problem() -> Value {
    let place = json!({
        "microflow": { "type": "string" }, "activity": { "type": "integer" }, "line": { "type": "integer" },
        "source": { "type": "string" },
    });
    let mut properties = json!({
        "type": { "type": "string", "format": "uri" },
        "title": { "type": "string" },
        "status": { "type": "integer", "minimum": 400, "maximum": 599 },
        "detail": { "type": "string" },
        "code": { "type": "string", "description": "What happened, for programs; never changes its meaning." },
        "frames": { "type": "array", "items": { "type": "object", "properties": place.clone() } },
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "entity": { "type": "string" }, "id": { "type": "string" }, "member": { "type": "string" },
                    "message": { "type": "string" },
                },
                "required": ["entity", "message"],
            },
        },
        "versions": {
            "type": "object", "description": "The version that the client knows, and the one that serves.",
            "properties": { "known": { "type": "string" }, "serving": { "type": "string" } },
        },
        "changes": {
            "type": "array", "items": { "type": "string" },
            "description": "What is different between these versions, as far as it has to do with the request.",
        },
    });
    if let (Value::Object(properties), Value::Object(place)) = (&mut properties, place) {
        properties.extend(place);
    }
    json!({
        "type": "object", "description": "A problem document (RFC 9457).", "properties": properties,
        "required": ["type", "title", "status", "detail", "code"],
    })
}

/// An object as it is answered.
fn object(manifest: &Manifest, id: EntityId, entity: &Entity) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "entity": { "enum": family(manifest, id) },
            "members": reference(&members_name(entity)),
        },
        "required": ["id", "entity", "members"],
    });
    describe(&mut schema, &entity.documentation);
    schema
}

/// An object as it is sent: one that is there, with its id, or a new one; with the members that are to be set.
fn sent(manifest: &Manifest, id: EntityId, entity: &Entity) -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "entity": { "enum": family(manifest, id) },
            "members": reference(&members_name(entity)),
        },
    })
}

/// The members that an object can have. Those that the user may not read are absent, those of specializations come on top.
fn members(manifest: &Manifest, id: EntityId, entity: &Entity) -> Value {
    let mut properties = Map::new();
    for attribute in manifest.slots(id).into_iter().map(|slot| manifest.attribute(slot)) {
        properties.insert(attribute.name.clone(), member(manifest, attribute));
    }
    for (_, association) in manifest.associations_of(id).filter(|(_, one)| manifest.is_a(id, one.from)) {
        let mut schema = match association.kind {
            AssociationKind::ReferenceSet => json!({ "type": "array", "items": reference("Reference") }),
            AssociationKind::Reference => nullable(reference("Reference")),
        };
        describe(&mut schema, &association.documentation);
        if association.system.is_some() {
            schema["readOnly"] = json!(true);
        }
        properties.insert(association.name.clone(), schema);
    }
    json!({ "type": "object", "title": format!("Members of {}", entity.name), "properties": properties })
}

fn member(manifest: &Manifest, attribute: &Attribute) -> Value {
    let mut schema = match &attribute.kind {
        AttributeType::String { length: Some(length) } => json!({ "type": ["string", "null"], "maxLength": length }),
        AttributeType::HashedString => json!({ "type": ["string", "null"], "writeOnly": true }),
        AttributeType::Integer => {
            json!({ "type": ["integer", "null"], "minimum": i32::MIN, "maximum": i32::MAX })
        }
        AttributeType::Boolean => json!({ "type": "boolean" }),
        kind => value(manifest, kind.value_type()),
    };
    describe(&mut schema, &attribute.documentation);
    let is_kept_by_runtime = attribute.calculated.is_some()
        || attribute.system.is_some()
        || matches!(attribute.kind, AttributeType::AutoNumber | AttributeType::Binary);
    if is_kept_by_runtime {
        schema["readOnly"] = json!(true);
    }
    schema
}

/// A value that may be empty.
pub(super) fn value(manifest: &Manifest, kind: Type) -> Value {
    match kind {
        Type::Nothing => json!({ "type": "null" }),
        Type::Boolean => json!({ "type": ["boolean", "null"] }),
        Type::Integer => json!({ "type": ["integer", "null"], "format": "int64" }),
        Type::Decimal => json!({
            "type": ["string", "null"], "format": "decimal",
            "description": "A decimal as text, so that nothing is lost; a number is read too.",
        }),
        Type::DateTime => json!({ "type": ["string", "null"], "format": "date-time" }),
        Type::Text => json!({ "type": ["string", "null"] }),
        Type::Enumeration(id) => nullable(reference(&key_name(manifest, id))),
        Type::Object(id) => nullable(reference(&manifest.entity(id).name)),
        Type::List(id) => json!({ "type": "array", "items": reference(&manifest.entity(id).name) }),
        Type::Binary => json!({
            "type": ["object", "null"], "description": "Bytes, of which only the number is said.",
            "properties": { "bytes": { "type": "integer" } },
        }),
    }
}

/// A value as an argument: objects can be new ones.
pub(super) fn argument(manifest: &Manifest, kind: Type) -> Value {
    match kind {
        Type::Object(id) => nullable(reference(&sent_name(manifest.entity(id)))),
        Type::List(id) => json!({ "type": "array", "items": reference(&sent_name(manifest.entity(id))) }),
        kind => value(manifest, kind),
    }
}

/// Whether clients call microflows of that kind.
pub(super) fn is_called(kind: MicroflowKind) -> bool {
    crate::version::is_callable(kind)
}

/// An entity and its specializations, by name.
fn family(manifest: &Manifest, id: EntityId) -> Vec<&str> {
    let entities = (0..).map(EntityId).zip(&manifest.entities);
    entities.filter(|(one, _)| manifest.is_a(*one, id)).map(|(_, entity)| entity.name.as_str()).collect()
}

fn members_name(entity: &Entity) -> String {
    format!("{}.Members", entity.name)
}

pub(super) fn sent_name(entity: &Entity) -> String {
    format!("{}.Sent", entity.name)
}

fn key_name(manifest: &Manifest, id: EnumerationId) -> String {
    format!("{}.Key", manifest.enumeration(id).name)
}

fn nullable(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// Adds what the model says about something.
pub(super) fn describe(schema: &mut Value, documentation: &str) {
    if !documentation.is_empty() {
        schema["description"] = json!(documentation);
    }
}
