//! Results and effects of a call to JSON.

use std::collections::HashMap;

use brooklet_model::{Manifest, Type};
use brooklet_values::{ListHandle, ObjectHandle, Value};

use super::scalar::{write_date_time, write_string};
use crate::request::{Effect, Level, Member, ObjectSnapshot, ReferenceSnapshot, Request, Severity};

/// The objects that a call shows its caller, by handle. Those that are gone are missing.
pub(crate) type Snapshots = HashMap<ObjectHandle, ObjectSnapshot>;

/// The objects in a result and in effects, each once, in order.
pub(crate) fn objects_shown(result: &Value, effects: &[Effect], request: &Request) -> Vec<ObjectHandle> {
    let mut objects = Vec::new();
    let mut add = |value: &Value| match value {
        Value::Object(handle) => objects.push(*handle),
        Value::List(list) => objects.extend_from_slice(elements(*list, request)),
        _ => {}
    };
    add(result);
    for effect in effects {
        match effect {
            Effect::Instruction { arguments, .. } => arguments.iter().for_each(|(_, value)| add(value)),
            Effect::Expectation { sides, .. } => sides.iter().for_each(&mut add),
            Effect::Feedback { object, .. } => add(&Value::Object(*object)),
            Effect::Log { .. } | Effect::Message { .. } | Effect::Notice { .. } => {}
        }
    }
    let mut seen = std::collections::HashSet::new();
    objects.retain(|handle| seen.insert(*handle));
    objects
}

fn elements(list: ListHandle, request: &Request) -> &[ObjectHandle] {
    request.lists().elements(Some(list)).unwrap_or_default()
}

/// Writes what a call leaves. The objects must still exist.
pub(crate) struct Writer<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) request: &'a Request,
    pub(crate) snapshots: &'a Snapshots,
}

impl Writer<'_> {
    /// A microflow's result.
    pub(crate) fn result(&self, result: &Value, kind: Type) -> String {
        let mut out = String::new();
        match (result, kind) {
            // A list is never absent.
            (Value::Empty, Type::List(_)) => out.push_str("[]"),
            _ => self.value(&mut out, result),
        }
        out
    }

    /// The effects, as an array.
    pub(crate) fn effects(&self, effects: &[Effect]) -> String {
        let mut out = String::from("[");
        for effect in effects {
            if out.len() > 1 {
                out.push(',');
            }
            self.effect(&mut out, effect);
        }
        out.push(']');
        out
    }

    fn value(&self, out: &mut String, value: &Value) {
        match value {
            Value::Empty => out.push_str("null"),
            Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value) => out.push_str(&value.to_string()),
            Value::Decimal(value) => write_string(out, &value.to_string()),
            Value::DateTime(value) => write_date_time(out, *value),
            Value::Enumeration(text) | Value::Text(text) => write_string(out, text),
            // Bytes have no form in JSON; their place shows that there are some.
            Value::Binary(bytes) => out.push_str(&format!("{{\"bytes\":{}}}", bytes.len())),
            Value::Object(handle) => match self.snapshots.get(handle) {
                Some(object) => self.object(out, object),
                None => out.push_str("null"),
            },
            Value::List(list) => {
                let shown = elements(*list, self.request).iter().filter_map(|handle| self.snapshots.get(handle));
                self.array(out, shown, |out, object| self.object(out, object));
            }
        }
    }

    fn array<T>(&self, out: &mut String, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
        out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                out.push(',');
            }
            write(out, item);
        }
        out.push(']');
    }

    fn object(&self, out: &mut String, object: &ObjectSnapshot) {
        let mut fields = Fields::begin(out);
        fields.text("id", &object.id.0.to_string());
        fields.text("entity", &self.manifest.entity(object.entity).name);
        let out = fields.name("members");
        let mut members = Fields::begin(out);
        for (name, value) in &object.attributes {
            self.value(members.name(name), value);
        }
        for reference in &object.references {
            self.reference(members.name(&reference.name), reference);
        }
        members.end();
        fields.end();
    }

    fn reference(&self, out: &mut String, reference: &ReferenceSnapshot) {
        let write =
            |out: &mut String, id: &brooklet_values::ObjectId| out.push_str(&format!("{{\"id\":\"{}\"}}", id.0));
        match reference.targets.first() {
            _ if reference.is_set => self.array(out, reference.targets.iter(), write),
            Some(target) => write(out, target),
            None => out.push_str("null"),
        }
    }

    fn effect(&self, out: &mut String, effect: &Effect) {
        let mut fields = Fields::begin(out);
        match effect {
            Effect::Log { level, node, message } => {
                fields.text("kind", "log");
                fields.text("level", level_name(*level));
                fields.text("node", node);
                fields.text("message", message);
            }
            Effect::Message { severity, message, blocking } => {
                fields.text("kind", "message");
                fields.text("severity", severity_name(*severity));
                fields.text("message", message);
                fields.name("blocking").push_str(if *blocking { "true" } else { "false" });
            }
            Effect::Feedback { object, member, message } => {
                fields.text("kind", "validation-feedback");
                self.feedback_place(&mut fields, *object, *member);
                fields.text("message", message);
            }
            Effect::Instruction { kind, name, arguments } => {
                fields.text("kind", kind);
                fields.text("name", name);
                let mut inner = Fields::begin(fields.name("arguments"));
                for (name, value) in arguments {
                    self.value(inner.name(name), value);
                }
                inner.end();
            }
            Effect::Notice { about, message } => {
                fields.text("kind", "notice");
                fields.text("about", about);
                fields.text("message", message);
            }
            Effect::Expectation { number, holds, sides } => {
                fields.text("kind", "expectation");
                fields.name("number").push_str(&number.to_string());
                fields.name("holds").push_str(if *holds { "true" } else { "false" });
                self.array(fields.name("sides"), sides.iter(), |out, value| self.value(out, value));
            }
        }
        fields.end();
    }

    fn feedback_place(&self, fields: &mut Fields<'_>, object: ObjectHandle, member: Member) {
        let Some(object) = self.snapshots.get(&object) else { return };
        fields.text("id", &object.id.0.to_string());
        fields.text("entity", &self.manifest.entity(object.entity).name);
        match member {
            Member::Association(id) => fields.text("member", &self.manifest.association(id).name),
            Member::Attribute(slot) => {
                if let Some(attribute) = self.manifest.slots(object.entity).get(slot as usize) {
                    fields.text("member", &self.manifest.attribute(*attribute).name);
                }
            }
        }
    }
}

/// The fields of a JSON object under construction.
struct Fields<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl<'o> Fields<'o> {
    fn begin(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_first: true }
    }

    /// Writes a field's name; its value is to follow.
    fn name(&mut self, name: &str) -> &mut String {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
        write_string(self.out, name);
        self.out.push(':');
        self.out
    }

    fn text(&mut self, name: &str, text: &str) {
        write_string(self.name(name), text);
    }

    fn end(self) {
        self.out.push('}');
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "information",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
