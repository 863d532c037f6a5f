//! Following associations.
//!
//! A retrieve by association sees what is in memory before what is in the database. From FROM to TO the instance itself
//! knows where a reference leads (a reference set is asked for until it changes). From TO to FROM the database answers
//! first, then every tracked instance that *decides* – a new one, or one whose reference changed – is taken out or put in.

use std::collections::HashMap;

use brooklet_model::AssociationId;
use brooklet_store::Row;
use brooklet_values::{ListHandle, ObjectHandle, ObjectId, Value};

use super::{Member, Request, transaction::store_error};
use crate::errors::{Interruption, Outcome};

impl Request {
    /// WIT `objects.follow`: the object at the other end, when there can be only one there.
    pub async fn follow(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<Option<ObjectHandle>> {
        let object = self.required(of)?;
        // By far the most frequent case, and often without the database.
        if !reversed
            && !self.granted.is_guarding()
            && let Some(targets) = self.space.get(object)?.targets(association)
            && let [target] = targets.as_slice()
        {
            let to = self.model.manifest().association(association).to;
            return Ok(self.instances(to, &[*target]).await?.first().copied());
        }
        Ok(self.followed(object, association, reversed).await?.first().copied())
    }

    /// WIT `objects.follow-all`: the objects at the other end, as a new list.
    pub async fn follow_all(
        &mut self,
        of: Option<ObjectHandle>,
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<ListHandle> {
        let object = self.required(of)?;
        let found = self.followed(object, association, reversed).await?;
        self.lists.create(found)
    }

    /// The objects at the other end that what is done now may see. A reference that may not be read leads nowhere.
    async fn followed(
        &mut self,
        object: ObjectHandle,
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<Vec<ObjectHandle>> {
        let member = Member::Association(association);
        if !reversed && !self.reads(object, member)? {
            return Ok(Vec::new());
        }
        let found = self.neighbours(&[object], association, reversed).await?;
        let mut found = self.seen(found.into_iter().map(|(_, neighbour)| neighbour).collect()).await?;
        if reversed && self.granted.is_guarding() {
            let mut leading = Vec::with_capacity(found.len());
            for referrer in found {
                if self.reads(referrer, member)? {
                    leading.push(referrer);
                }
            }
            found = leading;
        }
        Ok(found)
    }

    /// The objects at the other end, for several objects at once: the index of the object that each was reached from,
    /// and the neighbour.
    pub(super) async fn neighbours(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
        reversed: bool,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        if association.index() >= self.model.manifest().associations.len() {
            let message = format!("the guest named association {}, which does not exist", association.0);
            return Err(Interruption::internal(message));
        }
        of.iter().try_for_each(|object| self.space.get(*object).map(drop))?;
        if reversed { self.referrers(of, association).await } else { self.targets(of, association).await }
    }

    /// From FROM to TO.
    async fn targets(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        let mut known = Vec::new();
        let mut asked = HashMap::new();
        for (index, handle) in of.iter().enumerate() {
            if self.knows(*handle, association)? {
                let targets = self.space.peek(*handle)?.targets(association).cloned().unwrap_or_default();
                known.extend(targets.into_iter().map(|target| (index, target)));
            } else {
                asked.insert(self.space.peek(*handle)?.id(), index);
            }
        }
        let target_entity = self.model.manifest().association(association).to;
        let ids: Vec<_> = known.iter().map(|(_, target)| *target).collect();
        let instances = self.instances(target_entity, &ids).await?;
        let by_id: HashMap<_, _> = self.space.ids(&instances)?.into_iter().zip(instances).collect();
        let mut found: Vec<_> =
            known.into_iter().filter_map(|(index, target)| Some((index, *by_id.get(&target)?))).collect();
        if !asked.is_empty() {
            let ids: Vec<_> = asked.keys().copied().collect();
            let rows = self.transaction.follow(association, false, &ids).await.map_err(store_error)?;
            let mut fresh = HashMap::new();
            for (from, row) in rows {
                let target = self.space.tracked(row.id);
                if let (Some(index), Some(target)) = (asked.get(&from), self.once(target, row, &mut fresh)?) {
                    found.push((*index, target));
                }
            }
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found)
    }

    /// From TO to FROM.
    async fn referrers(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
    ) -> Outcome<Vec<(usize, ObjectHandle)>> {
        let mut found = Vec::new();
        let mut asked = HashMap::new();
        for (index, handle) in of.iter().enumerate() {
            let object = self.space.peek(*handle)?;
            if !object.is_transient() && object.state() != crate::objects::State::New {
                asked.insert(object.id(), index);
            }
        }
        if !asked.is_empty() && self.model.is_stored(association) {
            let ids: Vec<_> = asked.keys().copied().collect();
            let rows = self.transaction.follow(association, true, &ids).await.map_err(store_error)?;
            let mut fresh = HashMap::new();
            for (to, row) in rows {
                let tracked = self.space.tracked(row.id);
                let decides = match tracked {
                    Some(tracked) => self.space.peek(tracked)?.decides(association),
                    None => false,
                };
                if decides {
                    continue;
                }
                if let (Some(index), Some(referrer)) = (asked.get(&to), self.once(tracked, row, &mut fresh)?) {
                    found.push((*index, referrer));
                }
            }
        }
        for (index, handle) in of.iter().enumerate() {
            let deciding = self.space.deciding_referrers(association, self.space.peek(*handle)?.id());
            found.extend(deciding.into_iter().filter(|(_, refers)| *refers).map(|(referrer, _)| (index, referrer)));
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found)
    }

    /// For each object, whether the association leads from it to the value: to an object, to some object of a list, or, for
    /// empty, to none.
    pub(super) async fn leading_to(
        &mut self,
        of: &[ObjectHandle],
        association: AssociationId,
        value: &Value,
    ) -> Outcome<Vec<bool>> {
        let wanted = match value {
            Value::Object(object) => self.space.ids(&[*object])?,
            Value::List(list) => self.space.ids(self.lists.elements(Some(*list))?)?,
            _ => Vec::new(),
        };
        let reversed = match of.first() {
            Some(first) => self.is_reversed(*first, association, &[])?,
            None => false,
        };
        let mut leads = vec![wanted.is_empty(); of.len()];
        for (index, neighbour) in self.neighbours(of, association, reversed).await? {
            let found = wanted.contains(&self.space.peek(neighbour)?.id());
            leads[index] = !wanted.is_empty() && (leads[index] || found);
        }
        Ok(leads)
    }

    /// One instance per row of an answer: the tracked one, or a fresh one. None when the object was deleted.
    fn once(
        &mut self,
        tracked: Option<ObjectHandle>,
        row: Row,
        fresh: &mut HashMap<ObjectId, ObjectHandle>,
    ) -> Outcome<Option<ObjectHandle>> {
        if self.space.is_deleted(row.id) {
            return Ok(None);
        }
        if let Some(handle) = tracked.or_else(|| fresh.get(&row.id).copied()) {
            return Ok(Some(handle));
        }
        let id = row.id;
        let handle = self.adopt(row)?;
        fresh.insert(id, handle);
        Ok(Some(handle))
    }

    /// Whether an instance knows where its reference leads, without the database.
    pub(super) fn knows(&self, of: ObjectHandle, association: AssociationId) -> Outcome<bool> {
        let object = self.space.peek(of)?;
        Ok(object.decides(association)
            || object.targets(association).is_some()
            || !self.model.is_set(association)
            || !self.model.is_stored(association))
    }
}
