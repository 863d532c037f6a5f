//! Whether what a client asks for means the same in another version of the model than the one that it knows.
//!
//! A client sends names and JSON values. They are right for the version that it has read; another version may serve. A
//! [`Compatibility`] says beforehand, for each microflow and each entity of the client's version, whether what the client
//! sends is understood as it is meant, and whether what it is answered has the parts that it looks for. When in doubt, the
//! answer is no: a client that has to read the model again loses a moment, a call that means something else loses data.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    Association, AssociationKind, Attribute, AttributeType, EntityId, EnumerationId, Manifest, Microflow, MicroflowId,
    Pairing, Type,
};

/// What an operation of the client's version is in the version that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The same, under this name.
    Same(String),
    /// Something else: what is different, in words.
    Changed(Vec<String>),
    /// It is no more.
    Gone,
}

/// What two versions of a model are to one another, for clients of the first that meet the second.
#[derive(Clone, Debug)]
pub struct Compatibility {
    microflows: HashMap<String, Fate>,
    entities: HashMap<String, EntityFate>,
    /// Names in lower case of members that are not what they were, whatever entity they belong to.
    suspicious: HashSet<String>,
}

/// What has become of an entity and its members, and of those of its specializations.
#[derive(Clone, Debug)]
struct EntityFate {
    now: Option<String>,
    /// By name in lower case, what is different about members that are not what they were.
    members: BTreeMap<String, String>,
}

impl Compatibility {
    /// Compares the version that clients know with the one that serves.
    pub fn new(known: &Manifest, serving: &Manifest) -> Self {
        let comparison = Comparison { pairing: Pairing::new(known, serving) };
        let own: Vec<EntityFate> = (0..known.entities.len() as u32).map(|id| comparison.entity(EntityId(id))).collect();
        // What is named as an object of an entity may be one of a specialization.
        let with_specializations = |id: EntityId| {
            let all = known.specializations(id).flat_map(|special| own[special.index()].members.clone());
            EntityFate { now: own[id.index()].now.clone(), members: all.collect() }
        };
        let entities: HashMap<String, EntityFate> = (0..)
            .map(EntityId)
            .zip(&known.entities)
            .map(|(id, entity)| (entity.name.clone(), with_specializations(id)))
            .collect();
        let microflows = (0..)
            .map(MicroflowId)
            .zip(&known.microflows)
            .map(|(id, microflow)| (microflow.name.clone(), comparison.microflow(id, microflow, &entities)))
            .collect();
        let suspicious = entities.values().flat_map(|fate| fate.members.keys().cloned()).collect();
        Self { microflows, entities, suspicious }
    }

    /// A call of a microflow.
    pub fn microflow(&self, name: &str) -> Fate {
        self.microflows.get(name).cloned().unwrap_or_else(|| unheard_of("microflow", name))
    }

    /// A request about objects of an entity that names some members of theirs.
    pub fn objects<'a>(&self, entity: &str, members: impl IntoIterator<Item = &'a str>) -> Fate {
        let Some(fate) = self.entities.get(entity) else { return unheard_of("entity", entity) };
        let Some(now) = &fate.now else { return Fate::Gone };
        let changed: Vec<String> =
            members.into_iter().filter_map(|name| fate.members.get(&last_part(name)).cloned()).collect();
        if changed.is_empty() { Fate::Same(now.clone()) } else { Fate::Changed(changed) }
    }

    /// Names that may belong to members of other entities, such as those of a path or of objects within objects: those that
    /// are not what they were everywhere.
    pub fn doubtful<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let names = names.into_iter().filter(|name| self.suspicious.contains(&last_part(name)));
        names.map(|name| format!("a member `{name}` is not what it was")).collect()
    }
}

/// What the client's version does not have cannot have been meant as it is here.
fn unheard_of(kind: &str, name: &str) -> Fate {
    Fate::Changed(vec![format!("the version that the client knows has no {kind} `{name}`")])
}

/// Members are compared by their own names; associations may be written with or without their module.
fn last_part(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase()
}

/// Whether clients can give it a value. What they send for others is passed over.
fn can_be_set(attribute: &Attribute) -> bool {
    attribute.calculated.is_none() && attribute.system.is_none() && attribute.kind != AttributeType::AutoNumber
}

fn is_hash(attribute: &Attribute) -> bool {
    attribute.kind == AttributeType::HashedString
}

struct Comparison<'m> {
    pairing: Pairing<'m>,
}

