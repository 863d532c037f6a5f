//! Every limit of a node, in one place.
//!
//! A limit is not an error that a model may handle: whoever exceeds one is stopped, the transaction is rolled back, and the
//! client learns the limit's name ([`crate::errors::LimitExceeded`]). Each has a name, a default and a reason; a deployment
//! may set each. Limits of the database driver are in `brooklet_store::limits`.

use std::time::Duration;

/// All limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// What guests may take from the machine.
    pub engine: EngineLimits,
    /// What one request may take from the host.
    pub request: RequestLimits,
    /// What sessions may take, and how long they last.
    pub session: SessionLimits,
    /// How long locks last.
    pub locks: LockLimits,
    /// How patient one has to be with wrong passwords.
    pub login: LoginLimits,
    /// How long one can go back to the version before, and what it had is kept.
    pub versions: VersionLimits,
}

/// How long what a version before had is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionLimits {
    /// How long after a deployment what only the version before needs is kept up to date, so that one can go back at once. The
    /// next deployment ends it, too.
    pub settle_after: Duration,
    /// How long columns and tables that no version has any more stay, before they are dropped.
    pub parked_for: Duration,
}

impl Default for VersionLimits {
    fn default() -> Self {
        Self { settle_after: Duration::from_secs(24 * 3600), parked_for: Duration::from_secs(30 * 24 * 3600) }
    }
}

/// What guests may take from the machine. The engine enforces these.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineLimits {
    /// Guests that run at the same time; the size of the pool.
    pub instances: u32,
    /// Linear memory of one guest.
    pub memory_bytes: usize,
    /// Stack of one guest. Ends a recursion in a hand-written guest, which counts no calls itself.
    pub stack_bytes: usize,
    /// Nested microflow calls.
    pub call_depth: u32,
    /// Processor time of one call. Waiting, for the database or for its turn, is not charged.
    pub cpu_time: Duration,
    /// Calls that wait for a place in the pool; more are turned away at once.
    pub queue: usize,
    /// How long a call waits for a place in the pool.
    pub queue_time: Duration,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            instances: 256,
            memory_bytes: 64 << 20,
            stack_bytes: 1 << 20,
            call_depth: 500,
            cpu_time: Duration::from_secs(10),
            queue: 1024,
            queue_time: Duration::from_secs(5),
        }
    }
}

/// What one request may take from the host. The request enforces these.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestLimits {
    /// Objects created or retrieved, copies included.
    pub objects: usize,
    /// Elements in all lists of the request together.
    pub list_elements: usize,
    /// Lists of the request.
    pub lists: usize,
    /// Objects that one retrieve may return.
    pub rows_per_retrieve: usize,
    /// Bytes of a text that is given to an attribute.
    pub text_bytes: usize,
    /// Bytes of a request's body.
    pub payload_bytes: usize,
    /// Messages, log lines and instructions.
    pub effects: usize,
    /// Bytes of one message or log line; longer ones are cut.
    pub effect_text_bytes: usize,
    /// Commits, deletions and rollbacks inside one another's event handlers.
    pub operations_nested: usize,
    /// Savepoints that are open at once.
    pub savepoints: usize,
    /// Errors that are being handled at once.
    pub errors_handled: usize,
    /// Messages of validation rules that one commit collects.
    pub validation_messages: usize,
    /// Objects that a client gets at once when it does not say how many.
    pub page_objects_default: usize,
    /// Objects that a client may ask for at once.
    pub page_objects: usize,
    /// Bytes of a client's XPath constraint, and of its sort order.
    pub constraint_bytes: usize,
    /// Comparisons and steps in a client's constraint and sort order.
    pub constraint_parts: usize,
    /// Objects that a client may name in one request.
    pub objects_named: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            objects: 1_000_000,
            list_elements: 5_000_000,
            lists: 1_000_000,
            rows_per_retrieve: 100_000,
            text_bytes: 16 << 20,
            payload_bytes: 1 << 20,
            effects: 1_000,
            effect_text_bytes: 64 << 10,
            operations_nested: 100,
            savepoints: 10_000,
            errors_handled: 1_000,
            validation_messages: 1_000,
            page_objects_default: 100,
            page_objects: 1_000,
            constraint_bytes: 4 << 10,
            constraint_parts: 200,
            objects_named: 1_000,
        }
    }
}

