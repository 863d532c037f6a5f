//! Maintenance: an administrator says to all nodes at once that clients are to wait, or to change nothing, or only that they
//! should know of it. The application goes on running, and whoever is exempt goes on working.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{Failure, FailureKind, failure_codes};
use crate::limits::fixed::MAINTENANCE_RETRY;

/// What an administrator has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Maintenance {
    /// What clients may do.
    pub mode: MaintenanceMode,
    /// What they read.
    #[serde(default)]
    pub message: String,
    /// User roles that are not held to it. Administrators never are.
    #[serde(default)]
    pub exempt: Vec<String>,
}

/// What clients may do during maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaintenanceMode {
    /// Everything: they are only told.
    Notice,
    /// Read. A call that changes the database is undone.
    ReadOnly,
    /// Nothing.
    Blocked,
}

impl MaintenanceMode {
    /// The word for it, as in settings and headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::ReadOnly => "read-only",
            Self::Blocked => "blocked",
        }
    }
}

impl Maintenance {
    fn holds(&self, roles: &[String], is_administrator: bool) -> bool {
        !is_administrator && !roles.iter().any(|role| self.exempt.contains(role))
    }

    /// Whether whoever is held to it may call.
    pub(crate) fn admit(&self) -> Result<(), Failure> {
        match self.mode {
            MaintenanceMode::Blocked => Err(self.refusal("the application is under maintenance; try again later")),
            MaintenanceMode::ReadOnly | MaintenanceMode::Notice => Ok(()),
        }
    }

    /// Whether a call of whoever is held to it may change the database. To be asked of the maintenance under which the call began:
    /// what was under way before ends as it would have.
    pub(crate) fn admit_change(&self) -> Result<(), Failure> {
        match self.mode {
            MaintenanceMode::Notice => Ok(()),
            MaintenanceMode::ReadOnly | MaintenanceMode::Blocked => {
                let what = "the application is under maintenance: it can be read, but nothing can be changed";
                Err(self.refusal(what))
            }
        }
    }

    fn refusal(&self, otherwise: &str) -> Failure {
        let what = if self.message.is_empty() { otherwise.to_owned() } else { self.message.clone() };
        let failure = Failure::new(FailureKind::Unavailable, failure_codes::MAINTENANCE, what);
        Failure { retry_after: Some(MAINTENANCE_RETRY), ..failure }
    }
}

/// What holds at the moment, for whoever asks and whoever waits for a change.
#[derive(Debug)]
pub(crate) struct Notices(watch::Sender<Option<Arc<Maintenance>>>);

impl Default for Notices {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Notices {
    /// What holds for somebody with these roles.
    pub(crate) fn of(&self, roles: &[String], is_administrator: bool) -> Option<Arc<Maintenance>> {
        self.current().filter(|one| one.holds(roles, is_administrator))
    }

    /// What holds.
    pub(crate) fn current(&self) -> Option<Arc<Maintenance>> {
        self.0.borrow().clone()
    }

    /// What holds from now on. Answers whether that is something else.
    pub(crate) fn set(&self, maintenance: Option<Maintenance>) -> bool {
        self.0.send_if_modified(|current| {
            let is_new = current.as_deref() != maintenance.as_ref();
            if is_new {
                *current = maintenance.map(Arc::new);
            }
            is_new
        })
    }

    /// What holds, as it changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Arc<Maintenance>>> {
        self.0.subscribe()
    }

    /// Whether somebody with these roles may call now.
    pub(crate) fn admit(&self, roles: &[String], is_administrator: bool) -> Result<(), Failure> {
        self.of(roles, is_administrator).map_or(Ok(()), |one| one.admit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(mode: MaintenanceMode) -> Notices {
        let notices = Notices::default();
        let exempt = vec!["Tester".to_owned()];
        assert!(notices.set(Some(Maintenance { mode, message: "Back at nine.".to_owned(), exempt })));
        notices
    }

    #[test]
    fn whoever_is_exempt_goes_on() {
        let (clerk, tester) = (["Clerk".to_owned()], ["Clerk".to_owned(), "Tester".to_owned()]);
        let blocked = notices(MaintenanceMode::Blocked);
        let refused = blocked.admit(&clerk, false).expect_err("clerks wait");
        assert_eq!((refused.code, refused.message.as_str()), ("maintenance", "Back at nine."));
        assert_eq!(refused.retry_after, Some(MAINTENANCE_RETRY));
        assert!(blocked.admit(&tester, false).is_ok() && blocked.admit(&clerk, true).is_ok());
    }

    #[test]
    fn modes_differ_in_what_they_refuse() {
        let refuses = |mode| {
            let held = notices(mode).of(&[], false).expect("everybody is held to it");
            (held.admit().is_err(), held.admit_change().is_err())
        };
        assert_eq!(refuses(MaintenanceMode::Notice), (false, false));
        assert_eq!(refuses(MaintenanceMode::ReadOnly), (false, true));
        assert_eq!(refuses(MaintenanceMode::Blocked), (true, true));
        let over = notices(MaintenanceMode::Blocked);
        assert!(over.set(None) && !over.set(None) && over.admit(&[], false).is_ok());
    }
}
