//! A new version of the model replaces the old one, on real clusters and under load.
//!
//! Every loop is bounded in count and time. The proofs run one after another where they measure something.

mod deploying {
    pub(crate) mod audiences;
    pub(crate) mod canaries;
    pub(crate) mod driver_deaths;
    pub(crate) mod going_back;
    pub(crate) mod groups;
    pub(crate) mod lifecycle;
    pub(crate) mod one_after_another;
    pub(crate) mod pinned;
    pub(crate) mod refused;
    pub(crate) mod world;
}
