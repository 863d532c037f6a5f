//! Bodies of requests about objects.

use std::borrow::Cow;

use brooklet_model::{AssociationId, EntityId, Manifest};
use brooklet_values::ObjectId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    form::{Form, Members, association_named, form},
    names::nearest,
    read::{Reader, malformed, mismatch},
    scalar::{self, Expected},
};
use crate::{
    flow::{Failure, FailureKind, failure_codes},
    request::{Assignment, Request},
};

/// An object as a client sends it: its members, which are read when the object is there.
pub(crate) struct Sent<'a> {
    form: Form<'a>,
}

/// An object that a client names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedObject {
    /// The entity, as it was spelled.
    pub(crate) entity: String,
    /// The id.
    pub(crate) id: ObjectId,
    /// What the client saw of it last.
    pub(crate) tag: Option<String>,
}

impl<'a> Sent<'a> {
    /// Reads the body of a request about an object of an entity: `{"members": {…}}`, or the members alone.
    pub(crate) fn read(text: &'a str, entity: EntityId, manifest: &'a Manifest) -> Result<Self, Failure> {
        let Members(members) = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        Ok(Self { form: form(members, entity, manifest, &manifest.entity(entity).name)? })
    }

    /// The entity that the object says it is of.
    pub(crate) fn entity(&self) -> EntityId {
        self.form.entity
    }

    /// The id that the object says it has.
    pub(crate) fn id(&self) -> Option<ObjectId> {
        self.form.id
    }

    /// What its members are set to. Makes the objects that it contains.
    pub(crate) async fn assignments(
        self,
        manifest: &Manifest,
        request: &mut Request,
    ) -> Result<Vec<Assignment>, Failure> {
        let path = &manifest.entity(self.form.entity).name;
        let mut reader = Reader::new(manifest, request);
        let mut assignments = Vec::with_capacity(self.form.members.len());
        for (name, raw) in self.form.members {
            assignments.extend(reader.assignment(self.form.entity, &name, raw.get(), path).await?);
        }
        Ok(assignments)
    }
}

/// `{"objects": [{"entity": …, "id": …, "etag": …}]}`, at most `bound` of them.
pub(crate) fn read_named_objects(text: &str, bound: usize) -> Result<Vec<NamedObject>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body<'a> {
        #[serde(borrow)]
        objects: Vec<Entry<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry<'a> {
        entity: String,
        #[serde(borrow)]
        id: &'a RawValue,
        etag: Option<String>,
    }
    let Body { objects } = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    check_count("objects", objects.len(), bound)?;
    let named = |(index, entry): (usize, Entry<'_>)| {
        let id = read_id(entry.id.get(), &format!("objects[{index}].id"))?;
        Ok(NamedObject { entity: entry.entity, id, tag: entry.etag.map(|tag| tag.trim_matches('"').to_owned()) })
    };
    objects.into_iter().enumerate().map(named).collect()
}

/// `{"add": [ids], "remove": [ids]}`; an id may be `{"id": …}` too. At most `bound` of them.
pub(crate) fn read_links(text: &str, bound: usize) -> Result<(Vec<ObjectId>, Vec<ObjectId>), Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body<'a> {
        #[serde(borrow, default)]
        add: Vec<&'a RawValue>,
        #[serde(borrow, default)]
        remove: Vec<&'a RawValue>,
    }
    let Body { add, remove } = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    check_count("add and remove", add.len() + remove.len(), bound)?;
    let ids = |given: Vec<&RawValue>, what: &str| {
        let ids = given.iter().enumerate().map(|(index, raw)| read_id(raw.get(), &format!("{what}[{index}]")));
        ids.collect::<Result<Vec<_>, _>>()
    };
    Ok((ids(add, "add")?, ids(remove, "remove")?))
}

/// An association of an entity by its qualified or unqualified name, and the entity at its other end.
pub(crate) fn association(
    manifest: &Manifest,
    entity: EntityId,
    name: &str,
) -> Result<(AssociationId, EntityId), Failure> {
    association_named(manifest, entity, name).ok_or_else(|| {
        let names = manifest.associations_of(entity).map(|(_, association)| association.name.as_str());
        let hint = nearest(name, names).map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
        let message = format!("{} has no association `{name}`{hint}", manifest.entity(entity).name);
        Failure::new(FailureKind::NotFound, failure_codes::UNKNOWN_MEMBER, message)
    })
}

fn read_id(raw: &str, path: &str) -> Result<ObjectId, Failure> {
    #[derive(Deserialize)]
    struct Reference<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    let inner = serde_json::from_str::<Reference<'_>>(raw).ok();
    let raw = inner.as_ref().map_or(raw, |reference| reference.id.get());
    let text: Cow<'_, str> = scalar::string(raw).map_or(Cow::Borrowed(raw), Cow::Owned);
    text.parse().map(ObjectId).map_err(|_| mismatch(path, "the id of an object, as text".into(), raw))
}

fn check_count(what: &str, count: usize, bound: usize) -> Result<(), Failure> {
    if count <= bound {
        return Ok(());
    }
    Err(mismatch(what, Expected(format!("at most {bound} objects (limit `objects_named`)")), &count.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(read: Result<T, Failure>) -> &'static str {
        read.err().map_or("read", |failure| failure.code)
    }

    #[test]
    fn objects_are_named_by_entity_and_id() {
        let text = r#"{"objects": [{"entity": "M.E", "id": "7", "etag": "\"abc\""}, {"entity": "M.F", "id": 8}]}"#;
        let named = read_named_objects(text, 2).expect("two objects");
        let object = |entity: &str, id, tag: Option<&str>| NamedObject {
            entity: entity.to_owned(),
            id: ObjectId(id),
            tag: tag.map(str::to_owned),
        };
        assert_eq!(named, [object("M.E", 7, Some("abc")), object("M.F", 8, None)]);
        assert_eq!(code(read_named_objects(text, 1)), failure_codes::WRONG_ARGUMENT_TYPE);
        assert_eq!(code(read_named_objects("[]", 1)), failure_codes::MALFORMED_JSON);
        let wrong = r#"{"objects": [{"entity": "M.E", "id": "x"}]}"#;
        assert_eq!(code(read_named_objects(wrong, 1)), failure_codes::WRONG_ARGUMENT_TYPE);
    }

    #[test]
    fn links_are_ids_or_references() {
        let links = read_links(r#"{"add": ["7", {"id": "8"}], "remove": [9]}"#, 3).expect("links");
        assert_eq!(links, (vec![ObjectId(7), ObjectId(8)], vec![ObjectId(9)]));
        assert_eq!(read_links("{}", 0).expect("no links"), (vec![], vec![]));
        assert_eq!(code(read_links(r#"{"ad": []}"#, 3)), failure_codes::MALFORMED_JSON);
    }
}
