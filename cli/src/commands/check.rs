//! `brooklet check`: what is wrong with a model.

use std::path::PathBuf;

use brooklet_compiler::tests_input::Tests;
use clap::Args;
use serde_json::json;

use crate::{
    compiling::{compile_sources, summary_line},
    failure::{Exit, Usage},
    input::{self, Input},
    output::{self, Format},
};

/// Reports what is wrong with a model, without building it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet check model/
  brooklet check domain.mdl microflows.mdl --strict
  brooklet check model/ --format json | jq -r .message")]
pub(crate) struct Check {
    /// Files, or folders of .mdl files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Refuse what is left out otherwise: microflows that need features which are not supported yet.
    #[arg(long)]
    strict: bool,
}

impl Check {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let Input::Sources(sources) = input::read(&self.paths)? else {
            return Err(
                Usage("a component has been checked when it was built; see `brooklet inspect`".to_owned()).into()
            );
        };
        let compiled = compile_sources(sources, Tests::default(), self.strict);
        compiled.print(format, true);
        let summary = &compiled.compilation.summary;
        match format {
            Format::Text => output::line(&summary_line(summary)),
            Format::Json => output::json(&json!({ "summary": {
                "entities": summary.entities,
                "microflowsCompiled": summary.microflows_compiled,
                "leftOut": summary.left_out,
                "skippedStatements": summary.skipped_statements,
            }})),
        }
        Ok(if compiled.has_errors() { Exit::Faulty } else { Exit::Clean })
    }
}
