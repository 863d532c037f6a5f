//! What must be in the database for users to log in: the model's user roles, its demo users, the first administrator.
//!
//! Written when a version becomes active, once over the cluster: each node looks what is missing, and only a node that
//! finds something takes a lock, looks again, and writes. What is there is left as it is. Roles of the database that the
//! model does not have any more stay, because users and rows may refer to them, but they grant nothing.
//!
//! No event handler and no validation rule runs: this is not the model's doing, and its rules may ask for what nobody here
//! knows.

use std::fmt;

use brooklet_model::{EntityId, SecurityLevel};
use brooklet_state::StateError;
use brooklet_store::{ChangedRow, Link, Store, StoreError, Transaction};
use brooklet_values::{ObjectId, Value};

use super::{Directory, Standing};
use crate::{
    clock::{Clock, NumberLost},
    errors::Interruption,
    limits::fixed::SEEDING_ATTEMPTS,
    request::{Model, password},
    session::Sessions,
    version::Version,
};

/// The name of the lock under which users and roles are written.
const LOCK: &str = "brooklet users";
/// What accounts are made of when nobody says, if the model has it.
const USUAL_ENTITY: &str = "Administration.Account";

/// The user who can log in to a new application.
#[derive(Clone, PartialEq, Eq)]
pub struct FirstAdministrator {
    /// The user's name.
    pub name: String,
    /// The user's password, in the clear.
    pub password: String,
}

impl fmt::Debug for FirstAdministrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstAdministrator").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why users and roles could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of sessions.
    #[error(transparent)]
    State(#[from] StateError),
    /// Passwords.
    #[error(transparent)]
    Hash(#[from] Interruption),
    /// The node cannot make new objects.
    #[error(transparent)]
    Number(#[from] NumberLost),
}

/// Writes users and roles.
pub(crate) struct Seeding<'n> {
    pub(crate) version: &'n Version,
    pub(crate) store: &'n Store,
    pub(crate) sessions: &'n Sessions,
    pub(crate) clock: &'n Clock,
    pub(crate) administrator: Option<&'n FirstAdministrator>,
}

/// A user that must be there.
struct Wanted<'n> {
    name: &'n str,
    password: &'n str,
    entity: EntityId,
    roles: Vec<&'n str>,
    /// Whether the password is made to be this one.
    keeps_password: bool,
}

/// What is to be written.
#[derive(Debug, Default)]
struct Work {
    /// Names of roles.
    roles: Vec<String>,
    /// Places in the list of wanted users.
    users: Vec<usize>,
    passwords: Vec<(usize, EntityId, ObjectId)>,
    /// Users that are there, with the names of roles that they lack.
    lacking: Vec<(ObjectId, Vec<String>)>,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.users.is_empty() && self.passwords.is_empty() && self.lacking.is_empty()
    }
}

