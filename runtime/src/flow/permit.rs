//! Who may call what: the model's roles and grants.

use brooklet_model::{Manifest, Microflow, SecurityLevel};

use super::{Failure, FailureKind, failure::failure_codes};
use crate::{
    access::may_execute,
    session::{Guests, Visit},
};

/// Who may call without having logged in.
pub(super) fn guests(manifest: &Manifest) -> Guests<'_> {
    let security = &manifest.security;
    match (security.level, &security.guest_role) {
        (SecurityLevel::Off, _) => Guests::Everybody,
        (_, Some(role)) => Guests::Role(role),
        (_, None) => Guests::Nobody,
    }
}

/// Whether a session may call a microflow: one of the user's module roles was granted that.
pub(super) fn may_call(manifest: &Manifest, visit: &Visit, microflow: &Microflow) -> Result<(), Failure> {
    if may_execute(manifest, microflow, visit.user_roles()) {
        return Ok(());
    }
    let name = &microflow.name;
    if visit.is_anonymous() {
        let what = format!("{name} needs a login: POST /api/login with name and password");
        return Err(Failure::new(FailureKind::Unauthenticated, failure_codes::LOGIN_REQUIRED, what));
    }
    let what = format!("the user's roles may not call {name}; the model grants it with `grant execute on microflow`");
    Err(Failure::new(FailureKind::Denied, failure_codes::EXECUTE_DENIED, what))
}
