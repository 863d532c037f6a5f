//! How long somebody has to wait whose logins fail.
//!
//! Nobody is locked out: that would be a way to lock out others. Failures are counted in the state store, where all nodes see
//! them, under three keys, and each count has its own waits ([`crate::limits::LoginLimits`]):
//!
//! - the **user and the address**: somebody guesses one user's password. The wait begins with that pair's last failure.
//! - the **address**: somebody tries many users. The wait begins with the address's last failure.
//! - the **user**: many addresses guess together. The wait applies only to pairs that have failed themselves, and begins
//!   with their own last failure. So a stranger elsewhere can make somebody wait who mistyped, for a bounded time that the
//!   stranger cannot draw out; and can do nothing to somebody who types the password right.
//!
//! An attempt during a wait is refused before the password is looked at, and is not counted. A login that succeeds clears
//! the counts of the pair and the user; not the address's, or a guesser would log in as himself in between.

use std::{net::IpAddr, time::Duration};

use brooklet_state::{Failures, State};

use crate::{
    flow::{Failure, FailureKind, failure_codes},
    limits::LoginLimits,
    session::state_failure,
};

/// Bits of an IPv6 address that stand for one customer of a network: the rest is for the customer to choose.
const IPV6_NETWORK: u128 = !0 << 64;

/// The failures that count for one attempt.
pub(super) struct Delay<'a> {
    state: &'a dyn State,
    limits: &'a LoginLimits,
    /// The pair, the address, the user.
    keys: [String; 3],
}

impl<'a> Delay<'a> {
    pub(super) fn new(state: &'a dyn State, limits: &'a LoginLimits, user: &str, address: &str) -> Self {
        let network = network(address);
        // No address has a space in it, so that no two pairs have the same key.
        let keys = [format!("pair {network} {user}"), format!("address {network}"), format!("user {user}")];
        Self { state, limits, keys }
    }

    /// A failure while the wait is not over.
    pub(super) async fn check(&self, now_ms: i64) -> Result<(), Failure> {
        let failures = self.state.failures(&self.keys, now_ms).await.map_err(state_failure)?;
        let count = |index: usize| failures.get(index).copied().unwrap_or_default();
        match wait(count(0), count(1), count(2), self.limits, now_ms) {
            None => Ok(()),
            Some(wait) => {
                let seconds = wait.as_millis().div_ceil(1000);
                let what = format!("too many logins failed; try again in {seconds} s");
                let failure = Failure::new(FailureKind::TooMany, failure_codes::LOGIN_DELAYED, what);
                Err(Failure { retry_after: Some(wait), ..failure })
            }
        }
    }

    pub(super) async fn count_failure(&self, now_ms: i64) -> Result<(), Failure> {
        self.state.fail(&self.keys, now_ms, self.limits.forget_after).await.map_err(state_failure)
    }

    pub(super) async fn forgive(&self) -> Result<(), Failure> {
        let [pair, _, user] = self.keys.clone();
        self.state.forgive(&[pair, user]).await.map_err(state_failure)
    }
}

/// What is left of the longest of the waits; none when all are over.
fn wait(pair: Failures, address: Failures, user: Failures, limits: &LoginLimits, now_ms: i64) -> Option<Duration> {
    let of_user = if pair.count > 0 { limits.user.after(user.count) } else { Duration::ZERO };
    let waits = [
        (pair.last_ms, limits.pair.after(pair.count).max(of_user)),
        (address.last_ms, limits.address.after(address.count)),
    ];
    let left = waits.into_iter().filter_map(|(since_ms, wait)| {
        let passed = u64::try_from(now_ms.saturating_sub(since_ms)).unwrap_or_default();
        wait.checked_sub(Duration::from_millis(passed)).filter(|left| !left.is_zero())
    });
    left.max()
}

/// What an address is counted as.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let network = std::net::Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK);
            format!("{network}/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use brooklet_state::{Memory, StateOptions};

    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn failed(count: u32, seconds_ago: i64) -> Failures {
        Failures { count, last_ms: NOW_MS - 1000 * seconds_ago }
    }

    fn seconds(pair: Failures, address: Failures, user: Failures) -> u64 {
        wait(pair, address, user, &LoginLimits::default(), NOW_MS).unwrap_or_default().as_secs()
    }

    #[test]
    fn a_pair_waits_from_its_own_last_failure() {
        let none = Failures::default();
        assert_eq!(seconds(none, none, none), 0);
        assert_eq!(seconds(failed(3, 0), failed(3, 0), failed(3, 0)), 0, "these are for free");
        assert_eq!(seconds(failed(6, 0), failed(6, 0), failed(6, 0)), 4);
        assert_eq!(seconds(failed(6, 3), failed(6, 3), failed(6, 3)), 1);
        assert_eq!(seconds(failed(6, 4), failed(6, 4), failed(6, 4)), 0);
        assert_eq!(seconds(failed(5000, 0), none, none), 60);
    }

    #[test]
    fn a_stranger_elsewhere_makes_nobody_wait_who_has_not_failed() {
        let none = Failures::default();
        let attacked = failed(100_000, 0);
        assert_eq!(seconds(none, none, attacked), 0);
        assert_eq!(seconds(failed(1, 0), failed(1, 0), attacked), 30, "bounded");
        assert_eq!(seconds(failed(1, 29), failed(1, 29), attacked), 1, "and not drawn out by the stranger");
    }

    #[test]
    fn an_address_that_tries_many_users_waits() {
        let none = Failures::default();
        assert_eq!(seconds(none, failed(30, 0), none), 0);
        assert_eq!(seconds(none, failed(33, 0), none), 4);
    }

    #[test]
    fn a_clock_that_went_back_makes_nobody_wait_for_longer() {
        let ahead = Failures { count: 6, last_ms: NOW_MS + 3_600_000 };
        assert_eq!(seconds(ahead, Failures::default(), Failures::default()), 4);
    }

    #[test]
    fn a_customer_of_a_network_has_one_key() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::ffff"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[tokio::test]
    async fn success_forgives_the_user_and_not_the_address() {
        let (state, limits) = (Memory::new(StateOptions::default()), LoginLimits::default());
        let of = |user: &str, address: &str| Delay::new(&state, &limits, user, address);
        for _ in 0..40 {
            of("ada", "192.0.2.1").count_failure(NOW_MS).await.expect("it is counted");
        }
        let refused = of("ada", "192.0.2.1").check(NOW_MS).await.expect_err("it is too early");
        assert_eq!((refused.code, refused.retry_after), (failure_codes::LOGIN_DELAYED, Some(limits.pair.longest)));
        of("ada", "198.51.100.1").check(NOW_MS).await.expect("another address need not wait");
        of("ada", "192.0.2.1").forgive().await.expect("it is forgiven");
        let wait = of("ada", "192.0.2.1").check(NOW_MS).await.expect_err("the address still waits");
        assert_eq!(wait.retry_after, Some(limits.address.longest));
        let hour_ms = i64::try_from(limits.forget_after.as_millis()).expect("it fits");
        of("ada", "192.0.2.1").check(NOW_MS + hour_ms).await.expect("it is forgotten");
    }
}
