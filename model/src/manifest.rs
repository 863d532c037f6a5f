//! The manifest, and how it is asked.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::{Deserialize, Serialize};

use crate::{
    Association, AssociationId, Attribute, AttributeRef, Constant, Entity, EntityId, Enumeration, EnumerationId,
    Microflow, MicroflowId, Origins, Query, Security,
};

/// The name of the custom section that holds the manifest: JSON, compressed ([`Manifest::to_bytes`]).
pub const MANIFEST_SECTION: &str = "brooklet:manifest";

/// The version of the manifest's shape. A host refuses a manifest of another version.
pub const MANIFEST_SCHEMA: u32 = 1;

/// What a compiled component says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this shape: [`MANIFEST_SCHEMA`].
    pub schema: u32,
    /// Names of the source files, by [`crate::SourceId`].
    pub sources: Vec<String>,
    /// Enumerations, by [`EnumerationId`].
    pub enumerations: Vec<Enumeration>,
    /// Entities, by [`EntityId`].
    pub entities: Vec<Entity>,
    /// Associations, by [`AssociationId`].
    pub associations: Vec<Association>,
    /// Constants, by [`crate::ConstantId`].
    pub constants: Vec<Constant>,
    /// Microflows, by [`MicroflowId`]; the number that `invoke` takes.
    pub microflows: Vec<Microflow>,
    /// Database queries, by [`crate::QueryId`].
    pub queries: Vec<Query>,
    /// Roles, users and rights.
    pub security: Security,
    /// Settings by section and key, as the model spells them: `model.AfterStartupMicroflow`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// What things were called before.
    #[serde(default, skip_serializing_if = "Former::is_empty")]
    pub former: Former,
}

/// What things were called before, the latest name first, by the names that they have now: what a database or a session
/// keeps under a former name is theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Former {
    /// Qualified names of entities.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub entities: BTreeMap<String, Vec<String>>,
    /// Names of attributes, by `Module.Entity.Attribute` as they are called now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Qualified names of enumerations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub enumerations: BTreeMap<String, Vec<String>>,
    /// Qualified names of associations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub associations: BTreeMap<String, Vec<String>>,
    /// Keys of enumerations, by `Module.Enumeration.Key` as they are called now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Vec<String>>,
    /// Qualified names of microflows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub microflows: BTreeMap<String, Vec<String>>,
    /// Where things come from, if their former names do not tell: others have those names by now.
    #[serde(skip_serializing_if = "Origins::is_empty")]
    pub origins: Origins,
}

impl Former {
    /// Whether everything has the name that it always had.
    pub fn is_empty(&self) -> bool {
        let Self { entities, attributes, enumerations, associations, keys, microflows, origins } = self;
        let names = [entities, attributes, enumerations, associations, keys, microflows];
        names.iter().all(|names| names.is_empty()) && origins.is_empty()
    }
}

/// Bytes that a manifest may unpack to.
const JSON_BYTES: u64 = 64 << 20;

/// What every manifest has, whatever its shape is otherwise.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default)]
    schema: u64,
}

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not what a compiler writes.
    #[error("the manifest cannot be unpacked: {0}; build the component again with this version of brooklet")]
    Compressed(#[source] io::Error),
    /// It unpacks to more than any model has.
    #[error("the manifest has more than {JSON_BYTES} bytes; divide the model")]
    TooLong,
    /// It is not JSON of the expected shape.
    #[error("the manifest cannot be read: {0}; build the component again with this version of brooklet")]
    Malformed(#[from] serde_json::Error),
    /// It has another schema version.
    #[error("the manifest has schema {found}, this host reads schema {MANIFEST_SCHEMA}; build the component again")]
    Schema {
        /// The version that was found.
        found: u64,
    },
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            schema: MANIFEST_SCHEMA,
            sources: Vec::new(),
            enumerations: Vec::new(),
            entities: Vec::new(),
            associations: Vec::new(),
            constants: Vec::new(),
            microflows: Vec::new(),
            queries: Vec::new(),
            security: Security::default(),
            settings: BTreeMap::new(),
            former: Former::default(),
        }
    }
}

