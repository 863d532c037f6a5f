//! Names of a model that was compiled before: what its manifest says.
//!
//! A manifest has no former names, and nothing in it is broken. What an entity's script called the associations to its
//! owner and its last editor is not in it either: they go by their own names.

use std::collections::HashMap;

use brooklet_model::{AssociationId, AttributeRef, ConstantId, EntityId, EnumerationId, Manifest, MicroflowId};

use super::{Names, Register, Shape};

impl Names {
    /// What the names of a compiled model mean.
    pub(crate) fn compiled(manifest: &Manifest) -> Self {
        let entities = manifest.entities.iter().map(|entity| entity.name.as_str());
        let enumerations = manifest.enumerations.iter().map(|enumeration| enumeration.name.as_str());
        let constants = manifest.constants.iter().map(|constant| constant.name.as_str());
        let microflows = manifest.microflows.iter().map(|microflow| microflow.name.as_str());
        let mut associations: Register<Vec<AssociationId>> = Register::default();
        for (index, association) in manifest.associations.iter().enumerate() {
            associations.entry(association.name.clone()).or_default().push(AssociationId(index as u32));
        }
        Self {
            entities: register(entities, EntityId),
            enumerations: register(enumerations, EnumerationId),
            constants: register(constants, ConstantId),
            microflows: register(microflows, MicroflowId),
            associations,
            actions: Register::default(),
            documents: HashMap::new(),
            shapes: (0..manifest.entities.len() as u32).map(|index| shape(manifest, EntityId(index))).collect(),
            ends: manifest.associations.iter().map(|association| (association.from, association.to)).collect(),
            keys: manifest
                .enumerations
                .iter()
                .map(|enumeration| (0..).zip(&enumeration.values).map(|(at, value)| (value.key.clone(), at)).collect())
                .collect(),
        }
    }
}

/// Names, numbered in their order.
fn register<'a, Id>(names: impl Iterator<Item = &'a str>, id: fn(u32) -> Id) -> Register<Id> {
    let mut register = Register::default();
    for (index, name) in (0..).zip(names) {
        register.insert(name.to_owned(), id(index));
    }
    register
}

fn shape(manifest: &Manifest, id: EntityId) -> Shape {
    let entity = manifest.entity(id);
    let attributes = || (0..).zip(&entity.attributes);
    Shape {
        name: entity.name.clone(),
        generalization: entity.generalization,
        attributes: attributes()
            .map(|(index, attribute)| (attribute.name.to_ascii_lowercase(), AttributeRef { entity: id, index }))
            .collect(),
        spellings: attributes().map(|(_, attribute)| attribute.name.clone()).collect(),
        ..Shape::default()
    }
}
