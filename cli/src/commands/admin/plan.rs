//! `brooklet plan`: what a deployment would change.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::{Access, items, short_hash, text};
use crate::{
    compiling,
    failure::Exit,
    output::{self, Format},
};

/// Shows what deploying a model would change, and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet plan model/ --to http://127.0.0.1:8080 --token secret
  brooklet plan app.wasm --format json | jq .database     with all of the SQL

Ends with 1 when data stands in the way.")]
pub(crate) struct Plan {
    /// Files, folders of .mdl files, or one component.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    access: Access,
}

impl Plan {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let Some(model) = compiling::model(&self.paths, format)? else { return Ok(Exit::Faulty) };
        let plan = self.access.upload("plan", &model.component)?;
        match format {
            Format::Json => output::json(&plan),
            Format::Text => output::line(&lines(&plan).join("\n")),
        }
        let is_refused = !items(&plan["database"], "refusals").is_empty();
        Ok(if is_refused { Exit::Faulty } else { Exit::Clean })
    }
}

fn lines(plan: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let (before, version) = (short_hash(&text(plan, "before")), short_hash(&text(plan, "version")));
    lines.push(match before.as_str() {
        "" => format!("the first version: {version}"),
        before if before == version => format!("{version} is the active version already"),
        before => format!("from {before} to {version}"),
    });
    section(&mut lines, "in the model", items(plan, "changes"), |change| {
        vec![format!("{:<10} {} {}", text(change, "class"), text(change, "subject"), text(change, "what"))]
    });
    let database = &plan["database"];
    section(&mut lines, "in the database, before it serves", items(database, "steps"), step);
    section(&mut lines, "in the database, with the next deployment", items(database, "contract"), step);
    section(&mut lines, "while both versions serve", items(database, "breaking"), |one| {
        vec![one.as_str().unwrap_or_default().to_owned()]
    });
    section(&mut lines, "data that violates new rules", items(database, "warnings"), |warning| {
        let rows = warning["rows"].as_u64().map_or("not counted".to_owned(), |rows| format!("{rows} objects"));
        vec![format!("{}: {} ({rows})", text(warning, "member"), text(warning, "rule"))]
    });
    section(&mut lines, "what stands in the way", items(database, "refusals"), |refusal| {
        let mut all = vec![format!(
            "{}: {} ({} objects)",
            text(refusal, "member"),
            text(refusal, "reason"),
            text(refusal, "rows")
        )];
        let examples = items(refusal, "examples");
        all.extend(examples.iter().map(|one| format!("  {} = {}", text(one, "id"), text(one, "value"))));
        all.push(format!("  {}", text(refusal, "remedy")));
        all
    });
    lines.push(format!("\nplan {}: deploy exactly this with `brooklet deploy --plan {0}`", text(plan, "hash")));
    lines
}

fn section(lines: &mut Vec<String>, title: &str, items: &[Value], describe: impl Fn(&Value) -> Vec<String>) {
    if items.is_empty() {
        return;
    }
    lines.push(format!("\n{title}:"));
    lines.extend(items.iter().flat_map(describe).map(|line| format!("  {line}")));
}

fn step(step: &Value) -> Vec<String> {
    let rows = match step["rows"].as_u64() {
        None | Some(0) => String::new(),
        Some(rows) => format!(" ({rows} rows)"),
    };
    let undo = match &step["undo"] {
        Value::Null => "; cannot be taken back".to_owned(),
        undo => undo["loses"].as_str().map_or_else(String::new, |what| format!("; taking it back loses {what}")),
    };
    let mut all = vec![format!("{}{rows}{undo}", text(step, "sentence"))];
    all.extend(items(step, "sql").iter().filter_map(Value::as_str).map(|sql| format!("  {}", cut(sql))));
    all
}

/// As much of a statement as a person reads; programs get all of it.
fn cut(sql: &str) -> String {
    const LENGTH: usize = 120;
    match sql.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &sql[..end]),
        None => sql.to_owned(),
    }
}