impl Manifest {
    /// Reads what [`Manifest::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        let json = Self::json(bytes)?;
        // Before anything else is read: another schema may have another shape.
        let Versioned { schema } = serde_json::from_slice(&json)?;
        if schema != u64::from(MANIFEST_SCHEMA) {
            return Err(ManifestError::Schema { found: schema });
        }
        Ok(serde_json::from_slice(&json)?)
    }

    /// The manifest as compact JSON, compressed in the format of zlib ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)): most of it
    /// are names that come again and again. The same manifest gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("a manifest has no maps with keys that are not strings");
        packed(&json)
    }

    /// The JSON in what [`Manifest::to_bytes`] wrote. Components of before have it as it is.
    pub fn json(bytes: &[u8]) -> Result<Vec<u8>, ManifestError> {
        if bytes.first() == Some(&b'{') {
            return Ok(bytes.to_vec());
        }
        let mut json = Vec::new();
        let read = ZlibDecoder::new(bytes).take(JSON_BYTES + 1).read_to_end(&mut json);
        match read.map_err(ManifestError::Compressed)? {
            length if length as u64 > JSON_BYTES => Err(ManifestError::TooLong),
            _ => Ok(json),
        }
    }

    /// An entity by number.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.index()]
    }

    /// An association by number.
    pub fn association(&self, id: AssociationId) -> &Association {
        &self.associations[id.index()]
    }

    /// An enumeration by number.
    pub fn enumeration(&self, id: EnumerationId) -> &Enumeration {
        &self.enumerations[id.index()]
    }

    /// A microflow by number.
    pub fn microflow(&self, id: MicroflowId) -> &Microflow {
        &self.microflows[id.index()]
    }

    /// An attribute by reference.
    pub fn attribute(&self, at: AttributeRef) -> &Attribute {
        &self.entity(at.entity).attributes[at.index as usize]
    }

    /// An entity by qualified name.
    pub fn entity_named(&self, name: &str) -> Option<EntityId> {
        self.entities.iter().position(|entity| entity.name == name).map(|index| EntityId(index as u32))
    }

    /// A microflow by qualified name.
    pub fn microflow_named(&self, name: &str) -> Option<MicroflowId> {
        self.microflows.iter().position(|microflow| microflow.name == name).map(|index| MicroflowId(index as u32))
    }

    /// The entity and what it specializes, from the most special to the most general.
    pub fn lineage(&self, id: EntityId) -> impl Iterator<Item = EntityId> + '_ {
        std::iter::successors(Some(id), |at| self.entity(*at).generalization)
    }

    /// The most general entity that `id` specializes, or itself.
    pub fn root(&self, id: EntityId) -> EntityId {
        self.lineage(id).last().unwrap_or(id)
    }

    /// Whether every object of `id` is also one of `general`.
    pub fn is_a(&self, id: EntityId, general: EntityId) -> bool {
        self.lineage(id).any(|at| at == general)
    }

    /// The entity and everything that specializes it, in model order.
    pub fn specializations(&self, general: EntityId) -> impl Iterator<Item = EntityId> + '_ {
        (0..self.entities.len() as u32).map(EntityId).filter(move |id| self.is_a(*id, general))
    }

    /// All attributes of an entity in slot order: those of the most general entity first. An attribute has the same slot
    /// in every specialization.
    pub fn slots(&self, id: EntityId) -> Vec<AttributeRef> {
        let mut lineage: Vec<_> = self.lineage(id).collect();
        lineage.reverse();
        lineage
            .into_iter()
            .flat_map(|entity| {
                (0..self.entity(entity).attributes.len() as u32).map(move |index| AttributeRef { entity, index })
            })
            .collect()
    }

    /// The slot of an attribute: how many attributes come before it.
    pub fn slot(&self, at: AttributeRef) -> u32 {
        let inherited: usize =
            self.lineage(at.entity).skip(1).map(|general| self.entity(general).attributes.len()).sum();
        inherited as u32 + at.index
    }

    /// An attribute by name, inherited ones included. Names of attributes ignore case.
    pub fn attribute_named(&self, id: EntityId, name: &str) -> Option<AttributeRef> {
        self.lineage(id).find_map(|entity| {
            let attributes = &self.entity(entity).attributes;
            let exact = attributes.iter().position(|attribute| attribute.name == name);
            exact
                .or_else(|| attributes.iter().position(|attribute| attribute.name.eq_ignore_ascii_case(name)))
                .map(|index| AttributeRef { entity, index: index as u32 })
        })
    }

    /// The associations of which the entity, or what it specializes, is an end.
    pub fn associations_of(&self, id: EntityId) -> impl Iterator<Item = (AssociationId, &Association)> + '_ {
        self.associations
            .iter()
            .enumerate()
            .map(|(index, association)| (AssociationId(index as u32), association))
            .filter(move |(_, association)| self.is_a(id, association.from) || self.is_a(id, association.to))
    }

    /// A setting by section and key; both ignore case.
    pub fn setting(&self, section: &str, key: &str) -> Option<&str> {
        let (_, keys) = self.settings.iter().find(|(name, _)| name.eq_ignore_ascii_case(section))?;
        keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }
}

fn packed(json: &[u8]) -> Vec<u8> {
    let mut compressed = ZlibEncoder::new(Vec::new(), Compression::fast());
    compressed.write_all(json).and_then(|()| compressed.finish()).expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let manifest = Manifest { sources: vec!["shop.mdl".to_owned()], ..Manifest::default() };
        let bytes = manifest.to_bytes();
        assert_eq!(Manifest::from_bytes(&bytes).expect("it is a manifest"), manifest);
        assert_eq!(bytes, manifest.to_bytes(), "the same manifest, the same bytes");
        let json = Manifest::json(&bytes).expect("it is a manifest");
        assert_eq!(Manifest::from_bytes(&json).expect("it is one without compression, too"), manifest);
    }

    #[test]
    fn what_is_no_manifest_is_told_apart() {
        let error = |bytes: &[u8]| Manifest::from_bytes(bytes).expect_err("it is none").to_string();
        assert!(error(b"no manifest").contains("cannot be unpacked"));
        assert!(error(b"{}").contains("has schema 0"));
        assert!(error(&packed(b"[")).contains("cannot be read"));
        assert!(error(&packed(br#"{"schema": 99, "entities": 7}"#)).contains("has schema 99"));
        assert!(error(&packed(&vec![b' '; JSON_BYTES as usize + 1])).contains("more than"));
    }
}
