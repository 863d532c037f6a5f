//! Arguments of a call from JSON.

use std::{borrow::Cow, fmt, pin::Pin};

use brooklet_model::{Association, AssociationId, AttributeType, EntityId, Manifest, MicroflowId, Parameter, Type};
use brooklet_values::{ObjectHandle, ObjectId, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    names::{nearest, type_name},
    scalar::{self, Expected},
};
use crate::{
    errors::Interruption,
    flow::{Failure, FailureKind, failure_codes},
    request::{Assignment, Member, Request},
};

/// The members of a JSON object, unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(serde::de::Error::custom(format_args!("`{name}` occurs twice")));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// A name that is borrowed when it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the arguments of a call, in the order of the parameters. Those that are missing are empty.
pub(crate) async fn read_arguments(
    text: &str,
    microflow: MicroflowId,
    manifest: &Manifest,
    request: &mut Request,
) -> Result<Vec<Value>, Failure> {
    let parameters = &manifest.microflow(microflow).parameters;
    let Members(given) = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let mut values = vec![Value::Empty; parameters.len()];
    for (name, raw) in given {
        let Some(index) = position(&name, parameters) else { return Err(unknown_argument(&name, microflow, manifest)) };
        let kind = parameters[index].kind;
        let mut reader = Reader { manifest, request: &mut *request };
        values[index] = reader.value(raw.get(), kind, &name).await?;
    }
    for (value, parameter) in values.iter_mut().zip(parameters) {
        // A list is never absent.
        if let (Value::Empty, Type::List(_)) = (&*value, parameter.kind) {
            let list = request.list_create().map_err(|cause| Failure::of_interruption(cause, manifest))?;
            *value = Value::List(list);
        }
    }
    Ok(values)
}

fn position(name: &str, parameters: &[Parameter]) -> Option<usize> {
    let exact = parameters.iter().position(|one| one.name == name);
    exact.or_else(|| parameters.iter().position(|one| one.name.eq_ignore_ascii_case(name)))
}

/// Reads values into a request.
struct Reader<'a> {
    manifest: &'a Manifest,
    request: &'a mut Request,
}

/// Objects contain objects.
type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'r>>;

