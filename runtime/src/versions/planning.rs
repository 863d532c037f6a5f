//! What a deployment would change, before anything is.

use std::sync::Arc;

use brooklet_model::Manifest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use brooklet_store::{Evolution, Store, StoreError};

use super::library::Naming;

/// What a deployment would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The hash of the version's component.
    pub version: String,
    /// The active version; none when there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What changes in the database.
    pub database: Evolution,
    /// Stands for all of this: who deploys with it gets exactly this, or an error.
    pub hash: String,
}

impl Plan {
    /// Makes a plan. `before` is the active version. Changes nothing.
    pub(super) async fn make(
        store: &Store,
        (version, manifest): (&str, &Arc<Manifest>),
        before: Option<(&str, &Manifest, &Naming)>,
        now_ms: i64,
    ) -> Result<Self, StoreError> {
        let from = before.map(|(_, manifest, naming)| (manifest, naming));
        let database = store.evolve(from, manifest, now_ms).await?;
        let before = before.map(|(hash, ..)| hash.to_owned());
        let mut digest = Sha256::new();
        // Not what comes after the old version has retired: the next deployment puts aside what the last has left, and then
        // there is less of that.
        let steps = database.steps.iter().map(|step| step.id.as_str());
        let refusals = database.refusals.iter().map(|refusal| refusal.member.as_str());
        for part in [version, before.as_deref().unwrap_or_default()].into_iter().chain(steps).chain(refusals) {
            digest.update(part);
            digest.update([0]);
        }
        let hash: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { version: version.to_owned(), before, database, hash })
    }
}
