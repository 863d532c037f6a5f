//! What serves, as the database says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::library::Naming;

/// What serves from some generation on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The version on which new calls begin: the hash of its component.
    pub active: String,
    /// A version that is tried out beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// A version that older sessions stay on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staying: Option<Staying>,
    /// Groups of nodes that serve a version of their own, whose database is that of the active one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, String>,
    /// The version that was active before: what a rollback goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// What each of these versions calls its tables and columns.
    #[serde(default)]
    pub naming: BTreeMap<String, Naming>,
    /// How it came about.
    pub origin: Origin,
    /// On whose word.
    #[serde(default)]
    pub by: String,
}

/// A version that is tried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// The hash of its component.
    pub version: String,
    /// How many of ten thousand sessions have it.
    pub share: u32,
    /// Who has it besides.
    #[serde(default, skip_serializing_if = "Audience::is_empty")]
    pub audience: Audience,
    /// Since when: sessions that were seen on the version since then keep it.
    #[serde(default)]
    pub since_ms: i64,
}

/// Who has a canary, whatever its share is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Audience {
    /// Sessions with one of these user roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Sessions of these users, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Requests whose header `Brooklet-Canary` has this word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
}

/// Bytes of a word that asks for a canary.
pub(crate) const WORD_BYTES: usize = 80;

impl Audience {
    /// Whether a text can be the word: it must stand in a header as it is.
    pub(crate) fn is_word(text: &str) -> bool {
        !text.is_empty() && text.len() <= WORD_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A version that older sessions stay on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staying {
    /// The hash of its component.
    pub version: String,
    /// Sessions that were opened before that stay.
    pub before_ms: i64,
    /// Until then; afterwards they go on with the active version.
    pub until_ms: i64,
}

/// How a release came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A node brought the version when it started, or because its sources changed.
    Start,
    /// Somebody deployed it.
    Deploy,
    /// Somebody tries it out.
    Canary,
    /// What was tried out has become the active version.
    Promotion,
    /// What was tried out was taken back.
    Abort,
    /// Somebody went back to the version before.
    Rollback,
}

impl Release {
    /// The hashes of all versions that must be there.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let canary = self.canary.as_ref().map(|canary| canary.version.as_str());
        let staying = self.staying.as_ref().map(|staying| staying.version.as_str());
        let groups = self.groups.values().map(String::as_str);
        std::iter::once(self.active.as_str()).chain(canary).chain(staying).chain(groups)
    }

    /// The version that a group of nodes has for itself.
    pub(super) fn of_group(&self, group: Option<&str>) -> Option<&str> {
        self.groups.get(group?).map(String::as_str)
    }

    /// What a version calls its tables and columns.
    pub(super) fn naming_of(&self, version: &str) -> Naming {
        self.naming.get(version).cloned().unwrap_or_default()
    }
}
