//! Groups of nodes that have a version for themselves.
//!
//! Their version shares the tables, and sessions, with the active one for as long as they like: so neither may have other entities.

use std::collections::{BTreeMap, BTreeSet};

use brooklet_model::difference::{Class, differences};
use brooklet_store::{Report, StoreError};

use super::{
    control::{Control, ControlError},
    planning::Plan,
    release::Release,
    report::NodeReport,
};
use crate::version::Version;

impl Control {
    /// The groups of the nodes that belong to one, by the nodes' names.
    pub(crate) async fn groups(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let reports = self.node().cluster().reports().await?;
        let grouped = |report: Report| Some((report.node, NodeReport::read(&report.body).group?));
        Ok(reports.into_iter().filter_map(grouped).collect())
    }

    /// The nodes of a group go on with the active version.
    pub async fn ungroup(&self, group: &str, by: &str) -> Result<(), ControlError> {
        let change = |release: &mut Release| release.groups.remove(group).is_some();
        self.change_release(change, &format!("group {group} has no version of its own"), by).await
    }

    /// An error when there is no node of a group.
    pub(super) async fn must_be_there(&self, group: &str) -> Result<(), ControlError> {
        let groups: BTreeSet<_> = self.groups().await?.into_values().collect();
        if groups.contains(group) {
            return Ok(());
        }
        let known = Vec::from_iter(groups).join(", ");
        let known = if known.is_empty() { "no node is in a group".to_owned() } else { format!("there are {known}") };
        let what = format!("no node is in group {group} ({known}): start one with `brooklet serve --group {group}`");
        Err(ControlError::Unsuitable(what))
    }

    /// An error when a version that is to be deployed, to a group or to all others, has other entities than the versions that would
    /// serve beside it without an end.
    pub(super) async fn must_suit_groups(
        &self,
        before: Option<&Version>,
        version: &Version,
        plan: &Plan,
        group: Option<&str>,
    ) -> Result<(), ControlError> {
        let Some(change) = before.and_then(|before| change_of_entities(before, version, plan)) else { return Ok(()) };
        if let Some(group) = group {
            let what = format!(
                "a group of nodes can have a version whose entities are those of the active one, and this one's are not \
                 ({change}): deploy it to all nodes, or leave group {group} as it is"
            );
            return Err(ControlError::Unsuitable(what));
        }
        let release = self.node().current_release().await?.map(|(_, release)| release);
        match release.as_ref().and_then(|release| release.groups.keys().next()) {
            None => Ok(()),
            Some(group) => Err(ControlError::Unsuitable(format!(
                "group {group} has a version of its own, whose entities are those of the active one, and this one's are not \
                 ({change}): take it back first, with `brooklet deploy --ungroup {group}`"
            ))),
        }
    }
}

/// What is different in the database or in what sessions keep, if anything is.
fn change_of_entities(before: &Version, version: &Version, plan: &Plan) -> Option<String> {
    let steps = plan.database.steps.iter().chain(&plan.database.contract);
    if let Some(step) = steps.map(|step| step.sentence.as_str()).next() {
        return Some(step.to_owned());
    }
    let is_kept =
        |subject: &str| ["entity ", "attribute ", "association "].iter().any(|kind| subject.starts_with(kind));
    let mut changes = differences(before.manifest(), version.manifest()).into_iter();
    changes.find(|change| change.class >= Class::Interface && is_kept(&change.subject)).map(|change| change.to_string())
}
