//! Constraints of access rules: XPath with its names resolved, like that of a retrieve, but without a microflow.

use brooklet_model::{AccessRule, Condition, Manifest};

use crate::{
    codes,
    diagnostics::Diagnostics,
    resolve::{AccessConstraint, Names},
};

use super::{flow::without_flow, xpath::Parameters};

/// Gives each access rule with a constraint its condition.
pub(crate) fn constraints(
    manifest: &mut Manifest,
    constraints: &[AccessConstraint],
    names: &Names,
    diagnostics: &mut Diagnostics,
) {
    for constraint in constraints {
        let is_limited = |rule: &AccessRule| {
            rule.entity == constraint.entity && rule.constraint.as_deref() == Some(&constraint.constraint.text)
        };
        // What was taken back again is nobody's concern.
        if !manifest.security.access.iter().any(is_limited) {
            continue;
        }
        let condition = condition(manifest, constraint, names, diagnostics);
        for rule in manifest.security.access.iter_mut().filter(|rule| is_limited(rule)) {
            rule.condition.clone_from(&condition);
        }
    }
}

fn condition(
    manifest: &Manifest,
    constraint: &AccessConstraint,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Option<Condition> {
    let AccessConstraint { entity, module, constraint } = constraint;
    let record = manifest.entity(*entity);
    if !record.persistable && record.unavailable.is_none() {
        let message = format!("'{}' is not persistent: no constraint can tell its objects apart", record.name);
        diagnostics
            .error(codes::NOTHING_IN_DATABASE, constraint.xpath.span, message)
            .help("leave `where` out: the rights hold for all objects that a user can reach");
        return None;
    }
    let scope = names.scope(module);
    without_flow(manifest, scope, constraint.version, diagnostics, |checker| {
        checker.constraint(*entity, &constraint.xpath, &mut Parameters::default())
    })
}
