//! Logins: who says to be somebody, and is.
//!
//! Whatever is wrong, the answer is the same and takes as long: an unknown user's password is verified too, against a hash
//! that no password has. What was wrong stands in the log.

use std::{sync::Arc, time::Duration};

use brooklet_model::Security;
use brooklet_state::{SessionRecord, SessionToken};
use brooklet_store::{ChangedRow, Row, Store, StoreError, Transaction};
use brooklet_values::Value;

use super::{Account, Directory, Standing, delay::Delay};
use crate::{
    clock::Clock,
    errors::Interruption,
    flow::{Failure, FailureKind, Gate, Notices, failure_codes},
    limits::{LoginLimits, fixed::LOGGED_NAME_LENGTH},
    request::password,
    session::{Client, Sessions, state_failure},
    version::Version,
};

/// Verified for users that do not exist: at the cost of [`password`]. No password is known to have it.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Y2hvc2VuIGJ5IG5vYm9keQ$0GFSxfJEn/93PvSixdA/phs2M85jLA3dQUmFfLvIVnA";

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Login {
    /// Proves the session. Secret.
    pub token: SessionToken,
    /// The user's name; none for a visitor.
    pub user: Option<String>,
    /// The user's roles.
    pub roles: Vec<String>,
    /// How long the session lasts without a call.
    pub expires_in: Duration,
    /// The version of the model that serves the session.
    pub version: String,
}

/// Lets users in.
pub(crate) struct Door<'n> {
    pub(crate) version: &'n Version,
    pub(crate) store: &'n Store,
    pub(crate) sessions: &'n Sessions,
    pub(crate) clock: &'n Clock,
    pub(crate) limits: &'n LoginLimits,
    /// Few are looked at at a time.
    pub(crate) gate: &'n Gate,
    /// Who is not let in during maintenance.
    pub(crate) notices: &'n Notices,
}

/// Why somebody is not let in, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    UnknownUser,
    WrongPassword,
    Barred,
    NoRole,
    DemoUser,
}

impl Refusal {
    fn text(self) -> &'static str {
        match self {
            Self::UnknownUser => "there is no such user",
            Self::WrongPassword => "the password is wrong",
            Self::Barred => "the user is blocked or not active",
            Self::NoRole => "the user has none of the model's user roles",
            Self::DemoUser => "the password is that of a demo user, and demo users are off",
        }
    }
}

