//! Settings, as the model spells them; what they name is looked up.

use std::collections::BTreeMap;

use super::{Builder, values};
use crate::resolve::draft::Setting;
use crate::resolve::fold::CONSTANTS;
use crate::source::Span;
use crate::syntax::ast::{Expression, ExpressionKind, QualifiedName};

/// Settings whose value is the qualified name of a microflow, in lower case.
const MICROFLOW_SETTINGS: [&str; 3] = ["afterstartupmicroflow", "beforeshutdownmicroflow", "healthcheckmicroflow"];

impl Builder<'_, '_> {
    pub(super) fn settings(&mut self, draft: BTreeMap<String, BTreeMap<String, Setting>>) {
        for (section, keys) in draft {
            let mut resolved = BTreeMap::new();
            for (key, Setting { value, span }) in keys {
                if section == CONSTANTS {
                    let key = self.constant_setting(key, &value, span);
                    resolved.insert(key, value);
                } else if MICROFLOW_SETTINGS.contains(&key.to_ascii_lowercase().as_str()) && !value.is_empty() {
                    let value = self.microflow_value(value, span);
                    resolved.insert(key, value);
                } else {
                    resolved.insert(key, value);
                }
            }
            self.manifest.settings.insert(section, resolved);
        }
    }

    /// `M.C`, perhaps behind the name of a configuration, with the constant's present name. A value for no configuration in
    /// particular, or for the default one, is the constant's value from here on.
    fn constant_setting(&mut self, key: String, value: &str, span: Span) -> String {
        let mut parts: Vec<&str> = key.split('.').collect();
        let constant = parts.split_off(parts.len().saturating_sub(2));
        let name = QualifiedName { parts: constant.into_iter().map(str::to_owned).collect(), span };
        let Some(id) = self.names.scope("").constant(&name, self.diagnostics) else { return key };
        if parts.is_empty() {
            let literal = Expression { kind: ExpressionKind::Text(value.to_owned()), span };
            let kind = &self.manifest.constants[id.index()].kind;
            let scope = self.names.scope("");
            if let Some(value) = values::value(scope, &self.manifest, kind, &literal, self.diagnostics) {
                self.manifest.constants[id.index()].value = value;
            }
        }
        parts.push(&self.manifest.constants[id.index()].name);
        parts.join(".")
    }

    fn microflow_value(&mut self, value: String, span: Span) -> String {
        let name = QualifiedName { parts: value.split('.').map(str::to_owned).collect(), span };
        match self.names.scope("").microflow(&name, self.diagnostics) {
            Some(id) => self.manifest.microflow(id).name.clone(),
            None => value,
        }
    }
}