impl Reader<'_> {
    /// The future is small: what objects and lists need is on the heap.
    async fn value(&mut self, raw: &str, kind: Type, path: &str) -> Result<Value, Failure> {
        match kind {
            _ if raw == "null" => Ok(Value::Empty),
            Type::Object(entity) => self.object(raw, entity, path.to_owned()).await.map(Value::Object),
            Type::List(entity) => self.list(raw, entity, path.to_owned()).await,
            _ => scalar::read(raw, kind, self.manifest).map_err(|expected| mismatch(path, expected, raw)),
        }
    }

    fn list<'r>(&'r mut self, raw: &'r str, entity: EntityId, path: String) -> Reading<'r, Value> {
        Box::pin(async move {
            let elements: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| {
                let expected = format!("an array ({})", type_name(Type::List(entity), self.manifest));
                mismatch(&path, Expected(expected), raw)
            })?;
            let list = self.request.list_create().map_err(|cause| self.failure(cause))?;
            for (index, element) in elements.iter().enumerate() {
                let object = self.object(element.get(), entity, format!("{path}[{index}]")).await?;
                self.request.list_add(Some(list), Some(object)).map_err(|cause| self.failure(cause))?;
            }
            Ok(Value::List(list))
        })
    }

    fn object<'r>(&'r mut self, raw: &'r str, entity: EntityId, path: String) -> Reading<'r, ObjectHandle> {
        Box::pin(async move {
            let Ok(Members(members)) = serde_json::from_str(raw) else {
                let name = &self.manifest.entity(entity).name;
                return Err(mismatch(&path, Expected(format!("a JSON object ({name})")), raw));
            };
            let Form { id, entity, members } = self.form(members, entity, &path)?;
            let object = match id {
                Some(id) => self.request.object_by_id(entity, id).await,
                None => self.request.create(entity),
            };
            let object = object.map_err(|cause| self.argument_failure(cause, &path))?;
            let mut assignments = Vec::with_capacity(members.len());
            for (name, raw) in members {
                assignments.extend(self.assignment(entity, &name, raw.get(), &path).await?);
            }
            if !assignments.is_empty() {
                let changed = self.request.change(Some(object), assignments).await;
                changed.map_err(|cause| self.argument_failure(cause, &path))?;
            }
            Ok(object)
        })
    }

    /// Tells the two forms of an object apart: with `id`, `entity` and `members`, or the members alone.
    fn form<'a>(
        &self,
        members: Vec<(Cow<'a, str>, &'a RawValue)>,
        entity: EntityId,
        path: &str,
    ) -> Result<Form<'a>, Failure> {
        const KEYS: [&str; 3] = ["id", "entity", "members"];
        let is_long = members.iter().all(|(name, _)| KEYS.contains(&&**name))
            && members.iter().any(|(name, _)| matches!(&**name, "id" | "members"));
        if !is_long {
            return Ok(Form { id: None, entity, members });
        }
        let mut form = Form { id: None, entity, members: Vec::new() };
        for (name, raw) in members {
            let raw = raw.get();
            match &*name {
                "id" if raw == "null" => {}
                "id" => form.id = Some(self.id(raw, path)?),
                "entity" => form.entity = self.specialization(raw, entity, path)?,
                _ => {
                    let Ok(Members(inner)) = serde_json::from_str(raw) else {
                        return Err(mismatch(&format!("{path}.members"), "a JSON object".into(), raw));
                    };
                    form.members = inner;
                }
            }
        }
        Ok(form)
    }

    fn id(&self, raw: &str, path: &str) -> Result<ObjectId, Failure> {
        let text = scalar::string(raw).unwrap_or_else(|| raw.to_owned());
        text.parse()
            .map(ObjectId)
            .map_err(|_| mismatch(&format!("{path}.id"), "the id of an object, as text".into(), raw))
    }

    /// The entity that an object says it is of: the one that is wanted, or a specialization.
    fn specialization(&self, raw: &str, wanted: EntityId, path: &str) -> Result<EntityId, Failure> {
        let named = scalar::string(raw).and_then(|name| self.manifest.entity_named(&name));
        named.filter(|entity| self.manifest.is_a(*entity, wanted)).ok_or_else(|| {
            let expected = format!("{} or a specialization of it", self.manifest.entity(wanted).name);
            mismatch(&format!("{path}.entity"), Expected(expected), raw)
        })
    }

    /// What a member is set to. Nothing for members that only the runtime sets: they come back as they were sent out.
    async fn assignment(
        &mut self,
        entity: EntityId,
        name: &str,
        raw: &str,
        path: &str,
    ) -> Result<Option<Assignment>, Failure> {
        let path = format!("{path}.{name}");
        if let Some(reference) = self.manifest.attribute_named(entity, name) {
            let attribute = self.manifest.attribute(reference);
            if attribute.calculated.is_some()
                || attribute.system.is_some()
                || attribute.kind == AttributeType::AutoNumber
            {
                return Ok(None);
            }
            let value = self.value(raw, attribute_kind(&attribute.kind), &path).await?;
            return Ok(Some(Assignment { member: Member::Attribute(self.manifest.slot(reference)), value }));
        }
        let Some((id, other)) = self.association(entity, name) else {
            return Err(self.unknown_member(entity, &path, name));
        };
        if self.manifest.association(id).system.is_some() {
            return Ok(None);
        }
        let kind = if raw.starts_with('[') { Type::List(other) } else { Type::Object(other) };
        let value = self.value(raw, kind, &path).await?;
        Ok(Some(Assignment { member: Member::Association(id), value }))
    }

    /// An association of the entity by qualified name, or by its unqualified one, and the entity at its other end.
    fn association(&self, entity: EntityId, name: &str) -> Option<(AssociationId, EntityId)> {
        let is_named = |association: &Association| {
            association.name == name || association.name.split_once('.').is_some_and(|(_, short)| short == name)
        };
        let (id, association) = self.manifest.associations_of(entity).find(|(_, one)| is_named(one))?;
        let owned = self.manifest.is_a(entity, association.from);
        Some((id, if owned { association.to } else { association.from }))
    }

    fn unknown_member(&self, entity: EntityId, path: &str, name: &str) -> Failure {
        let attributes = self.manifest.slots(entity);
        let attributes = attributes.iter().map(|slot| self.manifest.attribute(*slot).name.as_str());
        let associations = self.manifest.associations_of(entity).map(|(_, association)| association.name.as_str());
        let entity = &self.manifest.entity(entity).name;
        let hint = match nearest(name, attributes.chain(associations)) {
            Some(nearest) => format!("; did you mean `{nearest}`?"),
            None => String::new(),
        };
        let message = format!("argument `{path}`: {entity} has no member `{name}`{hint}");
        Failure::new(FailureKind::Invalid, failure_codes::UNKNOWN_MEMBER, message)
    }

    fn failure(&self, cause: Interruption) -> Failure {
        Failure::of_interruption(cause, self.manifest)
    }

    /// A failure while an argument was read: what the model would call a microflow error is the caller's mistake here.
    fn argument_failure(&self, cause: Interruption, path: &str) -> Failure {
        let failure = self.failure(cause);
        match failure.code {
            crate::errors::codes::NOT_FOUND => Failure {
                kind: FailureKind::Invalid,
                code: failure_codes::ARGUMENT_NOT_FOUND,
                message: format!("argument `{path}`: {}", failure.message),
                ..failure
            },
            crate::errors::codes::INVALID_VALUE | crate::errors::codes::OUT_OF_RANGE => Failure {
                kind: FailureKind::Invalid,
                code: failure_codes::WRONG_ARGUMENT_TYPE,
                message: format!("argument `{path}`: {}", failure.message),
                ..failure
            },
            _ => failure,
        }
    }
}

