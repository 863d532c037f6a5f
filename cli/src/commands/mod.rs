//! The commands, one file each.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod inspect;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod test;
