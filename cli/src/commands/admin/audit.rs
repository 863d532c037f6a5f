//! `brooklet audit`.

use clap::Args;

use super::{Access, items, moment, table, text};
use crate::{
    failure::Exit,
    output::{self, Format},
};

/// Shows what administrators did, the latest first.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  brooklet audit --to http://127.0.0.1:8080 --token secret")]
pub(crate) struct Audit {
    #[command(flatten)]
    access: Access,
}

impl Audit {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let answer = self.access.send("GET", "audit", None)?;
        match format {
            Format::Json => output::json(&answer),
            Format::Text => {
                let records = items(&answer, "records");
                let row = |record| vec![moment(record, "atMs"), text(record, "by"), text(record, "what")];
                output::line(&table(&["when", "by", "what"], &records.iter().map(row).collect::<Vec<_>>()));
            }
        }
        Ok(Exit::Clean)
    }
}
