//! Where users are in a model: the parts of module System that the runtime itself reads and writes.

use std::sync::Arc;

use brooklet_model::{AssociationId, EntityId, Manifest};
use brooklet_store::{Plan, Row, StoreError, Transaction};
use brooklet_values::{ObjectId, Value};

use super::Account;

/// Entities, slots and associations of users. An attribute has the same slot in every specialization.
#[derive(Clone, Debug)]
pub(crate) struct UserTable {
    /// `System.User`.
    pub(crate) user: EntityId,
    pub(crate) name: u32,
    pub(crate) password: u32,
    pub(crate) last_login: u32,
    pub(crate) blocked: u32,
    pub(crate) active: u32,
    pub(crate) failed_logins: u32,
    /// `System.UserRole`.
    pub(crate) role: EntityId,
    pub(crate) role_name: u32,
    /// `System.UserRoles`, from users to roles.
    pub(crate) roles: AssociationId,
    language: Option<Code>,
    time_zone: Option<Code>,
}

/// An association from a user to an object that has a code.
#[derive(Clone, Copy, Debug)]
struct Code {
    association: AssociationId,
    entity: EntityId,
    slot: u32,
}

impl UserTable {
    /// None when the model has no stored users: such models are made by tests only.
    pub(crate) fn find(manifest: &Manifest, plan: &Plan) -> Option<Self> {
        let stored = |name: &str| manifest.entity_named(name).filter(|entity| plan.is_stored(*entity));
        let association = |name: &str| {
            let found = manifest.associations.iter().position(|association| association.name == name)?;
            Some(AssociationId(found as u32)).filter(|found| plan.is_association_stored(*found))
        };
        let slot = |entity, name: &str| Some(manifest.slot(manifest.attribute_named(entity, name)?));
        let code = |name: &str| {
            let association = association(name)?;
            let entity = manifest.association(association).to;
            Some(Code { association, entity, slot: slot(entity, "Code")? })
        };
        let (user, role) = (stored("System.User")?, stored("System.UserRole")?);
        Some(Self {
            name: slot(user, "Name")?,
            password: slot(user, "Password")?,
            last_login: slot(user, "LastLogin")?,
            blocked: slot(user, "Blocked")?,
            active: slot(user, "Active")?,
            failed_logins: slot(user, "FailedLogins")?,
            user,
            role_name: slot(role, "Name")?,
            role,
            roles: association("System.UserRoles")?,
            language: code("System.User_Language"),
            time_zone: code("System.User_TimeZone"),
        })
    }

    /// A user, as the transaction sees it; none when there is none.
    pub(crate) async fn account(
        &self,
        transaction: &mut Transaction,
        id: ObjectId,
    ) -> Result<Option<Account>, StoreError> {
        match transaction.get(self.user, &[id]).await?.pop() {
            Some(row) => self.read(transaction, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The user of a row.
    pub(super) async fn read(&self, transaction: &mut Transaction, row: Row) -> Result<Account, StoreError> {
        let text = |slot: u32| match row.attributes.get(slot as usize) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let is = |slot: u32| row.attributes.get(slot as usize) == Some(&Value::Boolean(true));
        Ok(Account {
            id: row.id,
            entity: row.entity,
            name: text(self.name).unwrap_or_default(),
            hash: self.hash(&row).unwrap_or_default(),
            is_blocked: is(self.blocked),
            is_active: is(self.active),
            roles: self.roles_of(transaction, row.id, &[]).await?,
            language: self.code(transaction, &row, self.language).await?,
            time_zone: self.code(transaction, &row, self.time_zone).await?,
        })
    }

    /// The password's hash in a row; none when it is empty.
    pub(super) fn hash(&self, row: &Row) -> Option<Arc<str>> {
        match row.attributes.get(self.password as usize) {
            Some(Value::Text(hash)) => Some(hash.clone()),
            _ => None,
        }
    }

    /// How many logins have failed, as a row has it.
    pub(super) fn failed_logins(&self, row: &Row) -> i64 {
        match row.attributes.get(self.failed_logins as usize) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    /// Names of a user's roles, in order and each once, some left out.
    pub(super) async fn roles_of(
        &self,
        transaction: &mut Transaction,
        user: ObjectId,
        without: &[ObjectId],
    ) -> Result<Vec<String>, StoreError> {
        let links = transaction.links(self.roles, false, &[user]).await?;
        let roles: Vec<_> = links.into_iter().map(|link| link.to).filter(|role| !without.contains(role)).collect();
        let rows = transaction.get(self.role, &roles).await?;
        let mut names: Vec<_> = rows.into_iter().filter_map(|row| self.role_name(&row)).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    pub(super) fn role_name(&self, row: &Row) -> Option<String> {
        match row.attributes.get(self.role_name as usize) {
            Some(Value::Text(name)) => Some(name.to_string()),
            _ => None,
        }
    }

    async fn code(
        &self,
        transaction: &mut Transaction,
        user: &Row,
        code: Option<Code>,
    ) -> Result<Option<String>, StoreError> {
        let Some(code) = code else { return Ok(None) };
        let target = user.references.iter().find(|(association, _)| *association == code.association);
        let Some(target) = target.and_then(|(_, target)| *target) else { return Ok(None) };
        let row = transaction.get(code.entity, &[target]).await?.pop();
        Ok(row.and_then(|row| match row.attributes.get(code.slot as usize) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.to_string()),
            _ => None,
        }))
    }
}
