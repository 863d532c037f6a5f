//! What all nodes of a cluster must agree on.

use std::time::Duration;

use crate::limits;

/// Settings of a store. All nodes that share a store need the same ones: the last to use a session decides when it times
/// out, and each node holds the sessions that it opens to its own limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOptions {
    /// How long a session lives after its last use.
    pub timeout: Duration,
    /// How many sessions there may be in the whole cluster; none for any number.
    pub limit: Option<u32>,
    /// How many places of the limit only administrators may take, so that somebody can get in when it is reached.
    pub reserve: u32,
}

impl Default for StateOptions {
    fn default() -> Self {
        Self { timeout: limits::SESSION_TIMEOUT, limit: None, reserve: 0 }
    }
}

impl StateOptions {
    /// The moment from which a session that was last used then is timed out.
    pub(crate) fn expires_ms(&self, used_ms: i64) -> i64 {
        used_ms.saturating_add(milliseconds(self.timeout))
    }

    /// How many sessions there may be for one of this kind to be opened; none for any number.
    pub(crate) fn places(&self, administrator: bool) -> Option<u32> {
        let reserve = if administrator { 0 } else { self.reserve };
        self.limit.map(|limit| limit.saturating_sub(reserve))
    }
}

/// A duration as it is added to moments.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.min(limits::DURATION_MAX).as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_for_administrators() {
        let options = StateOptions { limit: Some(50), reserve: 5, ..StateOptions::default() };
        assert_eq!((options.places(true), options.places(false)), (Some(50), Some(45)));
        let all_reserved = StateOptions { limit: Some(3), reserve: 5, ..StateOptions::default() };
        assert_eq!((all_reserved.places(true), all_reserved.places(false)), (Some(3), Some(0)));
        assert_eq!(StateOptions { reserve: 5, ..StateOptions::default() }.places(false), None);
    }
}
