//! The forms in which objects are sent, before any value is read.

use std::{borrow::Cow, fmt};

use brooklet_model::{Association, AssociationId, EntityId, Manifest};
use brooklet_values::ObjectId;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    read::mismatch,
    scalar::{self, Expected},
};
use crate::flow::Failure;

/// A name, and its value as it stands.
pub(super) type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// An object as it was sent.
pub(super) struct Form<'a> {
    pub(super) id: Option<ObjectId>,
    pub(super) entity: EntityId,
    pub(super) members: Vec<Member<'a>>,
}

/// The members of a JSON object, unread.
pub(super) struct Members<'a>(pub(super) Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<Member<'de>> = Vec::new();
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

/// Tells the two forms of an object apart: with `id`, `entity` and `members`, or the members alone.
pub(super) fn form<'a>(
    members: Vec<Member<'a>>,
    entity: EntityId,
    manifest: &Manifest,
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
            "id" => form.id = Some(read_id(raw, path)?),
            "entity" => form.entity = specialization(raw, entity, manifest, path)?,
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

fn read_id(raw: &str, path: &str) -> Result<ObjectId, Failure> {
    let text = scalar::string(raw).unwrap_or_else(|| raw.to_owned());
    text.parse().map(ObjectId).map_err(|_| mismatch(&format!("{path}.id"), "the id of an object, as text".into(), raw))
}

/// The entity that an object says it is of: the one that is wanted, or a specialization.
fn specialization(raw: &str, wanted: EntityId, manifest: &Manifest, path: &str) -> Result<EntityId, Failure> {
    let named = scalar::string(raw).and_then(|name| manifest.entity_formerly(&name));
    named.filter(|entity| manifest.is_a(*entity, wanted)).ok_or_else(|| {
        let expected = format!("{} or a specialization of it", manifest.entity(wanted).name);
        mismatch(&format!("{path}.entity"), Expected(expected), raw)
    })
}

/// An association of the entity by qualified name, or by its unqualified one, and the entity at its other end.
pub(super) fn association_named(
    manifest: &Manifest,
    entity: EntityId,
    name: &str,
) -> Option<(AssociationId, EntityId)> {
    let is_named = |association: &Association| {
        association.name == name || association.name.split_once('.').is_some_and(|(_, short)| short == name)
    };
    let (id, association) = manifest.associations_of(entity).find(|(_, one)| is_named(one))?;
    let owned = manifest.is_a(entity, association.from);
    Some((id, if owned { association.to } else { association.from }))
}