/// What sessions may take, and how long they last.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionLimits {
    /// How long a session lasts after its last call.
    pub timeout: Duration,
    /// Sessions of the whole cluster; no bound without.
    pub sessions: Option<u32>,
    /// How many of them are kept for administrators.
    pub reserve: u32,
    /// Objects of one session from which on the log warns.
    pub objects_warning: usize,
    /// Objects of one session.
    pub objects: usize,
    /// Bytes of one session's objects from which on the log warns.
    pub bytes_warning: usize,
    /// Bytes of one session's objects.
    pub bytes: usize,
    /// How often a call is run when other calls of its session come first.
    pub attempts: u32,
}

impl SessionLimits {
    /// How long the state store may go without hearing that a session is in use: so rarely is it written for that.
    pub fn touch_interval(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(100);
        (self.timeout / 6).min(LONGEST)
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(600),
            sessions: None,
            reserve: 0,
            objects_warning: 100,
            objects: 10_000,
            bytes_warning: 64 << 10,
            bytes: 8 << 20,
            attempts: 20,
        }
    }
}

/// How long the locks of microflows that must not run twice at once last.
#[derive(Clone, Debug, PartialEq)]
pub struct LockLimits {
    /// How long a lock outlives the last sign of life of its holder.
    pub lease: Duration,
    /// How often a holder gives a sign of life; several fit into a lease, so that one may fail. At least every half lease.
    pub renewal: Duration,
}

impl Default for LockLimits {
    fn default() -> Self {
        Self { lease: Duration::from_secs(10), renewal: Duration::from_secs(3) }
    }
}

impl LockLimits {
    /// The time between two signs of life, whatever the settings are.
    pub(crate) fn rhythm(&self) -> Duration {
        self.renewal.min(self.lease / 2).max(Duration::from_millis(1))
    }
}

/// What logins may take, and how long who fails has to wait.
#[derive(Clone, Debug, PartialEq)]
pub struct LoginLimits {
    /// Logins that are checked at the same time. Each takes 19 MiB and a core. So many more than are free can be guessed by
    /// whoever guesses at once.
    pub at_once: usize,
    /// Logins that wait for that; more are turned away at once. A wave of people in the morning fits in.
    pub queue: usize,
    /// How long a login waits for that.
    pub queue_time: Duration,
    /// Failures of one user from one address: somebody mistypes, or guesses.
    pub pair: Waits,
    /// Failures from one address, whoever the user: somebody tries names. Offices share an address, hence more for free.
    pub address: Waits,
    /// Failures of one user, whatever the address: many guess together. Only who failed himself waits because of it.
    pub user: Waits,
    /// How long after the last one failures are forgotten. Longer than any wait.
    pub forget_after: Duration,
}

/// How long one has to wait after failures: not at all at first, then each time twice as long as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Failures that cost nothing.
    pub free: u32,
    /// The wait after the next.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Waits {
    /// The wait after so many failures.
    pub fn after(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            // More doublings than bits in a number are beyond every longest wait.
            Some(paid) => self.first.saturating_mul(1u32.checked_shl(paid - 1).unwrap_or(u32::MAX)).min(self.longest),
        }
    }
}

impl Default for LoginLimits {
    fn default() -> Self {
        let (first, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        Self {
            at_once: 8,
            queue: 256,
            queue_time: Duration::from_secs(10),
            // Whoever knows the password has it by the third time; a minute is short for a person, and long for a program.
            pair: Waits { free: 3, first, longest: minute },
            address: Waits { free: 30, first, longest: minute },
            user: Waits { free: 20, first, longest: minute / 2 },
            forget_after: Duration::from_secs(3600),
        }
    }
}

/// Limits that no deployment sets: they follow from how the host works, not from what an application needs.
pub(crate) mod fixed {
    use std::time::Duration;

