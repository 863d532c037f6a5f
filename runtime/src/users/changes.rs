//! A request that changes users, and what becomes of their sessions.
//!
//! | what is committed | what becomes of the user's sessions |
//! | --- | --- |
//! | another password | they end, but for the one in which it was changed |
//! | blocked, not active, deleted | they end |
//! | other roles, another name | they have these from their next request on |
//!
//! # When
//!
//! What takes something away is done *before* the commit: when the state store is away, so that it cannot be done, the
//! commit does not happen either; and no node can die after the commit without having done it. It is done once more *after*
//! the commit, because somebody may have logged in between with what was valid until then. What gives something is done
//! after the commit only. If the commit fails, sessions may have ended for nothing: their users log in again.
//!
//! After the commit, roles are read anew from the database, under a lock: of two requests that change a user at once, the one
//! that comes last tells the sessions what both have left.

use std::{collections::HashMap, sync::Arc};

use brooklet_model::Manifest;
use brooklet_state::{SessionId, State};
use brooklet_store::{StoreError, Transaction};
use brooklet_values::ObjectId;
use tokio::runtime::Handle;

use super::{Account, Standing, UserTable};
use crate::{
    flow::Failure,
    request::Request,
    session::{Sessions, state_failure},
};

/// Something that a request did to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserChange {
    Password,
    /// Blocked, not active, or deleted.
    Barred,
    Renamed,
    /// A role by its object.
    Granted(ObjectId),
    Revoked,
}

/// What a request did to users, in order, so that it can be forgotten when it is undone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserChanges(Vec<(ObjectId, UserChange)>);

/// What was done to one user.
#[derive(Debug, PartialEq, Eq)]
struct Changed {
    id: ObjectId,
    password: bool,
    barred: bool,
    revoked: bool,
    granted: Vec<ObjectId>,
}

impl UserChanges {
    pub(crate) fn add(&mut self, user: ObjectId, change: UserChange) {
        self.0.push((user, change));
    }

    /// How much was done so far.
    pub(crate) fn mark(&self) -> usize {
        self.0.len()
    }

    /// Forgets what was done since.
    pub(crate) fn forget_since(&mut self, mark: usize) {
        self.0.truncate(mark);
    }

    fn users(&self) -> Vec<Changed> {
        let mut users: Vec<Changed> = Vec::new();
        let mut places = HashMap::new();
        for (id, change) in &self.0 {
            let place = *places.entry(*id).or_insert_with(|| {
                users.push(Changed { id: *id, password: false, barred: false, revoked: false, granted: Vec::new() });
                users.len() - 1
            });
            let user = &mut users[place];
            match change {
                UserChange::Password => user.password = true,
                UserChange::Barred => user.barred = true,
                UserChange::Renamed => {}
                UserChange::Granted(role) => user.granted.push(*role),
                UserChange::Revoked => user.revoked = true,
            }
        }
        users
    }
}

/// What a request's changes mean for sessions.
///
/// It is drawn up before the commit, and what is to be done after the commit is done whatever happens: also when the client
/// goes away, which drops the request in the middle.
#[derive(Debug)]
pub(crate) struct Consequences(Option<Work>);

#[derive(Debug)]
struct Work {
    state: Arc<dyn State>,
    manifest: Arc<Manifest>,
    table: UserTable,
    users: Vec<Changed>,
    /// The session of the request.
    own: Option<SessionId>,
    /// For looking at users after the commit.
    transaction: Transaction,
}

impl Sessions {
    /// What the request means for sessions; `own` is its own.
    pub(crate) fn consequences(&self, request: &mut Request, own: Option<SessionId>) -> Consequences {
        let users = request.user_changes().users();
        let model = request.model().clone();
        let Some(table) = model.users().filter(|_| !users.is_empty()) else { return Consequences(None) };
        let (state, manifest, table) = (self.state().clone(), model.manifest().clone(), table.clone());
        let transaction = request.transaction().another();
        Consequences(Some(Work { state, manifest, table, users, own, transaction }))
    }

