//! What must come back, as a folder's `expected.json` says it.

use serde::Deserialize;

use crate::{objects::Objects, writes::Write};

/// The whole of it. What a folder leaves out is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Expected {
    /// What stands in the way of the change.
    pub(crate) refused: Vec<String>,
    /// What the old version does about it. Without it a change that is refused is not made at all.
    pub(crate) mended: Vec<Write>,
    /// The sentences of the steps before the activation: all of them, in their order.
    pub(crate) plan: Vec<String>,
    /// The sentences of the steps after the old version has retired.
    pub(crate) contract: Vec<String>,
    /// `Module.Entity.Attribute: rule, violated by 2`
    pub(crate) warnings: Vec<String>,
    /// What one version misses of the other's writes.
    pub(crate) breaking: Vec<String>,
    /// What the new version reads when the expansion is complete.
    pub(crate) objects: Option<Objects>,
    /// What both versions write then.
    pub(crate) writes: Vec<Write>,
    /// What they read after those writes.
    pub(crate) then: Option<Then>,
    /// What the new version reads after the contraction, if it is not what it read before.
    pub(crate) contracted: Option<Objects>,
    /// What is dropped when the retention is over.
    pub(crate) purged: Vec<String>,
    /// What comes of going back to the old version after the contraction.
    pub(crate) back: Back,
}

/// What both versions read while both serve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    pub(crate) old: Objects,
    pub(crate) new: Objects,
}

/// The way back.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Back {
    /// What the old version reads, if it is not what it read last.
    pub(crate) objects: Option<Objects>,
    /// What stands in the way.
    pub(crate) refused: Vec<String>,
    /// What stands in the way of going back at once, before the contraction.
    pub(crate) refused_at_once: Vec<String>,
}
