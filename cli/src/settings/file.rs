//! Settings in a file: flat TOML, the same names as on the command line.

use std::{collections::BTreeMap, fs, path::Path};

use clap::{Arg, ArgAction, Command};
use toml::Value;

use crate::failure::Usage;

/// What a file says: for each setting its value, or its values.
pub(super) type Values = BTreeMap<String, Vec<String>>;

/// Reads a file. Every key must be a setting of the command.
pub(super) fn read(path: &Path, command: &Command) -> Result<Values, Usage> {
    let wrong = |what: String| Usage(format!("{}: {what}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let settings: Vec<&Arg> = super::settings(command).collect();
    let mut values = Values::new();
    for (key, value) in table {
        let Some(setting) = settings.iter().find(|one| one.get_long() == Some(&key)) else {
            return Err(wrong(unknown(&key, &settings)));
        };
        let value = texts(&value).ok_or_else(|| {
            wrong(format!(
                "`{key}` is to be a text, a number, true, false, or a list of these; settings are not nested"
            ))
        })?;
        if value.len() != 1 && !takes_many(setting) {
            return Err(wrong(format!("`{key}` takes one value, not {}", value.len())));
        }
        values.insert(key, value);
    }
    Ok(values)
}

/// Makes the file's values the defaults of a command's arguments: flags and the environment come before defaults.
pub(super) fn set_defaults(mut command: Command, values: &Values) -> Command {
    for (key, value) in values {
        let id = super::settings(&command).find(|one| one.get_long() == Some(key)).map(|one| one.get_id().clone());
        if let Some(id) = id {
            command = command.mut_arg(id, |argument| argument.default_values(value.clone()));
        }
    }
    command
}

fn takes_many(setting: &Arg) -> bool {
    matches!(setting.get_action(), ArgAction::Append)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn unknown(key: &str, settings: &[&Arg]) -> String {
    /// How alike two names must be for one to be a slip of the other.
    const ALIKE: f64 = 0.7;
    let spelt = key.replace('_', "-");
    let names = settings.iter().filter_map(|one| one.get_long());
    let scored = names.map(|name| (strsim::jaro_winkler(&spelt, name), name)).filter(|(score, _)| *score > ALIKE);
    let nearest = scored.max_by(|(left, _), (right, _)| left.total_cmp(right)).map(|(_, name)| name);
    let hint = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("there is no setting `{key}`{hint}")
}