    /// Idle instances of one version that are kept for the next requests.
    pub(crate) const IDLE_INSTANCES: usize = 64;
    /// Linear memory with which an instance is used again; a larger one is let go, so that it holds no memory for ever.
    pub(crate) const REUSED_MEMORY_BYTES: usize = 1 << 20;
    /// Components whose compiled code is kept on disk.
    pub(crate) const CACHED_COMPONENTS: usize = 64;
    /// Sets of user roles whose rights one version keeps.
    pub(crate) const ROLE_SETS: usize = 256;
    /// Queries of rules, and of the model limited by rights, that one version keeps.
    pub(crate) const FILTERED_QUERIES: usize = 4_096;
    /// Queries of clients that one version keeps.
    pub(crate) const ASKED_QUERIES: usize = 256;
    /// Versions of the model that a node remembers for clients that know them.
    pub(crate) const KNOWN_VERSIONS: usize = 16;
    /// Pairs of versions of which it remembers what they are to one another.
    pub(crate) const COMPARED_VERSIONS: usize = 32;
    /// How long a client that was turned away by maintenance is asked to wait.
    pub(crate) const MAINTENANCE_RETRY: Duration = Duration::from_secs(60);
    /// Characters of what clients read during maintenance.
    pub(crate) const MAINTENANCE_MESSAGE_LENGTH: usize = 500;
    /// Streams of events that a node has open.
    pub(crate) const EVENT_STREAMS: usize = 1_000;
    /// How often something is sent on a stream of events, so that nobody in between takes it for dead.
    pub(crate) const EVENT_KEEP_ALIVE: Duration = Duration::from_secs(15);
    /// How often a stream of events is looked at: whether its node leaves, or there is something that could not be said.
    pub(crate) const EVENT_LOOK_INTERVAL: Duration = Duration::from_millis(500);
    /// Bytes of what a client says which version it knows; more cannot be a version.
    pub(crate) const SAID_VERSION_BYTES: usize = 80;
    /// Elements of a guest's tables of functions.
    pub(crate) const TABLE_ELEMENTS: usize = 100_000;
    /// How long a client may take to send a body.
    pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);
    /// How long a body that is too large is read on, for its client to hear the answer.
    pub(crate) const BODY_DRAIN_TIME: Duration = Duration::from_secs(5);
    /// How many times the limit of a body is read on then.
    pub(crate) const BODY_DRAIN_LIMITS: usize = 16;
    /// What a transaction may rest between two statements, beyond the time that a call may compute: its node died after that.
    pub(crate) const BETWEEN_STATEMENTS: Duration = Duration::from_secs(4);
    /// Passwords that are hashed at the same time, if there are as many cores: each takes 19 MiB.
    pub(crate) const PASSWORDS_AT_ONCE: usize = 16;
    /// How often users and roles are written to the database when somebody else is at it.
    pub(crate) const SEEDING_ATTEMPTS: u32 = 3;
    /// Characters of a user's name that go to the log; more are cut off.
    pub(crate) const LOGGED_NAME_LENGTH: usize = 100;
    /// Characters of what a client says that it is; more are cut off.
    pub(crate) const USER_AGENT_LENGTH: usize = 200;
    /// Transactions whose fate a node remembers, so that it need not ask the database about its own.
    pub(crate) const MARKERS_KNOWN: usize = 10_000;
    /// How often a node removes sessions that have timed out, and markers that are needed no more.
    pub(crate) const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60);
    /// How old the marker of a session may get before the session is written anew without it.
    pub(crate) const MARKER_REWRITTEN_AFTER: Duration = Duration::from_secs(3600);
    /// The longest wait of a call that another call of its session overtook, after the first attempt.
    pub(crate) const OVERTAKEN_WAIT: Duration = Duration::from_millis(4);
    /// How often the database and the state store are asked whether they answer.
    pub(crate) const OUTAGE_PROBE_INTERVAL: Duration = Duration::from_millis(500);
    /// How long they may take to answer before calls are turned away.
    pub(crate) const OUTAGE_ANSWER_TIME: Duration = Duration::from_secs(1);
    /// How long an outage lasts, from the first question without an answer, before calls that wait are dropped.
    pub(crate) const OUTAGE_PATIENCE: Duration = Duration::from_secs(1);
    /// How often a node tells the cluster that it lives.
    pub(crate) const BEAT_INTERVAL: Duration = Duration::from_secs(1);
    /// How long one such word may take.
    pub(crate) const BEAT_TIME: Duration = Duration::from_secs(2);
    /// How long a node is taken to live after its last word.
    pub(crate) const MEMBER_LIFETIME: Duration = Duration::from_secs(5);
    /// How long after its last word a node draws ids under its number; less than the number rests before it is another's
    /// (`NUMBER_REST` of the store), so that a transaction may hold the one writer of SQLite for that long.
    pub(crate) const NUMBER_LIFETIME: Duration = Duration::from_secs(5 * 60);
    /// How long a node that stops tries to leave the cluster in good order.
    pub(crate) const LEAVE_TIME: Duration = Duration::from_secs(2);
    /// How long the model's health microflow may take.
    pub(crate) const HEALTH_TIME: Duration = Duration::from_secs(5);
    /// How long its answer is given again to others who ask.
    pub(crate) const HEALTH_REUSED: Duration = Duration::from_secs(1);
    /// How often the front of a cluster asks each node whether it is ready.
    pub(crate) const FRONT_POLL_INTERVAL: Duration = Duration::from_millis(200);
    /// How long a node may take to say so.
    pub(crate) const FRONT_POLL_TIME: Duration = Duration::from_secs(1);
    /// How long a connection from the front to a node may take to be made.
    pub(crate) const FRONT_CONNECT_TIME: Duration = Duration::from_secs(1);
    /// How long a node may take to begin its answer to a call: longer than the longest statement of a database may run.
    pub(crate) const FRONT_ANSWER_TIME: Duration = Duration::from_secs(330);
    /// Calls that the front has under way.
    pub(crate) const FRONT_CALLS_MAX: usize = 4_096;
    /// Body of a request through the front; nodes have limits of their own.
    pub(crate) const FRONT_BODY_BYTES: usize = 256 << 20;
    /// What of a body is read on that no node gets, for its client to hear why.
    pub(crate) const FRONT_UNWANTED_BYTES: usize = 1 << 20;
    /// For how long.
    pub(crate) const FRONT_UNWANTED_TIME: Duration = Duration::from_secs(1);
    /// Connections to one node that the front keeps for the next requests.
    pub(crate) const FRONT_RESTING_CONNECTIONS: usize = 256;
    /// How long they rest.
    pub(crate) const FRONT_REST_TIME: Duration = Duration::from_secs(30);
    /// Sessions in one answer of the administration's interface.
    pub(crate) const SESSIONS_PER_ANSWER: u32 = 1_000;
    /// How often a node looks what is to serve when nobody signals anything.
    pub(crate) const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);
    /// The same while a deployment is under way.
    pub(crate) const FOLLOW_INTERVAL_BUSY: Duration = Duration::from_millis(200);
    /// The same while the last calls of a version are under way: others wait for their end.
    pub(crate) const FOLLOW_INTERVAL_RETIRING: Duration = Duration::from_millis(50);
    /// How long whoever carries a deployment on may be silent before another node does.
    pub(crate) const DRIVER_LEASE: Duration = Duration::from_secs(4);
    /// How often it gives a sign of life.
    pub(crate) const DRIVER_RENEWAL: Duration = Duration::from_secs(1);
    /// How long somebody waits for another who changes what serves, and is no deployment.
    pub(crate) const LEASE_PATIENCE: Duration = Duration::from_secs(40);
    /// Versions of which a node remembers that they were started.
    pub(crate) const STARTED_VERSIONS: usize = 32;
    /// How long nodes may take to get a version ready.
    pub(crate) const PREPARING_TIME: Duration = Duration::from_secs(120);
    /// How long what runs before a version serves may take.
    pub(crate) const STARTING_TIME: Duration = Duration::from_secs(300);
    /// How long a deployment waits for a node that lives and does not follow.
    pub(crate) const SPREADING_TIME: Duration = Duration::from_secs(30);
    /// How long the next deployment waits for the last calls of a version, before what only that one needs is put aside.
    pub(crate) const RETIRING_TIME: Duration = Duration::from_secs(30);
    /// How often a canary is looked at.
    pub(crate) const CANARY_INTERVAL: Duration = Duration::from_millis(200);
    /// Deployments that are remembered.
    pub(crate) const DEPLOYMENTS_KEPT: u64 = 50;
    /// Releases that are remembered.
    pub(crate) const RELEASES_KEPT: u64 = 50;
    /// How often a node looks what of former versions has had its time.
    pub(crate) const SETTLING_INTERVAL: Duration = Duration::from_secs(300);
    /// How often a node looks whether sessions are left that stay on a version.
    pub(crate) const STAYING_INTERVAL: Duration = Duration::from_secs(10);
    /// How long the microflow before shutdown may take.
    pub(crate) const SHUTDOWN_MICROFLOW_TIME: Duration = Duration::from_secs(20);
    /// Bytes of a component that is deployed.
    pub(crate) const COMPONENT_BYTES: usize = 64 << 20;
    /// Records of what administrators did in one answer.
    pub(crate) const AUDIT_PER_ANSWER: u64 = 1_000;
    /// Bytes of a request to the administration's interface.
    pub(crate) const ADMIN_BODY_BYTES: usize = 64 << 10;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits = Waits { free: 3, first: Duration::from_secs(1), longest: Duration::from_secs(60) };
        let seconds: Vec<_> = (0..12).map(|failures| waits.after(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits.after(u32::MAX), waits.longest);
    }

    #[test]
    fn failures_are_remembered_for_longer_than_anybody_waits() {
        let login = LoginLimits::default();
        let longest = [login.pair, login.address, login.user].into_iter().map(|waits| waits.longest).max();
        assert!(longest < Some(login.forget_after));
    }
}