    /// Makes durable what a request committed that is nobody's session's.
    pub(crate) async fn commit(&self, request: &mut Request) -> Result<(), Failure> {
        let consequences = self.consequences(request, None);
        let manifest = request.model().manifest().clone();
        let ended = match consequences.before_commit(request).await {
            Ok(()) => request.finish_ok().await.map_err(|cause| Failure::of_interruption(cause, &manifest)),
            Err(failure) => {
                // Dropping it rolls back as well.
                request.finish_err().await.ok();
                Err(failure)
            }
        };
        consequences.after_commit().await;
        ended
    }
}

impl Consequences {
    /// Takes from sessions what the request takes from their users.
    pub(crate) async fn before_commit(&self, request: &mut Request) -> Result<(), Failure> {
        let Some(work) = &self.0 else { return Ok(()) };
        for user in &work.users {
            if user.password || user.barred {
                work.end_all_of(user, work.own).await?;
            } else if user.revoked {
                let remaining = remaining(&work.table, request.transaction(), user).await.map_err(Failure::of_store)?;
                if let Some(account) = remaining {
                    work.assign(&account).await?;
                }
            }
        }
        Ok(())
    }

    /// Tells sessions what their users are now, whether or not the commit succeeded.
    pub(crate) async fn after_commit(mut self) {
        if let Some(work) = self.0.take() {
            // As a task of its own, which goes on when nobody waits for it any more.
            tokio::spawn(work.finish()).await.ok();
        }
    }
}

impl Drop for Consequences {
    fn drop(&mut self) {
        if let Some(work) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(work.finish());
        }
    }
}

impl Work {
    async fn finish(mut self) {
        for user in std::mem::take(&mut self.users) {
            if let Err(error) = self.settle(&user).await {
                // The request is done, and its client is not to blame.
                tracing::error!(%error, user = user.id.0, "a user's sessions did not learn what the user is now");
            }
        }
    }

    async fn settle(&mut self, user: &Changed) -> Result<(), Failure> {
        if user.password {
            self.end_all_of(user, self.own).await?;
        }
        let account = async {
            self.transaction.lock_name(&format!("brooklet user {}", user.id.0)).await?;
            self.table.account(&mut self.transaction, user.id).await
        };
        let told = match account.await.map_err(Failure::of_store)? {
            Some(account) if !account.is_barred() => self.assign(&account).await,
            _ => self.end_all_of(user, None).await,
        };
        // Gives the lock back.
        self.transaction.rollback().await.map_err(Failure::of_store)?;
        told
    }

    async fn end_all_of(&self, user: &Changed, except: Option<SessionId>) -> Result<(), Failure> {
        self.state.end_user(user.id.0, except).await.map(drop).map_err(state_failure)
    }

    /// Gives a user's sessions the user's name and roles.
    async fn assign(&self, account: &Account) -> Result<(), Failure> {
        let Standing { roles, administrator } = Standing::of(&account.roles, &self.manifest.security);
        let assigned = self.state.assign(account.id.0, &account.name, &roles, administrator).await;
        assigned.map(drop).map_err(state_failure)
    }
}

/// The user with those of its roles that it had before the request.
async fn remaining(
    table: &UserTable,
    transaction: &mut Transaction,
    user: &Changed,
) -> Result<Option<Account>, StoreError> {
    let Some(account) = table.account(transaction, user.id).await? else { return Ok(None) };
    let roles = table.roles_of(transaction, user.id, &user.granted).await?;
    Ok(Some(Account { roles, ..account }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_summed_up_by_user_and_forgotten_when_undone() {
        let (ada, grace) = (ObjectId(1), ObjectId(2));
        let mut changes = UserChanges::default();
        changes.add(ada, UserChange::Granted(ObjectId(7)));
        changes.add(grace, UserChange::Renamed);
        changes.add(ada, UserChange::Revoked);
        let mark = changes.mark();
        changes.add(ada, UserChange::Password);
        changes.forget_since(mark);
        let none = |id| Changed { id, password: false, barred: false, revoked: false, granted: Vec::new() };
        let first = Changed { revoked: true, granted: vec![ObjectId(7)], ..none(ada) };
        assert_eq!(changes.users(), [first, none(grace)]);
    }
}
