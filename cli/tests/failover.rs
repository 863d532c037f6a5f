//! What a cluster promises, proved on real processes: nodes that are killed, stopped and started again, a database server and
//! a Redis server that go away and come back.
//!
//! One file per promise; `world` has what they share. Every loop is bounded in count and in time. The proofs run one after
//! another, because what one measures would be load on another. `BROOKLET_OUTAGE_SECONDS=20` makes outages long.

mod failover {
    pub(crate) mod admission;
    pub(crate) mod edits_survive;
    pub(crate) mod locks_hold;
    pub(crate) mod no_affinity;
    pub(crate) mod no_writes;
    pub(crate) mod outages;
    pub(crate) mod restarts_under_load;
    pub(crate) mod world;
}
