//! The commands, one file each.

pub(crate) mod admin;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod inspect;
pub(crate) mod new;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod test;
