//! Turns a draft into a manifest: looks every name up and checks what the domain model demands.
//!
//! Numbers are given first, so that everything can refer to everything. What cannot be resolved is reported and left
//! out; its name is remembered, so that what uses it is not reported again.

mod access;
mod associations;
mod attributes;
mod entities;
mod former;
mod handlers;
mod microflows;
mod moments;
mod rules;
mod security;
mod settings;
mod values;

use brooklet_model::{Constant, ConstantId, Enumeration, EnumerationId, EnumerationValue, Manifest};

pub(crate) use moments::parse as parse_moment;

use super::draft::{ConstantDraft, Draft, EnumerationDraft};
use super::names::Register;
use super::places::Places;
use super::table::Entry;
use super::{AccessConstraint, Flow, Names, Resolved};
use crate::codes;
use crate::diagnostics::Diagnostics;

/// A manifest while it grows.
struct Builder<'a, 'd> {
    places: &'a Places<'a>,
    diagnostics: &'d mut Diagnostics,
    manifest: Manifest,
    names: Names,
    flows: Vec<Flow>,
    constraints: Vec<AccessConstraint>,
}

pub(super) fn build(places: &Places<'_>, draft: Draft, diagnostics: &mut Diagnostics) -> Resolved {
    let Draft { enumerations, constants, entities, associations, rules, microflows, actions, security, .. } = draft;
    let mut builder = Builder {
        places,
        diagnostics,
        manifest: Manifest {
            sources: places.sources().iter().map(|source| source.name.clone()).collect(),
            ..Manifest::default()
        },
        names: Names::default(),
        flows: Vec::new(),
        constraints: Vec::new(),
    };
    for (kind, table) in draft.documents {
        let (entries, history) = table.into_parts();
        let mut register = Register::new(&history);
        entries.into_iter().for_each(|entry| register.insert(entry.name, ()));
        builder.names.documents.insert(kind, register);
    }

    let (enumerations, history) = enumerations.into_parts();
    builder.names.enumerations = Register::new(&history);
    builder.enumerations(enumerations);
    builder.manifest.former.enumerations =
        former::former(&history, || builder.manifest.enumerations.iter().map(|one| one.name.as_str()));

    let (entities, history) = entities.into_parts();
    builder.names.entities = Register::new(&history);
    builder.entities(&entities);
    builder.manifest.former.entities =
        former::former(&history, || builder.manifest.entities.iter().map(|one| one.name.as_str()));
    builder.entity_origins(&history);

    let (microflows, history) = microflows.into_parts();
    builder.names.microflows = Register::new(&history);
    builder.microflows(microflows);
    builder.manifest.former.microflows =
        former::former(&history, || builder.manifest.microflows.iter().map(|one| one.name.as_str()));
    let (actions, history) = actions.into_parts();
    builder.names.actions = Register::new(&history);
    builder.actions(actions);

    builder.attributes(&entities);
    builder.former_attributes(&entities);
    let (associations, history) = associations.into_parts();
    builder.names.associations = Register::new(&history);
    builder.associations(associations);
    builder.manifest.former.associations =
        former::former(&history, || builder.manifest.associations.iter().map(|one| one.name.as_str()));
    builder.association_origins(&history);
    builder.system_associations(&entities);

    builder.attribute_rules(&entities);
    builder.rules(rules.into_parts().0, &draft.regular_expressions);
    builder.indexes(&entities);
    builder.handlers(&entities);

    let (constants, history) = constants.into_parts();
    builder.names.constants = Register::new(&history);
    builder.constants(constants);
    builder.security(security);
    builder.settings(draft.settings);

    let Builder { manifest, names, flows, constraints, .. } = builder;
    Resolved { manifest, flows, names, constraints, skipped_statements: draft.skipped_statements }
}

/// The module of a qualified name.
fn module_of(name: &str) -> &str {
    name.split_once('.').map_or("", |(module, _)| module)
}

impl Builder<'_, '_> {
    fn enumerations(&mut self, entries: Vec<Entry<EnumerationDraft>>) {
        for Entry { name, value, .. } in entries {
            let id = EnumerationId(self.manifest.enumerations.len() as u32);
            let mut keys = std::collections::HashMap::new();
            let mut values = Vec::new();
            for declared in value.values {
                let key = declared.key.text;
                if keys.contains_key(&key) {
                    let message = format!("the enumeration '{name}' has the value '{key}' twice");
                    self.diagnostics.error(codes::VALUE_TWICE, declared.key.span, message).help("remove one of them");
                    continue;
                }
                keys.insert(key.clone(), values.len() as u32);
                let caption = declared.caption.unwrap_or_else(|| key.clone());
                values.push(EnumerationValue { key, caption });
            }
            for present in &values {
                let Some(&position) = keys.get(&present.key) else { continue };
                for former in value.keys.of(&present.key) {
                    keys.entry(former.clone()).or_insert(position);
                }
            }
            let present: Vec<&str> = values.iter().map(|one| one.key.as_str()).collect();
            self.former_keys(&name, &value.keys, &present);
            self.names.enumerations.insert(name.clone(), id);
            self.names.keys.push(keys);
            self.manifest.enumerations.push(Enumeration { name, values, documentation: value.documentation });
        }
    }

    fn constants(&mut self, entries: Vec<Entry<ConstantDraft>>) {
        for Entry { name, value, .. } in entries {
            let scope = self.names.scope(module_of(&name));
            let kind = values::value_type(scope, &value.data_type, None, self.diagnostics);
            let Some(kind) = kind else {
                self.names.constants.break_name(name);
                continue;
            };
            let given = value
                .value
                .as_ref()
                .and_then(|given| values::value(scope, &self.manifest, &kind, given, self.diagnostics));
            let id = ConstantId(self.manifest.constants.len() as u32);
            let value_or_empty = given.unwrap_or(brooklet_model::DefaultValue::Empty);
            self.names.constants.insert(name.clone(), id);
            self.manifest.constants.push(Constant { name, kind, value: value_or_empty, exposed: value.exposed });
        }
    }
}