impl Comparison<'_> {
    fn entity(&self, id: EntityId) -> EntityFate {
        let (known, serving) = (self.pairing.before, self.pairing.after);
        let Some(now) = self.pairing.entity(id) else { return EntityFate { now: None, members: BTreeMap::new() } };
        let mut members = BTreeMap::new();
        for at in known.slots(id) {
            let was = known.attribute(at);
            let same = self.pairing.attribute(at).filter(|at| serving.is_a(now, at.entity));
            let what = match same.map(|at| serving.attribute(at)) {
                None => Some(format!("attribute {} of {} is gone", was.name, known.entity(id).name)),
                Some(is) if is.name != was.name => {
                    Some(format!("attribute {} of {} is called {}", was.name, known.entity(id).name, is.name))
                }
                Some(is) if can_be_set(was) != can_be_set(is) => {
                    let what = if can_be_set(is) { "can be set" } else { "cannot be set any more" };
                    Some(format!("attribute {} of {} {what}", was.name, known.entity(id).name))
                }
                Some(is) if is_hash(was) != is_hash(is) => {
                    Some(format!("attribute {} of {} is of another kind", was.name, known.entity(id).name))
                }
                Some(is) => self
                    .type_change(was.kind.value_type(), is.kind.value_type())
                    .map(|types| format!("attribute {} of {} {types}", was.name, known.entity(id).name)),
            };
            members.extend(what.map(|what| (was.name.to_ascii_lowercase(), what)));
        }
        for (association_id, was) in known.associations_of(id).filter(|(_, one)| one.system.is_none()) {
            let same = self.pairing.association(association_id).map(|id| serving.association(id));
            let what = match same {
                None => Some("is gone".to_owned()),
                Some(is) if is.name != was.name => Some(format!("is called {}", is.name)),
                Some(is) => self.association_change(was, is),
            };
            members.extend(what.map(|what| (last_part(&was.name), format!("association {} {what}", was.name))));
        }
        EntityFate { now: Some(serving.entity(now).name.clone()), members }
    }

    fn association_change(&self, was: &Association, is: &Association) -> Option<String> {
        let ends = (self.pairing.entity(was.from), self.pairing.entity(was.to));
        if ends != (Some(is.from), Some(is.to)) {
            return Some("leads somewhere else".to_owned());
        }
        if was.owner != is.owner {
            return Some("is set from other sides".to_owned());
        }
        (was.kind != is.kind).then(|| {
            let number = if is.kind == AssociationKind::Reference { "one object" } else { "many objects" };
            format!("leads to {number}")
        })
    }

    fn microflow(&self, id: MicroflowId, was: &Microflow, entities: &HashMap<String, EntityFate>) -> Fate {
        let Some(now) = self.pairing.microflow(id) else { return Fate::Gone };
        let is = self.pairing.after.microflow(now);
        let mut changes = Vec::new();
        for parameter in &was.parameters {
            match is.parameters.iter().find(|one| one.name == parameter.name) {
                None => changes.push(format!("there is no parameter {} any more", parameter.name)),
                Some(same) => {
                    let types = self.type_change(parameter.kind, same.kind);
                    changes.extend(types.map(|types| format!("parameter {} {types}", parameter.name)));
                }
            }
        }
        for parameter in is.parameters.iter().filter(|one| was.parameters.iter().all(|it| it.name != one.name)) {
            changes.push(format!("there is a new parameter {}", parameter.name));
        }
        changes.extend(self.type_change(was.returns, is.returns).map(|types| format!("the result {types}")));
        let known = self.pairing.before;
        let mut shown: HashSet<EntityId> = HashSet::new();
        for kind in was.parameters.iter().map(|one| one.kind).chain([was.returns]) {
            if let Type::Object(entity) | Type::List(entity) = kind
                && shown.insert(entity)
                && let Some(fate) = entities.get(&known.entity(entity).name)
            {
                changes
                    .extend(fate.members.values().filter(|what| !changes.contains(what)).cloned().collect::<Vec<_>>());
            }
        }
        if changes.is_empty() { Fate::Same(is.name.clone()) } else { Fate::Changed(changes) }
    }

    /// What is different about the values of a type in JSON.
    fn type_change(&self, was: Type, is: Type) -> Option<String> {
        if self.pairing.value_type(was) == Some(is) {
            return match was {
                Type::Enumeration(id) => self.lost_keys(id),
                _ => None,
            };
        }
        let (before, after) = (was.name(self.pairing.before), is.name(self.pairing.after));
        Some(format!("is {after}; it was {before}"))
    }

    /// Keys that mean nothing any more, or something else.
    fn lost_keys(&self, id: EnumerationId) -> Option<String> {
        let enumeration = self.pairing.before.enumeration(id);
        let lost = enumeration.values.iter().find(|value| self.pairing.key(id, &value.key) != Some(&value.key))?;
        Some(match self.pairing.key(id, &lost.key) {
            Some(now) => format!("has the key {now}; it was {}", lost.key),
            None => format!("has no key {} any more", lost.key),
        })
    }
}