impl Seeding<'_> {
    pub(crate) async fn run(&self) -> Result<(), SeedError> {
        let Some(directory) = self.version.directory() else { return Ok(()) };
        let wanted = self.wanted(directory);
        if self.missing(directory, &wanted, &mut self.transaction()).await?.is_empty() {
            return Ok(());
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.write(directory, &wanted).await {
                // A microflow of another node may have made the same user.
                Err(SeedError::Store(StoreError::Unique { .. } | StoreError::Conflict { .. }))
                    if attempts < SEEDING_ATTEMPTS => {}
                ended => return ended,
            }
        }
    }

    /// The users that must be there, the administrator first.
    fn wanted(&self, directory: &Directory) -> Vec<Wanted<'_>> {
        let manifest = self.version.manifest();
        let security = &manifest.security;
        let usual = || {
            let account = manifest.entity_named(USUAL_ENTITY);
            account.filter(|id| self.is_of_users(directory, *id)).unwrap_or(directory.table.user)
        };
        let administrator = self.administrator.map(|administrator| {
            let roles = security.user_roles.iter().filter(|role| role.manage_all_roles);
            let roles: Vec<_> = roles.map(|role| role.name.as_str()).collect();
            if roles.is_empty() {
                let what = "no user role of the model manages all roles: the first administrator can do nothing";
                tracing::warn!(user = administrator.name, "{what}");
            }
            let (name, password) = (administrator.name.as_str(), administrator.password.as_str());
            Wanted { name, password, entity: usual(), roles, keeps_password: true }
        });
        let demo_users = security.demo_users.iter().filter(|user| {
            // They are for trying out who may do what: where everybody may do everything, there is nothing to try.
            let is_on = security.demo_users_enabled && security.level != SecurityLevel::Off;
            is_on && !user.password.is_empty() && self.administrator.is_none_or(|other| other.name != user.name)
        });
        let demo_users = demo_users.map(|user| {
            let named = user.entity.as_deref().and_then(|name| manifest.entity_named(name));
            let entity = named.filter(|id| self.is_of_users(directory, *id)).unwrap_or_else(usual);
            let roles = user.roles.iter().map(String::as_str).collect();
            Wanted { name: &user.name, password: &user.password, entity, roles, keeps_password: false }
        });
        administrator.into_iter().chain(demo_users).collect()
    }

    fn is_of_users(&self, directory: &Directory, entity: EntityId) -> bool {
        let model = self.version.model();
        model.plan().is_stored(entity) && model.manifest().is_a(entity, directory.table.user)
    }

    /// What is not there, as the transaction sees it.
    async fn missing(
        &self,
        directory: &Directory,
        wanted: &[Wanted<'_>],
        transaction: &mut Transaction,
    ) -> Result<Work, SeedError> {
        let mut work = Work::default();
        let known = directory.roles(transaction).await?;
        let roles = self.version.manifest().security.user_roles.iter().map(|role| &role.name);
        work.roles = roles.filter(|name| known.iter().all(|(known, _)| known != *name)).cloned().collect();
        for (place, user) in wanted.iter().enumerate() {
            let Some(account) = directory.named(transaction, user.name).await? else {
                work.users.push(place);
                continue;
            };
            if user.keeps_password && !verify(user.password, account.hash.to_string()).await? {
                work.passwords.push((place, account.entity, account.id));
            }
            let lacking = user.roles.iter().filter(|role| !account.roles.iter().any(|held| held == *role));
            let lacking: Vec<_> = lacking.map(|role| (*role).to_owned()).collect();
            if !lacking.is_empty() {
                work.lacking.push((account.id, lacking));
            }
        }
        Ok(work)
    }

    /// Looks again, alone in the cluster, and writes.
    async fn write(&self, directory: &Directory, wanted: &[Wanted<'_>]) -> Result<(), SeedError> {
        let table = &directory.table;
        let mut transaction = self.transaction();
        transaction.lock_name(LOCK).await?;
        let work = self.missing(directory, wanted, &mut transaction).await?;
        for name in &work.roles {
            let mut row = self.model().new_row(table.role, self.clock.object_id()?, self.clock.now_ms());
            row.attributes[table.role_name as usize] = Value::from(name.as_str());
            self.insert(&mut transaction, row).await?;
        }
        let roles: Vec<_> =
            directory.roles(&mut transaction).await?.into_iter().map(|(name, row)| (name, row.id)).collect();
        let links = |user: ObjectId, names: &mut dyn Iterator<Item = &str>| {
            let of_name = |name: &str| roles.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
            names.filter_map(of_name).map(|to| Link { from: user, to }).collect::<Vec<_>>()
        };
        for place in &work.users {
            let user = &wanted[*place];
            let mut row = self.model().new_row(user.entity, self.clock.object_id()?, self.clock.now_ms());
            row.attributes[table.name as usize] = Value::from(user.name);
            row.attributes[table.password as usize] = self.hash(user.password).await?;
            let links = links(row.id, &mut user.roles.iter().copied());
            self.insert(&mut transaction, row).await?;
            transaction.link(table.roles, &links).await?;
            tracing::info!(user = user.name, roles = user.roles.join(", "), "a user was made");
        }
        for (place, entity, id) in &work.passwords {
            let attributes = vec![(table.password, self.hash(wanted[*place].password).await?)];
            let row = ChangedRow { entity: *entity, id: *id, attributes, references: Vec::new() };
            transaction.update(&[row]).await?;
            tracing::info!(user = wanted[*place].name, "the administrator's password was changed to the one given");
        }
        for (user, lacking) in &work.lacking {
            transaction.link(table.roles, &links(*user, &mut lacking.iter().map(String::as_str))).await?;
        }
        // Before the commit and after it, as with any other change of users: see `changes`.
        self.end_sessions(&work).await?;
        transaction.commit().await?;
        self.end_sessions(&work).await?;
        self.give_roles(directory, &work).await
    }

    /// Ends the sessions of users whose password is to be another.
    async fn end_sessions(&self, work: &Work) -> Result<(), SeedError> {
        for (_, _, id) in &work.passwords {
            self.sessions.state().end_user(id.0, None).await?;
        }
        Ok(())
    }

    /// Gives the sessions of users who got roles these roles.
    async fn give_roles(&self, directory: &Directory, work: &Work) -> Result<(), SeedError> {
        for (user, _) in &work.lacking {
            let account = directory.table.account(&mut self.transaction(), *user).await?;
            let Some(account) = account else { continue };
            let Standing { roles, administrator } = Standing::of(&account.roles, &self.version.manifest().security);
            self.sessions.state().assign(user.0, &account.name, &roles, administrator).await?;
        }
        Ok(())
    }

    async fn insert(&self, transaction: &mut Transaction, mut row: brooklet_store::NewRow) -> Result<(), SeedError> {
        let model = self.model();
        for slot in model.plan().auto_numbers(row.entity).to_vec() {
            let attribute = model.manifest().slots(row.entity)[slot as usize];
            let drawn = transaction.draw_numbers(attribute, 1).await?;
            row.attributes[slot as usize] = drawn.first().map_or(Value::Empty, |number| Value::Integer(*number));
        }
        Ok(transaction.insert(&[row]).await?)
    }

    async fn hash(&self, password: &str) -> Result<Value, SeedError> {
        let turn = password::turn().await?;
        Ok(Value::from(turn.hash(password, self.clock)?))
    }

    fn model(&self) -> &Model {
        self.version.model()
    }

    fn transaction(&self) -> Transaction {
        self.store.begin(self.version.model().plan().clone())
    }
}

async fn verify(password: &str, hash: String) -> Result<bool, SeedError> {
    Ok(password::turn().await?.verify(password, &hash))
}