/// An object as it was sent.
struct Form<'a> {
    id: Option<ObjectId>,
    entity: EntityId,
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// The type that an attribute's values are read as.
fn attribute_kind(kind: &AttributeType) -> Type {
    match kind {
        AttributeType::String { .. } | AttributeType::HashedString => Type::Text,
        AttributeType::Integer | AttributeType::Long | AttributeType::AutoNumber => Type::Integer,
        AttributeType::Decimal => Type::Decimal,
        AttributeType::Boolean => Type::Boolean,
        AttributeType::DateTime { .. } => Type::DateTime,
        AttributeType::Binary => Type::Binary,
        AttributeType::Enumeration(id) => Type::Enumeration(*id),
    }
}

/// The message names the position in the text.
fn malformed(error: &serde_json::Error) -> Failure {
    let message = format!("the arguments are not a JSON object: {error}");
    Failure::new(FailureKind::Invalid, failure_codes::MALFORMED_JSON, message)
}

fn mismatch(path: &str, Expected(expected): Expected, raw: &str) -> Failure {
    const SHOWN_CHARACTERS: usize = 60;
    let mut sent: String = raw.chars().take(SHOWN_CHARACTERS).collect();
    if sent.len() < raw.len() {
        sent.push('…');
    }
    let message = format!("argument `{path}` must be {expected}; it is {sent}");
    Failure::new(FailureKind::Invalid, failure_codes::WRONG_ARGUMENT_TYPE, message)
}

fn unknown_argument(name: &str, microflow: MicroflowId, manifest: &Manifest) -> Failure {
    let microflow = manifest.microflow(microflow);
    let names = microflow.parameters.iter().map(|parameter| parameter.name.as_str());
    let hint = match nearest(name, names.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if microflow.parameters.is_empty() => "it takes none".to_owned(),
        None => format!("it takes {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("{} has no parameter `{name}`; {hint}", microflow.name);
    Failure::new(FailureKind::Invalid, failure_codes::UNKNOWN_ARGUMENT, message)
}
