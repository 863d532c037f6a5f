//! Writing committed objects to the database.

use std::collections::{BTreeMap, HashSet};

use brooklet_model::{AttributeType, RuleKind};
use brooklet_store::StoreError;
use brooklet_values::{ObjectHandle, ObjectId, Value};

use super::{super::transaction::store_error, Request, rows::Batch};
use crate::{
    errors::{Interruption, MicroflowError, Outcome, ValidationMessage, codes},
    objects::State,
};

impl Request {
    /// Writes what the model commits, and what goes along. Objects without a table only keep their values.
    pub(super) async fn write(&mut self, explicit: &[ObjectHandle], implicit: &[ObjectHandle]) -> Outcome<()> {
        let explicit = self.remaining(explicit)?;
        let implicit = self.remaining(implicit)?;
        let mut rows = Vec::with_capacity(explicit.len() + implicit.len());
        for handle in implicit.iter().chain(&explicit) {
            if !self.space.peek(*handle)?.is_transient() {
                rows.push(*handle);
            }
        }
        self.finish_members(&rows).await?;
        let batch = self.batch(&rows)?;
        match self.execute(&batch).await {
            Ok(None) => {}
            Ok(Some(missing)) => {
                tracing::debug!(object = missing.0, "a commit finds no row");
                let message = "An object that was to be committed was deleted by somebody else.";
                return Err(MicroflowError::new(codes::NOT_FOUND, message).into());
            }
            Err(error) => return Err(self.write_error(error, &rows)),
        }
        self.note_users(&batch);
        for handle in implicit {
            self.space.committed(handle, State::Autocommitted)?;
        }
        for handle in explicit {
            let object = self.space.peek(handle)?;
            // What is clean stays as it is, and costs nothing.
            if object.state() != State::Persisted || object.is_changed() {
                self.space.committed(handle, State::Persisted)?;
            }
        }
        for ((partner, association), stored) in batch.partners {
            self.space.reference_stored(partner, association, stored)?;
        }
        Ok(())
    }

    /// Without what a handler deleted meanwhile. What was undone meanwhile is an error.
    fn remaining(&self, objects: &[ObjectHandle]) -> Outcome<Vec<ObjectHandle>> {
        let mut remaining = Vec::with_capacity(objects.len());
        for handle in objects {
            match self.space.peek(*handle)?.state() {
                State::Deleted | State::Going => {}
                _ => {
                    self.space.get(*handle)?;
                    remaining.push(*handle);
                }
            }
        }
        Ok(remaining)
    }

    /// Sets the members that the runtime sets: dates, users, numbers.
    async fn finish_members(&mut self, objects: &[ObjectHandle]) -> Outcome<()> {
        let model = self.model.clone();
        let mut undrawn = BTreeMap::<_, Vec<(ObjectHandle, u32)>>::new();
        for handle in objects {
            let object = self.space.peek(*handle)?;
            if object.state() == State::New {
                for (slot, value) in (0..).zip(object.slots()) {
                    let definition = &model.entity(object.entity()).slots[slot as usize];
                    if definition.kind == AttributeType::AutoNumber && value.is_empty() && !definition.calculated {
                        let attribute = definition.attribute;
                        undrawn.entry((attribute.entity, attribute.index)).or_default().push((*handle, slot));
                    }
                }
                self.touched(*handle)?;
            } else if object.is_changed() {
                self.touched(*handle)?;
            }
        }
        for ((entity, index), places) in undrawn {
            let attribute = brooklet_model::AttributeRef { entity, index };
            let numbers = self.transaction.draw_numbers(attribute, places.len()).await.map_err(store_error)?;
            for ((handle, slot), number) in places.into_iter().zip(numbers) {
                self.space.set_slot(handle, slot, Value::Integer(number))?;
            }
        }
        Ok(())
    }

    /// Writes a batch: what makes room first, what refers to rows last. Answers an object that has no row any more.
    async fn execute(&mut self, batch: &Batch) -> Result<Option<ObjectId>, StoreError> {
        let transaction = &mut self.transaction;
        let mut missing = Vec::new();
        if !batch.ended.is_empty() {
            missing.extend(transaction.update(&batch.ended).await?);
        }
        if !batch.new.is_empty() {
            transaction.insert(&batch.new).await?;
        }
        if !batch.changed.is_empty() {
            missing.extend(transaction.update(&batch.changed).await?);
        }
        for (association, pairs) in &batch.pairs {
            if !pairs.removed.is_empty() {
                transaction.unlink(*association, &pairs.removed).await?;
            }
            if !pairs.added.is_empty() {
                transaction.link(*association, &pairs.added).await?;
            }
        }
        Ok(missing.first().copied())
    }

    /// What an error of the database means. A violated uniqueness rule speaks with the rule's own message.
    fn write_error(&self, error: StoreError, rows: &[ObjectHandle]) -> Interruption {
        match &error {
            StoreError::Unique { entity, members, .. } => {
                let (entity, members) = (entity.clone(), members.clone());
                let message = self.unique_message(&entity, &members).unwrap_or_else(|| error.client_message());
                let manifest = self.model.manifest();
                let general = manifest.entity_named(&entity);
                let candidates = rows.iter().filter_map(|row| self.space.peek(*row).ok());
                let ids: HashSet<_> = candidates
                    .filter(|object| general.is_some_and(|general| manifest.is_a(object.entity(), general)))
                    .map(|object| object.id())
                    .collect();
                let object = ids.iter().next().copied().filter(|_| ids.len() == 1);
                let member = members.into_iter().next().filter(|_| self.is_single(&error));
                let detail = ValidationMessage { entity, object, member, message: message.clone() };
                let mut violated = MicroflowError::new(codes::UNIQUE_VIOLATION, message).caused_by(error);
                violated.details.push(detail);
                violated.into()
            }
            _ => store_error(error),
        }
    }

    fn is_single(&self, error: &StoreError) -> bool {
        matches!(error, StoreError::Unique { members, .. } if members.len() == 1)
    }

    /// The message of the rule that makes these members unique.
    fn unique_message(&self, entity: &str, members: &[String]) -> Option<String> {
        let manifest = self.model.manifest();
        let entity = manifest.entity(manifest.entity_named(entity)?);
        let rule = entity.rules.iter().find(|rule| match &rule.kind {
            RuleKind::Unique(attributes) => {
                attributes.len() == members.len()
                    && attributes.iter().all(|attribute| members.contains(&manifest.attribute(*attribute).name))
            }
            _ => false,
        })?;
        rule.message.clone()
    }
}