impl Door<'_> {
    /// Opens a session for a user. The session that the client showed, if any, ends.
    pub(crate) async fn login(&self, name: &str, password: &str, client: &Client) -> Result<Login, Failure> {
        let Some(directory) = self.version.directory() else { return Err(refused()) };
        let delay = Delay::new(&**self.sessions.state(), self.limits, name, &client.address);
        delay.check(self.clock.now_ms()).await?;
        let place = self.gate.enter().await?;
        // Others may have failed while this one waited; those that have a place now are few.
        delay.check(self.clock.now_ms()).await?;
        let mut transaction = self.transaction();
        let row = directory.row_of(&mut transaction, name).await.map_err(Failure::of_store)?;
        let hash = row.as_ref().and_then(|row| directory.table.hash(row));
        let is_right = self.verify(password, hash).await?;
        let judged = match row.clone() {
            None => Err(Refusal::UnknownUser),
            Some(_) if !is_right => Err(Refusal::WrongPassword),
            Some(row) => self.judge(directory, &mut transaction, row, name, password).await?,
        };
        let (account, standing) = match judged {
            Ok(judged) => judged,
            Err(refusal) => {
                delay.count_failure(self.clock.now_ms()).await?;
                tracing::warn!(user = shown(name), address = &*client.address, why = refusal.text(), "a login failed");
                // Nobody waits for that: an answer that took longer would tell that there is such a user.
                row.into_iter().for_each(|row| self.note_failure(directory, row));
                return Err(refused());
            }
        };
        drop(place);
        delay.forgive().await?;
        self.notices.admit(&standing.roles, standing.administrator)?;
        let opened = self.open(directory, &account, &standing, client).await;
        let token = opened.inspect_err(|failure| {
            let (user, address) = (shown(name), &*client.address);
            tracing::warn!(
                user,
                address,
                code = failure.code,
                "the password is right, but there is no session: {failure}"
            );
        })?;
        tracing::info!(user = shown(name), address = &*client.address, "a user has logged in");
        let expires_in = self.sessions.limits().timeout;
        let version = self.version.hash().to_owned();
        Ok(Login { token, user: Some(account.name.to_string()), roles: standing.roles, expires_in, version })
    }

    /// Whether the password is the one that was hashed. Takes the same time when there is no hash, because there is no such
    /// user or it has no password; then it is not.
    async fn verify(&self, password: &str, hash: Option<Arc<str>>) -> Result<bool, Failure> {
        let hash = hash.filter(|hash| !password.is_empty() && password::is_hash(hash));
        let can_be = hash.is_some();
        let (hash, password) = (hash.unwrap_or_else(|| NOBODYS_HASH.into()), password.to_owned());
        let turn = password::turn().await.map_err(|error| self.internal(error))?;
        let verified = tokio::task::spawn_blocking(move || turn.verify(&password, &hash)).await;
        let verified = verified.map_err(|panic| self.internal(Interruption::internal(panic.to_string())))?;
        Ok(verified && can_be)
    }

    /// Whether the user, whose password is right, may log in.
    async fn judge(
        &self,
        directory: &Directory,
        transaction: &mut Transaction,
        row: Row,
        name: &str,
        password: &str,
    ) -> Result<Result<(Account, Standing), Refusal>, Failure> {
        let security = &self.version.manifest().security;
        let account = directory.table.read(transaction, row).await.map_err(Failure::of_store)?;
        let standing = Standing::of(&account.roles, security);
        Ok(if account.is_barred() {
            Err(Refusal::Barred)
        } else if is_disabled_demo(security, name, password) {
            Err(Refusal::DemoUser)
        } else if standing.roles.is_empty() {
            Err(Refusal::NoRole)
        } else {
            Ok((account, standing))
        })
    }

    /// Opens the session.
    ///
    /// Between the look at the user and the session's opening, somebody may have changed the password, and ended all of the
    /// user's sessions: this one would be left. So the user is looked at again once the session is there. Whoever changes
    /// a user ends its sessions after the change is committed, or this finds the change.
    async fn open(
        &self,
        directory: &Directory,
        account: &Account,
        standing: &Standing,
        client: &Client,
    ) -> Result<SessionToken, Failure> {
        if let Some(before) = &client.token {
            // Its place may be the last one.
            self.sessions.state().end(before.id()).await.map_err(state_failure)?;
        }
        let record = self.record(account, standing, client)?;
        let token = self.sessions.open(&record, client, self.version.hash()).await?;
        let confirmed = match self.confirm(directory, account).await {
            Ok(true) => return Ok(token),
            Ok(false) => refused(),
            Err(error) => Failure::of_store(error),
        };
        self.sessions.state().end(token.id()).await.map_err(state_failure)?;
        Err(confirmed)
    }

    fn record(&self, account: &Account, standing: &Standing, client: &Client) -> Result<SessionRecord, Failure> {
        Ok(SessionRecord {
            user: Some(account.id.0),
            user_name: account.name.to_string(),
            user_roles: standing.roles.clone(),
            administrator: standing.administrator,
            anonymous: false,
            language: account.language.clone().unwrap_or_else(|| "en_US".to_owned()),
            time_zone: account.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
            object: self.clock.object_id()?.0,
            created_ms: self.clock.now_ms(),
            user_agent: client.user_agent.to_string(),
        })
    }

    /// Whether the user is still what it was; if so, writes that it has logged in.
    async fn confirm(&self, directory: &Directory, account: &Account) -> Result<bool, StoreError> {
        let table = &directory.table;
        let mut transaction = self.transaction();
        transaction.lock(table.user, &[account.id]).await?;
        let now = table.account(&mut transaction, account.id).await?;
        if !now.is_some_and(|now| now.is_as_before(account)) {
            transaction.rollback().await?;
            return Ok(false);
        }
        let attributes =
            vec![(table.last_login, Value::DateTime(self.clock.now_ms())), (table.failed_logins, Value::Integer(0))];
        let (entity, id) = (account.entity, account.id);
        transaction.update(&[ChangedRow { entity, id, attributes, references: Vec::new() }]).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Counts a failed login in the user's object. For the model only; what delays logins is counted elsewhere.
    fn note_failure(&self, directory: &Directory, row: Row) {
        let (mut transaction, table) = (self.transaction(), &directory.table);
        let failed = table.failed_logins(&row).saturating_add(1).min(i64::from(i32::MAX));
        let attributes = vec![(table.failed_logins, Value::Integer(failed))];
        let changed = ChangedRow { entity: row.entity, id: row.id, attributes, references: Vec::new() };
        tokio::spawn(async move {
            let written = async {
                transaction.update(&[changed]).await?;
                transaction.commit().await
            };
            if let Err(error) = written.await {
                tracing::warn!(%error, "a failed login could not be counted in the user's object");
            }
        });
    }

    fn transaction(&self) -> Transaction {
        self.store.begin(self.version.model().plan().clone())
    }

    fn internal(&self, cause: Interruption) -> Failure {
        Failure::of_interruption(cause, self.version.manifest())
    }
}

/// Whether that is a password that everybody can read in the model, and that does not count.
fn is_disabled_demo(security: &Security, name: &str, password: &str) -> bool {
    !security.demo_users_enabled
        && security.demo_users.iter().any(|user| user.name == name && user.password == password)
}

/// What everybody hears who is not let in.
fn refused() -> Failure {
    let what = "the name or the password is wrong, or the user may not log in";
    Failure::new(FailureKind::Unauthenticated, failure_codes::LOGIN_FAILED, what)
}

/// A name as it goes to the log. Strangers choose it.
fn shown(name: &str) -> String {
    name.chars().take(LOGGED_NAME_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unknown_users_password_costs_what_a_known_ones_does() {
        assert!(password::is_hash(NOBODYS_HASH));
        let turn = password::turn().await.expect("a turn");
        let known = turn.hash("secret", &Clock::system(0)).expect("a hash");
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(NOBODYS_HASH), cost(&known));
    }

    #[test]
    fn a_name_in_the_log_is_short() {
        assert_eq!(shown(&"ä".repeat(1000)).chars().count(), LOGGED_NAME_LENGTH);
    }
}
