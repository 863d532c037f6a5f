//! Stand-ins until the schema engine is here.
#![allow(missing_docs)]

use std::sync::Arc;

use brooklet_model::Manifest;

use crate::{FencingToken, Plan, Store, StoreError};

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Naming {}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evolution {
    pub naming: Naming,
}

impl Evolution {
    pub fn hash(&self) -> String {
        String::new()
    }
}

impl Store {
    pub fn plan_with(&self, manifest: Arc<Manifest>, _naming: &Naming) -> Result<Arc<Plan>, StoreError> {
        self.plan(manifest)
    }

    pub async fn evolve(
        &self,
        _from: Option<(&Manifest, &Naming)>,
        _to: &Arc<Manifest>,
        _now_ms: i64,
    ) -> Result<Evolution, StoreError> {
        Ok(Evolution { naming: Naming {} })
    }

    pub async fn expand(
        &self,
        _evolution: &Evolution,
        _fence: Option<(&str, FencingToken)>,
    ) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    pub async fn contract(
        &self,
        _evolution: &Evolution,
        _fence: Option<(&str, FencingToken)>,
        _now_ms: i64,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    pub async fn take_back(
        &self,
        _evolution: &Evolution,
        _fence: Option<(&str, FencingToken)>,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}
