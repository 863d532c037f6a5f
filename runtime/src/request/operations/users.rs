//! Users that operations change: noted for the end of the request, when their sessions must learn of it.

use brooklet_model::EntityId;
use brooklet_values::{ObjectId, Value};

use super::{
    super::{Request, transaction::store_error},
    rows::Batch,
};
use crate::{errors::Outcome, users::UserChange};

impl Request {
    /// Notes what a batch that was written did to users. New users have no sessions.
    pub(super) fn note_users(&mut self, batch: &Batch) {
        let model = self.model.clone();
        let Some(table) = model.users() else { return };
        let rows = batch.changed.iter().filter(|row| model.manifest().is_a(row.entity, table.user));
        for row in rows {
            for (slot, value) in &row.attributes {
                let change = match *slot {
                    slot if slot == table.password => UserChange::Password,
                    slot if slot == table.name => UserChange::Renamed,
                    slot if slot == table.blocked && *value == Value::Boolean(true) => UserChange::Barred,
                    slot if slot == table.active && *value != Value::Boolean(true) => UserChange::Barred,
                    _ => continue,
                };
                self.user_changes.add(row.id, change);
            }
        }
        let Some(pairs) = batch.pairs.get(&table.roles) else { return };
        let is_new = |user: ObjectId| batch.new.iter().any(|row| row.id == user);
        for link in pairs.removed.iter().filter(|link| !is_new(link.from)) {
            self.user_changes.add(link.from, UserChange::Revoked);
        }
        for link in pairs.added.iter().filter(|link| !is_new(link.from)) {
            self.user_changes.add(link.from, UserChange::Granted(link.to));
        }
    }

    /// Notes users among rows that are to be deleted, and those who lose a role with its row.
    pub(super) async fn note_deleted(&mut self, rows: &[(EntityId, ObjectId)]) -> Outcome<()> {
        let model = &*self.model.clone();
        let Some(table) = model.users() else { return Ok(()) };
        let of = |general| {
            let of = rows.iter().filter(move |(entity, _)| model.manifest().is_a(*entity, general));
            of.map(|(_, id)| *id).collect::<Vec<_>>()
        };
        for user in of(table.user) {
            self.user_changes.add(user, UserChange::Barred);
        }
        let roles = of(table.role);
        if !roles.is_empty() {
            for link in self.transaction.links(table.roles, true, &roles).await.map_err(store_error)? {
                self.user_changes.add(link.from, UserChange::Revoked);
            }
        }
        Ok(())
    }
}
