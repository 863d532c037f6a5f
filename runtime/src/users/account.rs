//! A user as the database has it, and what it may do in a model.

use std::{fmt, sync::Arc};

use brooklet_model::{EntityId, Security};
use brooklet_values::ObjectId;

/// A user as the database has it.
#[derive(Clone, PartialEq)]
pub(crate) struct Account {
    pub(crate) id: ObjectId,
    /// Its concrete entity.
    pub(crate) entity: EntityId,
    pub(crate) name: Arc<str>,
    /// The password's hash.
    pub(crate) hash: Arc<str>,
    pub(crate) is_blocked: bool,
    pub(crate) is_active: bool,
    /// Names of its user roles in the database, in order. The model may not have all of them any more.
    pub(crate) roles: Vec<String>,
    /// The code of its language; none when it has not chosen.
    pub(crate) language: Option<String>,
    /// The code of its time zone; none when it has not chosen.
    pub(crate) time_zone: Option<String>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Account {
    /// Whether it may have sessions, whoever knows the password.
    pub(crate) fn is_barred(&self) -> bool {
        self.is_blocked || !self.is_active
    }

    /// Whether nothing has happened to it that a login depends on.
    pub(super) fn is_as_before(&self, before: &Self) -> bool {
        (&self.name, &self.hash, &self.roles, self.is_barred())
            == (&before.name, &before.hash, &before.roles, before.is_barred())
    }
}

/// What a user's roles are to a model: roles that the model does not have grant nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Names of the user's roles.
    pub(crate) roles: Vec<String>,
    /// Whether one of them manages all roles: there is a place kept for such users.
    pub(crate) administrator: bool,
}

impl Standing {
    pub(crate) fn of(roles: &[String], security: &Security) -> Self {
        let held: Vec<_> = security.user_roles.iter().filter(|role| roles.contains(&role.name)).collect();
        Self {
            roles: held.iter().map(|role| role.name.clone()).collect(),
            administrator: held.iter().any(|role| role.manage_all_roles),
        }
    }
}
