//! Reading and setting members.

use std::sync::Arc;

use brooklet_model::{AttributeType, EntityId};
use brooklet_values::{ObjectHandle, Value};

use super::{Assignment, Member, Request, Target, model::Slot, references::Change};
use crate::{
    errors::{Interruption, LimitExceeded, MicroflowError, Outcome, codes},
    objects::State,
};

impl Request {
    /// WIT `objects.get-boolean`. False when unset, which only a model change can bring about.
    pub fn get_boolean(&self, of: Option<ObjectHandle>, slot: u32) -> Outcome<bool> {
        match self.attribute(of, slot)? {
            Value::Boolean(value) => Ok(*value),
            Value::Empty => Ok(false),
            other => Err(unlike("Boolean", other)),
        }
    }

    /// WIT `objects.get-integer`.
    pub fn get_integer(&self, of: Option<ObjectHandle>, slot: u32) -> Outcome<Option<i64>> {
        match self.attribute(of, slot)? {
            Value::Integer(value) => Ok(Some(*value)),
            Value::Empty => Ok(None),
            other => Err(unlike("Integer", other)),
        }
    }

    /// WIT `objects.get-date-time`.
    pub fn get_date_time(&self, of: Option<ObjectHandle>, slot: u32) -> Outcome<Option<i64>> {
        match self.attribute(of, slot)? {
            Value::DateTime(value) => Ok(Some(*value)),
            Value::Empty => Ok(None),
            other => Err(unlike("DateTime", other)),
        }
    }

    /// WIT `objects.get-text`: text, enumeration keys, decimals in plain notation. A password's hash is never given out.
    pub fn get_text(&self, of: Option<ObjectHandle>, slot: u32) -> Outcome<Option<Arc<str>>> {
        match self.attribute(of, slot)? {
            Value::Text(text) | Value::Enumeration(text) => Ok(Some(text.clone())),
            Value::Decimal(number) => Ok(Some(number.to_string().into())),
            Value::Empty => Ok(None),
            other => Err(unlike("String", other)),
        }
    }

    fn attribute(&self, of: Option<ObjectHandle>, slot: u32) -> Outcome<&Value> {
        let object = self.space.get(self.required(of)?)?;
        let table = self.model.entity(object.entity());
        if table.slots.get(slot as usize).is_some_and(|slot| slot.kind == AttributeType::HashedString) {
            let message = "A hashed text cannot be read.";
            return Err(MicroflowError::new(codes::MEMBER_UNAVAILABLE, message).into());
        }
        let value = object.slots().get(slot as usize).ok_or_else(|| no_slot(slot))?;
        let is_read = of.map_or(Ok(true), |of| self.reads(of, Member::Attribute(slot)))?;
        Ok(if is_read { value } else { &Value::Empty })
    }

    /// WIT `objects.is-new`. An empty object is not new.
    pub fn is_new(&self, of: Option<ObjectHandle>) -> Outcome<bool> {
        of.map_or(Ok(false), |of| Ok(self.space.peek(of)?.state() == State::New))
    }

    /// WIT `objects.is-a`. An empty object is of no entity.
    pub fn is_a(&self, of: Option<ObjectHandle>, entity: EntityId) -> Outcome<bool> {
        of.map_or(Ok(false), |of| Ok(self.model.manifest().is_a(self.space.peek(of)?.entity(), entity)))
    }

    /// WIT `objects.same`. Empty is the same as empty only.
    pub fn same(&self, left: Option<ObjectHandle>, right: Option<ObjectHandle>) -> Outcome<bool> {
        match (left, right) {
            (Some(left), Some(right)) => Ok(self.space.peek(left)?.id() == self.space.peek(right)?.id()),
            (left, right) => Ok(left == right),
        }
    }

    /// WIT `objects.change`: sets members, in order.
    pub async fn change(&mut self, of: Option<ObjectHandle>, to: Vec<Assignment>) -> Outcome<()> {
        let object = self.required(of)?;
        self.space.get_alive(object)?;
        if to.is_empty() {
            return Ok(());
        }
        let members: Vec<_> = to.iter().map(|assignment| assignment.member).collect();
        self.check_change(object, &members).await?;
        for Assignment { member, value } in to {
            match (member, value) {
                (Member::Attribute(slot), Value::Text(text)) if self.is_hashed(object, slot)? => {
                    let hash = super::password::turn().await?.hash(&text, &self.clock)?;
                    self.space.set_slot(object, slot, Value::from(hash))?;
                }
                (Member::Attribute(slot), value) => self.set_attribute(object, slot, value)?,
                (Member::Association(association), value) => {
                    let target = match value {
                        Value::Empty => Target::Object(None),
                        Value::Object(handle) => Target::Object(Some(handle)),
                        Value::List(handle) => Target::List(Some(handle)),
                        other => return Err(unlike("Object", &other)),
                    };
                    self.change_references(object, association, Change::Set, target).await?;
                }
            }
        }
        self.touched(object)
    }

