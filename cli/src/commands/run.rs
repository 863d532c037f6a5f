//! `brooklet run`: one call of one microflow.

use std::path::PathBuf;

use anyhow::Context;
use brooklet_model::{Manifest, Microflow, Type};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Failure, Trigger},
};
use clap::Args;
use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    compiling,
    failure::{Exit, Usage},
    output::{self, Format},
    runtime,
};

/// Calls one microflow and prints its result as JSON.
#[derive(Debug, Args)]
#[command(override_usage = "brooklet run [OPTIONS] <PATH>... <MODULE.MICROFLOW> [NAME=VALUE]...")]
#[command(after_help = "\
Examples:
  brooklet run model/ Shop.Greet name=Ada
  brooklet run app.wasm Shop.Total amount=12.50 rush=true
  brooklet run model/ Shop.Pay 'order={\"Number\": \"A-1\"}' --store sqlite:data/shop.sqlite

Values are read by the type of their parameter: text as it stands, objects and lists as JSON, `empty` for no value.")]
pub(crate) struct Run {
    /// Files, folders or one component; then the microflow; then its arguments.
    #[arg(required = true, num_args = 2.., value_name = "PATH... MODULE.MICROFLOW NAME=VALUE")]
    words: Vec<String>,
    /// The database: sqlite::memory:, sqlite:FILE or postgres://….
    #[arg(long, value_name = "URL", default_value = "sqlite::memory:")]
    store: String,
}

impl Run {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let words = Words::sort(&self.words)?;
        let Some(model) = compiling::model(&words.paths, format)? else { return Ok(Exit::Faulty) };
        let found = model.manifest.microflows.iter().find(|one| one.name == words.microflow);
        let arguments = match found {
            Some(microflow) => arguments(&words.arguments, microflow, &model.manifest)?,
            // The node says it better: it knows which name was meant.
            None => "{}".to_owned(),
        };
        runtime::block_on(async {
            let node = Node::start(NodeOptions { store: self.store, ..NodeOptions::default() }).await?;
            node.activate(model.component, Some(model.manifest)).await.context("the model does not start")?;
            let call = Call::new(&words.microflow, &arguments, Trigger::CommandLine);
            let ended = node.run(call).await;
            node.close().await;
            match ended {
                Ok(outcome) => {
                    let part = |text: String| RawValue::from_string(text).context("the result is no JSON");
                    output::json(&json!({ "result": part(outcome.result)?, "effects": part(outcome.effects)? }));
                    Ok(Exit::Clean)
                }
                Err(failure) => Ok(report(&failure, format)),
            }
        })
    }
}

/// Prints why a call failed: people read it on standard error, programs on standard output.
fn report(failure: &Failure, format: Format) -> Exit {
    match format {
        Format::Text => output::complain(&failure_text(failure)),
        Format::Json => output::json(&failure_json(failure)),
    }
    if failure.is_of_the_caller() { Exit::Misused } else { Exit::MicroflowError }
}

/// A failure for people: what, why, and where in the model.
pub(crate) fn failure_text(failure: &Failure) -> String {
    let mut text = format!("error[{}]: {}", failure.code, failure.message);
    for detail in &failure.details {
        text.push_str(&format!("\n  {detail}"));
    }
    for place in &failure.frames {
        text.push_str(&format!("\n  at {place}"));
    }
    text
}

/// A failure for programs, with the names that the HTTP interface uses.
pub(crate) fn failure_json(failure: &Failure) -> Value {
    let details: Vec<_> = failure
        .details
        .iter()
        .map(|one| json!({ "entity": one.entity, "id": one.object.map(|id| id.0.to_string()), "member": one.member, "message": one.message }))
        .collect();
    json!({ "code": failure.code, "detail": failure.message, "frames": failure.frames, "details": details })
}

/// The words of the command line, told apart.
struct Words {
    paths: Vec<PathBuf>,
    microflow: String,
    arguments: Vec<(String, String)>,
}

impl Words {
    /// The microflow is the first word that looks like `Module.Name` and is no file.
    fn sort(words: &[String]) -> Result<Self, Usage> {
        let at = words.iter().position(|word| is_qualified_name(word)).ok_or_else(|| {
            Usage("which microflow? give its qualified name, such as Shop.Greet, after the paths".to_owned())
        })?;
        if at == 0 {
            return Err(Usage(format!("which model? give a file or folder before {}", words[0])));
        }
        let arguments = words[at + 1..].iter().map(|word| match word.split_once('=') {
            Some((name, value)) => Ok((name.trim_start_matches('$').to_owned(), value.to_owned())),
            None => Err(Usage(format!("`{word}` is no argument; write NAME=VALUE"))),
        });
        Ok(Self {
            paths: words[..at].iter().map(PathBuf::from).collect(),
            microflow: words[at].clone(),
            arguments: arguments.collect::<Result<_, _>>()?,
        })
    }
}

fn is_qualified_name(word: &str) -> bool {
    let is_name = |part: &str| {
        part.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && part.chars().all(|one| one.is_alphanumeric() || one == '_')
    };
    let Some((module, name)) = word.split_once('.') else { return false };
    let is_file = ["mdl", "wasm", "md"].contains(&name) || std::path::Path::new(word).exists();
    is_name(module) && is_name(name) && !is_file
}

/// The arguments as a JSON object, each value as its parameter's type wants it.
fn arguments(words: &[(String, String)], microflow: &Microflow, manifest: &Manifest) -> Result<String, Usage> {
    let mut object = Map::new();
    for (name, text) in words {
        let parameter = microflow.parameters.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        let (key, value) = match parameter {
            Some(parameter) => (&parameter.name, value(text, parameter.kind)),
            None => (name, Ok(Value::String(text.clone()))),
        };
        let value = value.map_err(|error| {
            let kind = parameter.map(|one| brooklet_runtime::json::type_name(one.kind, manifest)).unwrap_or_default();
            Usage(format!("argument `{name}` is to be a {kind} as JSON, but {error}"))
        })?;
        if object.insert(key.clone(), value).is_some() {
            return Err(Usage(format!("argument `{name}` is given twice")));
        }
    }
    Ok(Value::Object(object).to_string())
}

fn value(text: &str, kind: Type) -> Result<Value, serde_json::Error> {
    Ok(match (kind, text) {
        (Type::Text, _) => Value::String(text.to_owned()),
        (_, "empty" | "null") => Value::Null,
        (Type::Boolean, "true") => Value::Bool(true),
        (Type::Boolean, "false") => Value::Bool(false),
        (Type::Object(_) | Type::List(_), _) => serde_json::from_str(text)?,
        _ => Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(words: &[&str]) -> Result<Words, Usage> {
        Words::sort(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_microflow_divides_paths_from_arguments() {
        let words =
            sort(&["a.mdl", "model", "Shop.Greet", "name=Ada Lovelace", "$note=a=b"]).expect("they are well formed");
        assert_eq!(words.paths, [PathBuf::from("a.mdl"), PathBuf::from("model")]);
        assert_eq!(words.microflow, "Shop.Greet");
        let arguments =
            [("name", "Ada Lovelace"), ("note", "a=b")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(words.arguments, arguments);
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(sort(&["a.mdl", "b.mdl"]).is_err_and(|error| error.0.starts_with("which microflow?")));
        assert!(sort(&["Shop.Greet", "a=1"]).is_err_and(|error| error.0.starts_with("which model?")));
        assert!(sort(&["a.mdl", "Shop.Greet", "Ada"]).is_err_and(|error| error.0.contains("NAME=VALUE")));
    }
}
