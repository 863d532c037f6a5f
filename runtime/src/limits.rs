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
    /// Elements of a guest's tables of functions.
    pub(crate) const TABLE_ELEMENTS: usize = 100_000;
    /// How long a client may take to send a body.
    pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);
    /// How long a body that is too large is read on, for its client to hear the answer.
    pub(crate) const BODY_DRAIN_TIME: Duration = Duration::from_secs(5);
    /// How many times the limit of a body is read on then.
    pub(crate) const BODY_DRAIN_LIMITS: usize = 16;
    /// How long calls that are under way may take to end when a node stops.
    pub(crate) const STOP_TIME: Duration = Duration::from_secs(30);
}