    /// Whether an attribute keeps hashes of what it is set to.
    fn is_hashed(&self, object: ObjectHandle, slot: u32) -> Outcome<bool> {
        let table = self.model.entity(self.space.get_alive(object)?.entity());
        let attribute = table.slots.get(slot as usize).ok_or_else(|| no_slot(slot))?;
        Ok(attribute.kind == AttributeType::HashedString && !attribute.calculated)
    }

    /// Keeps `changedDate` and `changedBy`: somebody set a member, be it to the value that it had.
    pub(super) fn touched(&mut self, object: ObjectHandle) -> Outcome<()> {
        let table = self.model.entity(self.space.peek(object)?.entity());
        let (changed_date, changed_by) = (table.changed_date, table.changed_by);
        if let Some(slot) = changed_date {
            self.space.set_slot(object, slot, Value::DateTime(self.clock.now_ms()))?;
        }
        if let Some(association) = changed_by {
            self.space.set_targets(object, association, self.session.user.into_iter().collect())?;
        }
        Ok(())
    }

    /// Sets an attribute, if it accepts the value.
    pub(super) fn set_attribute(&mut self, object: ObjectHandle, slot: u32, value: Value) -> Outcome<()> {
        let model = self.model.clone();
        let entity = self.space.get_alive(object)?.entity();
        let attribute = model.entity(entity).slots.get(slot as usize).ok_or_else(|| no_slot(slot))?;
        if attribute.calculated || attribute.system.is_some() || attribute.kind == AttributeType::AutoNumber {
            let message = format!("{} cannot be set: the runtime does.", attribute.name);
            return Err(MicroflowError::new(codes::MEMBER_UNAVAILABLE, message).into());
        }
        let value = self.accepted(attribute, value)?;
        self.space.set_slot(object, slot, value)?;
        Ok(())
    }

    /// The value as the attribute keeps it.
    fn accepted(&self, attribute: &Slot, value: Value) -> Outcome<Value> {
        let refused = |code, why: String| Err(MicroflowError::new(code, format!("{}: {why}", attribute.name)).into());
        Ok(match (&attribute.kind, value) {
            (AttributeType::Boolean, Value::Empty) => {
                return refused(codes::INVALID_VALUE, "a Boolean cannot be empty.".to_owned());
            }
            (_, Value::Empty) => Value::Empty,
            (AttributeType::Integer, Value::Integer(number)) if i32::try_from(number).is_err() => {
                return refused(codes::OUT_OF_RANGE, format!("{number} does not fit into 32 bits; use a Long."));
            }
            (AttributeType::Integer | AttributeType::Long, value @ Value::Integer(_))
            | (AttributeType::Boolean, value @ Value::Boolean(_))
            | (AttributeType::Decimal, value @ Value::Decimal(_))
            | (AttributeType::DateTime { .. }, value @ Value::DateTime(_))
            | (AttributeType::Binary, value @ Value::Binary(_)) => value,
            (AttributeType::Decimal, Value::Integer(number)) => Value::Decimal(number.into()),
            (AttributeType::String { .. }, Value::Text(text)) => {
                let bound = self.limits.text_bytes as u64;
                if text.len() as u64 > bound {
                    let exceeded = LimitExceeded { limit: "text_bytes", bound, what: "bytes of a text" };
                    return Err(Interruption::Limit(exceeded));
                }
                Value::Text(text)
            }
            (AttributeType::Enumeration(id), Value::Enumeration(key)) => {
                let enumeration = self.model.manifest().enumeration(*id);
                if !enumeration.values.iter().any(|value| *value.key == *key) {
                    return refused(codes::INVALID_VALUE, format!("{} has no value {key}.", enumeration.name));
                }
                Value::Enumeration(key)
            }
            (_, other) => {
                return refused(codes::INVALID_VALUE, format!("a value of type {} does not fit.", other.type_name()));
            }
        })
    }
}

fn no_slot(slot: u32) -> Interruption {
    Interruption::internal(format!("the guest named attribute slot {slot}, which the object does not have"))
}

fn unlike(wanted: &str, found: &Value) -> Interruption {
    Interruption::internal(format!("the guest expected a {wanted} where there is a {}", found.type_name()))
}
