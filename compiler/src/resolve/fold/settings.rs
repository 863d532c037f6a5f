//! Settings, by section and key.
//!
//! Within a configuration that is not the default, keys have its name in front: `Acceptance.HttpPortNumber`, and
//! `Acceptance.Shop.MaxLines` for its value of a constant.

use super::Folder;
use crate::resolve::draft::Setting;
use crate::syntax::ast::Name;

/// The configuration that runs when none is named.
const DEFAULT_CONFIGURATION: &str = "Default";

/// The section of values of constants.
pub(in crate::resolve) const CONSTANTS: &str = "constant";

impl Folder<'_, '_> {
    pub(super) fn alter_settings(&mut self, section: String, subject: Option<&str>, values: Vec<(Name, String)>) {
        if values.is_empty() {
            return;
        }
        if section == CONSTANTS
            && let Some(constant) = subject
        {
            return self.set_constant(constant, values);
        }
        let keys = self.draft.settings.entry(section).or_default();
        for (name, value) in values {
            keys.insert(key(subject, &name.text), Setting { value, span: name.span });
        }
    }

    /// Sets a constant's value in a configuration, or takes it away.
    fn set_constant(&mut self, constant: &str, values: Vec<(Name, String)>) {
        let configuration =
            values.iter().find(|(name, _)| name.text == "configuration").map(|(_, value)| value.clone());
        let key = key(configuration.as_deref(), constant);
        let constants = self.draft.settings.entry(CONSTANTS.to_owned()).or_default();
        for (name, value) in values {
            match name.text.as_str() {
                "value" => {
                    constants.insert(key.clone(), Setting { value, span: name.span });
                }
                "drop" => {
                    constants.remove(&key);
                }
                _ => {}
            }
        }
    }
}

fn key(configuration: Option<&str>, name: &str) -> String {
    match configuration {
        Some(configuration) if configuration != DEFAULT_CONFIGURATION => format!("{configuration}.{name}"),
        _ => name.to_owned(),
    }
}
