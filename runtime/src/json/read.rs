//! Arguments of a call from JSON.

use std::{collections::HashMap, pin::Pin};

use brooklet_model::{AttributeType, EntityId, Manifest, MicroflowId, Parameter, Type};
use brooklet_values::{ObjectHandle, ObjectId, Value};
use serde_json::value::RawValue;

use super::{
    form::{Form, Members, association_named, form},
    names::{nearest, type_name},
    scalar::{self, Expected},
};
use crate::{
    errors::Interruption,
    flow::{Failure, FailureKind, failure_codes},
    request::{Assignment, Member, Request},
};

/// Reads the arguments of a call, in the order of the parameters. Those that are missing are empty.
pub(crate) async fn read_arguments(
    text: &str,
    microflow: MicroflowId,
    manifest: &Manifest,
    request: &mut Request,
) -> Result<Vec<Value>, Failure> {
    let parameters = &manifest.microflow(microflow).parameters;
    let Members(given) = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let mut reader = Reader::new(manifest, request);
    let mut values = vec![Value::Empty; parameters.len()];
    for (name, raw) in given {
        let Some(index) = position(&name, parameters) else { return Err(unknown_argument(&name, microflow, manifest)) };
        let kind = parameters[index].kind;
        values[index] = reader.value(raw.get(), kind, &name).await?;
    }
    for (value, parameter) in values.iter_mut().zip(parameters) {
        // A list is never absent.
        if let (Value::Empty, Type::List(_)) = (&*value, parameter.kind) {
            let list = reader.request.list_create().map_err(|cause| Failure::of_interruption(cause, manifest))?;
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
pub(super) struct Reader<'a> {
    manifest: &'a Manifest,
    request: &'a mut Request,
    /// Objects of the list that is read, fetched together.
    fetched: HashMap<ObjectId, ObjectHandle>,
}

/// Objects contain objects.
type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'r>>;

impl<'q> Reader<'q> {
    pub(super) fn new(manifest: &'q Manifest, request: &'q mut Request) -> Self {
        Self { manifest, request, fetched: HashMap::new() }
    }
}

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
            self.fetch(&elements, entity).await?;
            for (index, element) in elements.iter().enumerate() {
                let object = self.object(element.get(), entity, format!("{path}[{index}]")).await?;
                self.request.list_add(Some(list), Some(object)).map_err(|cause| self.failure(cause))?;
            }
            Ok(Value::List(list))
        })
    }

    /// Fetches the objects that a list names, all at once. What is not found is looked for, and reported, one by one.
    async fn fetch(&mut self, elements: &[&RawValue], entity: EntityId) -> Result<(), Failure> {
        let id = |element: &&RawValue| {
            let Members(members) = serde_json::from_str(element.get()).ok()?;
            form(members, entity, self.manifest, "").ok().filter(|form| form.entity == entity)?.id
        };
        let ids: Vec<ObjectId> = elements.iter().filter_map(id).collect();
        if ids.len() > 1 {
            let fetched = self.request.objects_for_client(entity, &ids).await;
            self.fetched.extend(fetched.map_err(|cause| self.failure(cause))?);
        }
        Ok(())
    }

    fn object<'r>(&'r mut self, raw: &'r str, entity: EntityId, path: String) -> Reading<'r, ObjectHandle> {
        Box::pin(async move {
            let Ok(Members(members)) = serde_json::from_str(raw) else {
                let name = &self.manifest.entity(entity).name;
                return Err(mismatch(&path, Expected(format!("a JSON object ({name})")), raw));
            };
            let Form { id, entity, members } = form(members, entity, self.manifest, &path)?;
            let fetched = id.and_then(|id| self.fetched.get(&id)).copied();
            let object = match (id, fetched.filter(|object| self.request.is_a(Some(*object), entity).unwrap_or(false)))
            {
                (_, Some(fetched)) => Ok(fetched),
                (Some(id), None) => self.request.object_for_client(entity, id).await,
                (None, None) => self.request.create(entity),
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

    /// What a member is set to. Nothing for members that only the runtime sets: they come back as they were sent out.
    pub(super) async fn assignment(
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
            let value = self.value(raw, attribute.kind.value_type(), &path).await?;
            return Ok(Some(Assignment { member: Member::Attribute(self.manifest.slot(reference)), value }));
        }
        let Some((id, other)) = association_named(self.manifest, entity, name) else {
            return Err(self.unknown_member(entity, &path, name));
        };
        if self.manifest.association(id).system.is_some() {
            return Ok(None);
        }
        let kind = if raw.starts_with('[') { Type::List(other) } else { Type::Object(other) };
        let value = self.value(raw, kind, &path).await?;
        Ok(Some(Assignment { member: Member::Association(id), value }))
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

/// The message names the position in the text.
pub(super) fn malformed(error: &serde_json::Error) -> Failure {
    let message = format!("the arguments are not a JSON object: {error}");
    Failure::new(FailureKind::Invalid, failure_codes::MALFORMED_JSON, message)
}

pub(super) fn mismatch(path: &str, Expected(expected): Expected, raw: &str) -> Failure {
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
