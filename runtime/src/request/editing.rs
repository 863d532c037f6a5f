//! Objects that a client edits: as they are now, and what tells whether that changed.

use std::collections::BTreeMap;

use brooklet_model::{AttributeType, EntityId};
use brooklet_values::{ObjectHandle, ObjectId, Value};
use sha2::{Digest, Sha256};

use super::{Member, Request, transaction::store_error};
use crate::{
    errors::Outcome,
    objects::{Present, State, Targets},
};

/// How many bytes of a hash a tag has.
const TAG_BYTES: usize = 16;

impl Request {
    /// The object as it is now, to look at: what was not changed in the session is what the database has. None when the
    /// database has it no more.
    pub(crate) async fn present(&mut self, of: ObjectHandle) -> Outcome<Option<ObjectHandle>> {
        if self.is_in_memory_only(of)? {
            return Ok(Some(of));
        }
        match self.row_of(of).await? {
            Some(present) => self.space.view(of, present).map(Some),
            None => Ok(None),
        }
    }

    /// Puts the session's changes of an object on top of what the database has now. False when it has the object no more.
    pub(crate) async fn rebase(&mut self, of: ObjectHandle) -> Outcome<bool> {
        let object = self.space.peek(of)?;
        if self.is_in_memory_only(of)? || !object.is_changed() {
            return Ok(true);
        }
        let present = self.row_of(of).await?;
        let is_there = present.is_some();
        if let Some(present) = present {
            self.space.rebase(of, present)?;
        }
        Ok(is_there)
    }

    /// Keeps others from changing the objects in the database until the request ends.
    pub(crate) async fn lock(&mut self, objects: &[(EntityId, ObjectId)]) -> Outcome<()> {
        let mut by_entity: BTreeMap<EntityId, Vec<ObjectId>> = BTreeMap::new();
        for (entity, id) in objects.iter().filter(|(entity, _)| self.model.entity(*entity).stored) {
            by_entity.entry(*entity).or_default().push(*id);
        }
        for (entity, ids) in by_entity {
            self.transaction.lock(entity, &ids).await.map_err(store_error)?;
        }
        Ok(())
    }

    /// Asks the database where the reference sets that an object owns lead, as far as the client may read them.
    pub(crate) async fn complete(&mut self, of: ObjectHandle) -> Outcome<()> {
        let model = self.model.clone();
        let entity = self.space.peek(of)?.entity();
        for association in &model.entity(entity).owned {
            let is_unknown = model.is_set(*association) && !self.knows(of, *association)?;
            if is_unknown && self.may_read(of, Member::Association(*association))? {
                self.loaded(of, *association).await?;
            }
        }
        Ok(())
    }

    /// Whether the object is new, or of an entity without a table.
    fn is_in_memory_only(&self, of: ObjectHandle) -> Outcome<bool> {
        let object = self.space.get_alive(of)?;
        Ok(object.is_transient() || object.state() == State::New)
    }

    /// What the database has of an object.
    async fn row_of(&mut self, of: ObjectHandle) -> Outcome<Option<Present>> {
        let object = self.space.peek(of)?;
        let (entity, id) = (object.entity(), object.id());
        let sets: Vec<_> = object.changed_references().map(|change| change.association).collect();
        let sets = sets.into_iter().filter(|set| self.model.is_set(*set) && self.model.is_stored(*set));
        let sets: Vec<_> = sets.collect();
        let Some(row) = self.transaction.get(entity, &[id]).await.map_err(store_error)?.pop() else { return Ok(None) };
        let mut present = Present { slots: row.attributes, references: row.references, sets: Vec::new() };
        for set in sets {
            let links = self.transaction.links(set, false, &[id]).await.map_err(store_error)?;
            present.sets.push((set, links.into_iter().map(|link| link.to).collect()));
        }
        Ok(Some(present))
    }

    /// What tells one state of an object from another, as far as the client may read it: a hash of what the database has,
    /// and of what the session has changed. The object is a present one.
    pub(crate) fn tag(&self, of: ObjectHandle) -> Outcome<String> {
        let manifest = self.model.manifest();
        let object = self.space.get(of)?;
        let slots = &self.model.entity(object.entity()).slots;
        let mut hash = Tag(Sha256::new());
        hash.text(&manifest.entity(object.entity()).name);
        hash.number(object.id().0);
        let is_shown = |slot: u32| {
            let about = &slots[slot as usize];
            about.kind != AttributeType::HashedString && !about.calculated
        };
        let may_read = |member| self.may_read(of, member);
        let is_stored = object.is_stored() && !object.is_transient();
        for (slot, value) in (0..).zip(object.stored_slots()).filter(|_| is_stored) {
            if is_shown(slot) && may_read(Member::Attribute(slot))? {
                hash.text(&slots[slot as usize].name);
                hash.value(value);
            }
        }
        for association in self.model.plan().references(object.entity()).iter().filter(|_| is_stored) {
            if may_read(Member::Association(*association))? {
                hash.text(&manifest.association(*association).name);
                hash.targets(object.stored_targets(*association).unwrap_or(&Targets::new()));
            }
        }
        hash.text("edited");
        let all = || (0..).zip(object.slots());
        let changed: Vec<_> = if is_stored { object.changed_slots().collect() } else { all().collect() };
        for (slot, value) in changed {
            if is_shown(slot) && may_read(Member::Attribute(slot))? {
                hash.text(&slots[slot as usize].name);
                hash.value(value);
            }
        }
        let mut references: Vec<_> = if is_stored {
            object.changed_references().map(|change| (change.association, change.before, change.after)).collect()
        } else {
            object.references().map(|(association, targets)| (association, Targets::new(), targets.clone())).collect()
        };
        references.sort_unstable_by_key(|(association, ..)| *association);
        for (association, before, after) in references {
            if may_read(Member::Association(association))? {
                hash.text(&manifest.association(association).name);
                let less =
                    |one: &Targets, other: &Targets| one.iter().copied().filter(|id| !other.contains(id)).collect();
                hash.targets(&less(&after, &before));
                hash.targets(&less(&before, &after));
            }
        }
        Ok(hash.finish())
    }
}

/// A hash in the making. Each part says how long it is, so that no two sequences of parts are the same bytes.
struct Tag(Sha256);

impl Tag {
    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(b't', text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.bytes(b'n', &number.to_le_bytes());
    }

    fn targets(&mut self, targets: &Targets) {
        let mut ids: Vec<_> = targets.iter().map(|id| id.0).collect();
        ids.sort_unstable();
        let bytes: Vec<u8> = ids.into_iter().flat_map(i64::to_le_bytes).collect();
        self.bytes(b'r', &bytes);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Boolean(value) => self.bytes(b'b', &[u8::from(*value)]),
            Value::Integer(value) => self.bytes(b'i', &value.to_le_bytes()),
            Value::Decimal(value) => self.bytes(b'd', value.to_string().as_bytes()),
            Value::DateTime(value) => self.bytes(b'm', &value.to_le_bytes()),
            Value::Enumeration(key) => self.bytes(b'e', key.as_bytes()),
            Value::Text(text) => self.bytes(b's', text.as_bytes()),
            Value::Binary(bytes) => self.bytes(b'x', bytes),
            // Attributes hold no handles.
            Value::Empty | Value::Object(_) | Value::List(_) => self.bytes(b'0', &[]),
        }
    }

    fn finish(self) -> String {
        self.0.finalize().iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}
