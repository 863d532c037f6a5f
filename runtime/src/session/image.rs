//! The objects of a session as bytes.
//!
//! An image names entities, attributes and associations, so that it can be read by another version of the model than the one
//! that wrote it: what was renamed is found by its former name, attributes that are new get their defaults, values of
//! another type are converted where nothing gets lost by it, and what has no place any more is left out and reported. The
//! names stand once, in front; objects refer to them by number.
//!
//! The same objects give the same bytes: what did not change need not be written.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use brooklet_model::{AssociationId, AttributeType, EntityId, Manifest};
use brooklet_values::{Decimal, ObjectId, Value};
use serde::{Deserialize, Serialize};

use super::fitting::fitting;
use crate::{
    objects::{Remembered, RememberedReference, State, Targets},
    request::Model,
};

/// How images are written. To be raised with their shape; a node refuses images of other formats.
const FORMAT: u8 = 1;

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the session's objects cannot be read: {0}")]
pub(super) struct ImageError(String);

/// All of it.
#[derive(Serialize, Deserialize)]
struct Image<'a> {
    format: u8,
    #[serde(borrow)]
    shapes: Vec<Shape<'a>>,
    associations: Vec<&'a str>,
    objects: Vec<Stored<'a>>,
}

/// An entity: what the slots of its objects are called.
#[derive(Serialize, Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    entity: &'a str,
    attributes: Vec<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    id: i64,
    shape: u32,
    state: StoredState,
    edited: bool,
    #[serde(borrow)]
    slots: Vec<StoredValue<'a>>,
    references: Vec<StoredReference>,
    before: Option<Vec<(u32, StoredValue<'a>)>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum StoredState {
    New,
    Persisted,
    Autocommitted,
}

#[derive(Serialize, Deserialize)]
struct StoredReference {
    association: u32,
    targets: Vec<i64>,
    stored: Option<Vec<i64>>,
}

