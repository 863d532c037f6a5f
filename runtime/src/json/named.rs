//! What a request names, before anything of it is looked up: read without a model.
//!
//! What cannot be read names nothing; whoever reads it next says what is wrong.

use serde_json::{Map, Value};

/// The forms of an object that have its members in a field of their own have no others than these.
const FIELDS: [&str; 3] = ["id", "entity", "members"];

/// Names of members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedMembers {
    /// Of the object that the request is about.
    pub(crate) own: Vec<String>,
    /// Of objects within it, or at the end of paths.
    pub(crate) inner: Vec<String>,
}

/// The members that the body of a request about an object names.
pub(crate) fn named_members(body: &str) -> NamedMembers {
    let mut named = NamedMembers::default();
    if let Ok(Value::Object(object)) = serde_json::from_str(body) {
        let members = members_of(&object);
        named.own = members.keys().cloned().collect();
        members.values().for_each(|value| collect(value, &mut named.inner));
    }
    named
}

/// The members that arguments of a call name within objects within objects. Those of the arguments themselves are part of
/// the microflow's signature.
pub(crate) fn named_within_arguments(body: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(Value::Object(arguments)) = serde_json::from_str(body) {
        arguments.values().for_each(|argument| collect_below(argument, &mut names));
    }
    names
}

/// The entities of the objects that a body names: `{"objects": [{"entity": …}]}`.
pub(crate) fn named_entities(body: &str) -> Vec<String> {
    let Ok(body) = serde_json::from_str::<Value>(body) else { return Vec::new() };
    let objects = body["objects"].as_array().into_iter().flatten();
    objects.filter_map(|object| object["entity"].as_str().map(str::to_owned)).collect()
}

/// The members of an object in either form.
fn members_of(object: &Map<String, Value>) -> &Map<String, Value> {
    match object.get("members") {
        Some(Value::Object(members)) if object.keys().all(|key| FIELDS.contains(&key.as_str())) => members,
        _ => object,
    }
}

/// Names of members below those of an object, or of the objects of a list.
fn collect_below(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_below(item, names)),
        Value::Object(object) => members_of(object).values().for_each(|value| collect(value, names)),
        _ => {}
    }
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(object) => {
            for (name, value) in members_of(object) {
                names.push(name.clone());
                collect(value, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_in_both_forms_and_within_others() {
        let short = r#"{"Name": "a", "M.A": [{"Inner": 1}, {"id": "7", "members": {"Deep": {"Deeper": 2}}}]}"#;
        let long = format!(r#"{{"id": "3", "members": {short}}}"#);
        for body in [short, &long] {
            let named = named_members(body);
            assert_eq!(named.own, ["Name", "M.A"]);
            assert_eq!(named.inner, ["Inner", "Deep", "Deeper"]);
        }
        assert_eq!(named_members("{"), NamedMembers::default());
        let arguments = format!(r#"{{"First": {short}, "Second": [{long}], "Third": 7}}"#);
        let inner = ["Inner", "Deep", "Deeper"];
        assert_eq!(named_within_arguments(&arguments), [inner, inner].concat());
    }

    #[test]
    fn entities_are_named_beside_ids() {
        assert_eq!(named_entities(r#"{"objects": [{"entity": "M.E", "id": "7"}, {"id": "8"}]}"#), ["M.E"]);
        assert_eq!(named_entities("[]"), Vec::<String>::new());
    }
}
