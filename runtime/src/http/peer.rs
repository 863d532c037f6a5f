//! Where a request comes from.

use std::sync::Arc;

use axum::http::Extensions;

use super::Origin;

/// Where a request comes from, and how its client reaches the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// The client's address; empty when it is not known.
    pub(super) address: Arc<str>,
    /// Whether the client's connection is encrypted: then its cookies are `Secure`.
    pub(super) secure: bool,
    /// What stands before every path of the application, such as `/shop`; mostly empty.
    pub(super) prefix: Arc<str>,
}

impl Peer {
    /// What [`Origin`] has found out. Nothing is known of a request that did not come through a node's port.
    pub(super) fn of(extensions: &Extensions) -> Self {
        match extensions.get::<Origin>() {
            Some(origin) => origin.into(),
            None => Self { address: "".into(), secure: false, prefix: "".into() },
        }
    }
}

impl From<&Origin> for Peer {
    fn from(origin: &Origin) -> Self {
        Self { address: origin.address.to_string().into(), secure: origin.is_secure(), prefix: origin.prefix.clone() }
    }
}