#[derive(Serialize, Deserialize)]
enum StoredValue<'a> {
    Empty,
    Boolean(bool),
    Integer(i64),
    #[serde(borrow)]
    Decimal(Cow<'a, str>),
    DateTime(i64),
    Enumeration(&'a str),
    Text(&'a str),
    Binary(&'a [u8]),
}

/// What an image has.
pub(super) struct Decoded {
    /// The objects, in the shape of the version that reads them.
    pub(super) objects: Vec<Remembered>,
    /// What the version has no place for, in words.
    pub(super) lost: Vec<String>,
}

/// The image of some objects, which come in the order of their ids; no bytes when there are none.
pub(super) fn encode(objects: &[Remembered], model: &Model) -> Result<Vec<u8>, ImageError> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let manifest = model.manifest();
    let (mut entities, mut associations) = (Numbers::default(), Numbers::default());
    let stored = objects.iter().map(|object| store(object, &mut entities, &mut associations)).collect();
    let shape = |id: &EntityId| Shape {
        entity: &manifest.entity(*id).name,
        attributes: manifest.slots(*id).into_iter().map(|slot| manifest.attribute(slot).name.as_str()).collect(),
    };
    let image = Image {
        format: FORMAT,
        shapes: entities.known.iter().map(shape).collect(),
        associations: associations.known.iter().map(|id| manifest.association(*id).name.as_str()).collect(),
        objects: stored,
    };
    postcard::to_allocvec(&image).map_err(|error| ImageError(error.to_string()))
}

/// Ids by number, in the order in which they were met.
struct Numbers<T> {
    known: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { known: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Numbers<T> {
    fn of(&mut self, one: T) -> u32 {
        *self.numbers.entry(one).or_insert_with(|| {
            self.known.push(one);
            self.known.len() as u32 - 1
        })
    }
}

fn store<'a>(
    object: &'a Remembered,
    entities: &mut Numbers<EntityId>,
    associations: &mut Numbers<AssociationId>,
) -> Stored<'a> {
    let ids = |targets: &Targets| targets.iter().map(|id| id.0).collect::<Vec<_>>();
    Stored {
        id: object.id.0,
        shape: entities.of(object.entity),
        state: match object.state {
            State::New => StoredState::New,
            State::Autocommitted => StoredState::Autocommitted,
            _ => StoredState::Persisted,
        },
        edited: object.edited,
        slots: object.slots.iter().map(StoredValue::from).collect(),
        references: object
            .references
            .iter()
            .map(|reference| StoredReference {
                association: associations.of(reference.association),
                targets: ids(&reference.targets),
                stored: reference.stored.as_ref().map(ids),
            })
            .collect(),
        before: object.before.as_ref().map(|before| before.iter().map(|(slot, value)| (*slot, value.into())).collect()),
    }
}

/// The objects of an image, in the shape of the model that reads it.
pub(super) fn decode(bytes: &[u8], model: &Model) -> Result<Decoded, ImageError> {
    if bytes.is_empty() {
        return Ok(Decoded { objects: Vec::new(), lost: Vec::new() });
    }
    if bytes[0] != FORMAT {
        return Err(ImageError(format!("they have format {}, this node reads {FORMAT}", bytes[0])));
    }
    let image: Image<'_> = postcard::from_bytes(bytes).map_err(|error| ImageError(error.to_string()))?;
    let mut lost = BTreeSet::new();
    let manifest = model.manifest();
    let entities: Vec<_> = image.shapes.iter().map(|shape| entity(shape, &image.shapes, manifest)).collect();
    let shapes = image.shapes.iter().zip(&entities);
    let places: Vec<_> = shapes.map(|(shape, entity)| entity.map(|entity| Placed::new(shape, entity, model))).collect();
    // The runtime's own associations have one name for many: each entity with an owner has an association `System.owner`.
    let associations: Vec<Vec<AssociationId>> = image
        .associations
        .iter()
        .map(|name| {
            let present = manifest.association_name_formerly(name);
            let all = (0..).map(AssociationId).zip(&manifest.associations);
            let found: Vec<_> = all.filter(|(_, one)| one.name == present).map(|(id, _)| id).collect();
            if found.is_empty() {
                lost.insert(format!("association {name}"));
            }
            found
        })
        .collect();
    let mut objects = Vec::with_capacity(image.objects.len());
    for stored in image.objects {
        let at = stored.shape as usize;
        let placed = places.get(at).ok_or_else(|| ImageError("an object has no shape".to_owned()))?;
        match placed {
            Some(placed) => objects.push(placed.object(stored, &associations, model, &mut lost)),
            None => {
                lost.insert(format!("entity {}", image.shapes[at].entity));
            }
        }
    }
    Ok(Decoded { objects, lost: lost.into_iter().collect() })
}

/// The entity of a shape in the model that reads it. A name that another shape has a better claim to, as it was renamed to
/// it, is not its own.
fn entity(shape: &Shape<'_>, all: &[Shape<'_>], manifest: &Manifest) -> Option<EntityId> {
    let found = manifest.entity_formerly(shape.entity)?;
    let is_renamed = |shape: &Shape<'_>| manifest.entity(found).name != shape.entity;
    let claims = |other: &Shape<'_>| is_renamed(other) && manifest.entity_formerly(other.entity) == Some(found);
    (is_renamed(shape) || !all.iter().any(claims)).then_some(found)
}

/// An entity of an image in the model that reads it.
struct Placed {
    entity: EntityId,
    transient: bool,
    /// What the image calls its attributes, with the entity: `M.E.A`.
    names: Vec<String>,
    /// The slot of each attribute of the image; none for those that are gone.
    slots: Vec<Option<u32>>,
    defaults: Vec<Value>,
    kinds: Vec<AttributeType>,
}

impl Placed {
    fn new(shape: &Shape<'_>, entity: EntityId, model: &Model) -> Self {
        let manifest = model.manifest();
        let found = |name: &&str| manifest.attribute_formerly(entity, name);
        let is_renamed =
            |name: &&str| found(name).filter(|at| !manifest.attribute(*at).name.eq_ignore_ascii_case(name));
        // What was renamed comes before what merely has the name.
        let renamed: Vec<_> = shape.attributes.iter().filter_map(is_renamed).collect();
        let slot = |name: &&str| {
            let at = found(name).filter(|at| is_renamed(name).is_some() || !renamed.contains(at))?;
            Some(manifest.slot(at))
        };
        Self {
            entity,
            transient: !model.plan().is_stored(entity),
            names: shape.attributes.iter().map(|name| format!("{}.{name}", shape.entity)).collect(),
            slots: shape.attributes.iter().map(slot).collect(),
            defaults: model.defaults(entity),
            kinds: manifest.slots(entity).into_iter().map(|slot| manifest.attribute(slot).kind.clone()).collect(),
        }
    }

    fn object(
        &self,
        stored: Stored<'_>,
        associations: &[Vec<AssociationId>],
        model: &Model,
        lost: &mut BTreeSet<String>,
    ) -> Remembered {
        let mut slots = self.defaults.clone();
        for (from, value) in stored.slots.into_iter().enumerate() {
            let is_something = !matches!(value, StoredValue::Empty);
            match self.fitting(from, value, model) {
                Some((slot, value)) => slots[slot as usize] = value,
                None if is_something => lost.extend(self.loss(from)),
                None => {}
            }
        }
        let before = stored.before.map(|before| {
            before.into_iter().filter_map(|(from, value)| self.fitting(from as usize, value, model)).collect()
        });
        let targets = |ids: Vec<i64>| ids.into_iter().map(ObjectId).collect::<Targets>();
        let manifest = model.manifest();
        let references = stored.references.into_iter().filter_map(|reference| {
            let named = associations.get(reference.association as usize)?;
            let is_own = |id: &&AssociationId| manifest.is_a(self.entity, manifest.association(**id).from);
            Some(RememberedReference {
                association: *named.iter().find(is_own)?,
                targets: targets(reference.targets),
                stored: reference.stored.map(targets),
            })
        });
        Remembered {
            id: ObjectId(stored.id),
            entity: self.entity,
            state: match stored.state {
                StoredState::New => State::New,
                StoredState::Persisted => State::Persisted,
                StoredState::Autocommitted => State::Autocommitted,
            },
            transient: self.transient,
            edited: stored.edited,
            slots,
            references: references.collect(),
            before,
        }
    }

    /// A value at its slot, if the model has a place for it.
    fn fitting(&self, from: usize, value: StoredValue<'_>, model: &Model) -> Option<(u32, Value)> {
        let slot = (*self.slots.get(from)?)?;
        let value = fitting(&self.kinds[slot as usize], value.read()?, model.manifest())?;
        Some((slot, value))
    }

    /// What is lost with a value that has no place.
    fn loss(&self, from: usize) -> Option<String> {
        let name = self.names.get(from)?;
        Some(match self.slots.get(from) {
            Some(Some(_)) => format!("values of attribute {name}"),
            _ => format!("attribute {name}"),
        })
    }
}

impl<'a> From<&'a Value> for StoredValue<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Decimal(value) => Self::Decimal(value.to_string().into()),
            Value::DateTime(value) => Self::DateTime(*value),
            Value::Enumeration(key) => Self::Enumeration(key),
            Value::Text(text) => Self::Text(text),
            Value::Binary(bytes) => Self::Binary(bytes),
            // Slots hold no handles.
            Value::Empty | Value::Object(_) | Value::List(_) => Self::Empty,
        }
    }
}

impl StoredValue<'_> {
    /// The value; none when it is a decimal that is none.
    fn read(self) -> Option<Value> {
        Some(match self {
            Self::Empty => Value::Empty,
            Self::Boolean(value) => Value::Boolean(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Decimal(text) => Value::Decimal(text.parse::<Decimal>().ok()?),
            Self::DateTime(value) => Value::DateTime(value),
            Self::Enumeration(key) => Value::Enumeration(key.into()),
            Self::Text(text) => Value::Text(text.into()),
            Self::Binary(bytes) => Value::Binary(bytes.into()),
        })
    }
}
